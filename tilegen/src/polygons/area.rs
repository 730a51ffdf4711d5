//! Areas: named, valid polygons of a city.

use std::fmt;

use geo::MultiPolygon;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

/// The kind of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AreaKind {
    /// A marketing area, drawn by hand; one file for each city.
    Marketing,
    /// A municipal region.
    Region,
    /// A neighbourhood (mahalle).
    Neighbourhood,
}

impl AreaKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Marketing, Self::Region, Self::Neighbourhood];

    /// The name of the kind in tiles, tables and reports.
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

/// The id of an area: a hash of its kind, city and name (or numeric key, where names repeat). It does
/// not depend on the order of rows or on the border. It is below 2⁵², so JavaScript can represent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AreaId(u64);

impl AreaId {
    /// The id of the area of `kind` with this key in a city.
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
        // No part contains a NUL, so two different triples never give the same text.
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

/// A valid area. Only [`read_areas`](super::read_areas) creates one.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Id.
    pub id: AreaId,
    /// Kind.
    pub kind: AreaKind,
    /// Id of the city.
    pub city: i64,
    /// Name as in the file.
    pub name: String,
    /// Name for matching and search, see [`normalise_name`](super::normalise_name).
    pub normalised: String,
    /// Closed rings that do not cross, in degrees WGS 84, longitude first.
    pub polygons: MultiPolygon<f64>,
    /// Optional attributes.
    pub attributes: AreaAttributes,
}

/// Attributes that the source of an area may contain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AreaAttributes {
    /// Number of the region that the area is or is part of.
    pub region: Option<u32>,
    /// Number of inhabitants.
    pub population: Option<u64>,
    /// Surface in hectares, from the source.
    pub hectares: Option<f64>,
}

impl Area {
    /// Surface in km²: from the source if it has one, otherwise computed from the polygons on a sphere.
    #[must_use]
    pub fn km2(&self) -> f64 {
        use geo::ChamberlainDuquetteArea;
        let from_source = self.attributes.hectares.filter(|&hectares| hectares > 0.0);
        from_source.map_or_else(
            || self.polygons.chamberlain_duquette_unsigned_area() / 1e6,
            |hectares| hectares / 100.0,
        )
    }

    /// Inhabitants per km²; `None` if the population is unknown.
    #[must_use]
    pub fn density_per_km2(&self) -> Option<f64> {
        let population = self.attributes.population? as f64;
        Some(population / self.km2()).filter(|density| density.is_finite())
    }
}
