//! Areas: named polygons of a city, as importers leave them and every later step takes them.

use std::fmt;

use geo::MultiPolygon;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

/// What an area is to the people who use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AreaKind {
    /// Drawn by hand by the company, one file a city.
    Marketing,
    /// A municipal region.
    Region,
    /// A mahalle.
    Neighbourhood,
}

impl AreaKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Marketing, Self::Region, Self::Neighbourhood];

    /// The word for it in tiles, tables and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Region => "region",
            Self::Neighbourhood => "neighbourhood",
        }
    }
}

impl fmt::Display for AreaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Identity of an area: made from its kind, city and name (or key, where names repeat), so that it
/// outlives the order of rows and any change of its border. Below 2⁵², so that JavaScript holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AreaId(u64);

impl AreaId {
    /// The id of the area of `kind` that `city` knows under `key`.
    ///
    /// ```
    /// use tilegen::polygons::{AreaId, AreaKind};
    ///
    /// let vanak = AreaId::of(AreaKind::Marketing, "tehran", "ونک");
    /// assert_eq!(vanak, AreaId::of(AreaKind::Marketing, "tehran", "ونک"));
    /// assert_ne!(vanak, AreaId::of(AreaKind::Marketing, "shiraz", "ونک"));
    /// assert!(vanak.get() < 1 << 52);
    /// ```
    #[must_use]
    pub fn of(kind: AreaKind, city: &str, key: &str) -> Self {
        // No part has a NUL in it, so no two triples make the same text.
        Self(xxh3_64(format!("{kind}\0{city}\0{key}").as_bytes()) >> 12)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AreaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A valid area. Only [`read_areas`](super::read_areas) makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Identity.
    pub id: AreaId,
    /// Kind.
    pub kind: AreaKind,
    /// City's number.
    pub city: i64,
    /// Name as the file has it.
    pub name: String,
    /// Name for matching and search, see [`normalise_name`](super::normalise_name).
    pub normalised: String,
    /// Closed rings that do not cross, degrees WGS 84, longitude first.
    pub polygons: MultiPolygon<f64>,
    /// What else is known.
    pub attributes: AreaAttributes,
}

/// What a source may know about an area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AreaAttributes {
    /// Number of the region that it is or lies in.
    pub region: Option<u32>,
    /// Inhabitants.
    pub population: Option<u64>,
    /// Surface in hectares by the source.
    pub hectares: Option<f64>,
}

impl Area {
    /// Surface in km²: by the source, otherwise that of the polygons on the sphere.
    #[must_use]
    pub fn km2(&self) -> f64 {
        use geo::ChamberlainDuquetteArea;
        let by_source = self.attributes.hectares.filter(|&hectares| hectares > 0.0);
        by_source.map_or_else(
            || self.polygons.chamberlain_duquette_unsigned_area() / 1e6,
            |hectares| hectares / 100.0,
        )
    }

    /// Inhabitants per km², where they are known.
    #[must_use]
    pub fn density_per_km2(&self) -> Option<f64> {
        let population = self.attributes.population? as f64;
        Some(population / self.km2()).filter(|density| density.is_finite())
    }
}
