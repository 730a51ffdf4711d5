//! A city of the map.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A city.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct City {
    /// Id in the city column of the orders.
    pub id: i64,
    /// Name in URLs.
    pub key: String,
    /// Persian name.
    pub name_fa: String,
    /// English name.
    pub name_en: String,
    /// Initial centre of the page's map: longitude and latitude in degrees.
    pub center: [f64; 2],
    /// Initial zoom of the page's map.
    pub zoom: f64,
    /// West, south, east, north in degrees. Orders of this city with a position outside are rejected.
    #[serde(rename = "box")]
    pub bounds: [f64; 4],
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}
