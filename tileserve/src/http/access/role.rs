//! Roles: which internal layers, cities and zooms their holders may see.

use std::sync::Arc;

use tilecore::manifest::City;
use tilecore::{Cell, LngLat, TileCoord};

/// What the holders of a role may see of what is internal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name, such as `analyst`.
    pub name: String,
    /// The groups of the identity provider whose members have it.
    pub groups: Vec<String>,
    /// The layers and tables.
    pub layers: Names,
    /// The cities, by their keys.
    pub cities: Names,
    /// The deepest zoom of tiles, if it is limited.
    pub max_zoom: Option<u8>,
}

/// All names, or some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Every name.
    All,
    /// These names.
    These(Vec<String>),
}

/// What a request reads of the map.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A tile of a layer.
    Tile {
        /// The layer.
        layer: &'a str,
        /// The tile.
        coord: TileCoord,
    },
    /// The description of a layer: its TileJSON, or its entry in the catalog.
    Description {
        /// The layer.
        layer: &'a str,
    },
    /// A whole archive of a layer, or any part of it.
    Archive {
        /// The layer.
        layer: &'a str,
    },
    /// A table. A table of one city has the key of the city in its name: `vendors/tehran`.
    Table {
        /// Its name.
        name: &'a str,
    },
}

impl<'a> Subject<'a> {
    /// The layer or table.
    #[must_use]
    pub const fn name(self) -> &'a str {
        match self {
            Self::Tile { layer, .. } | Self::Description { layer } | Self::Archive { layer } => {
                layer
            }
            Self::Table { name } => name,
        }
    }
}

/// The roles of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Vec<Arc<Role>>);

/// The bounds and zooms that TileJSON shows to the holders of roles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// West, south, east and north of their cities, in degrees.
    pub bounds: Option<[f64; 4]>,
    /// The zooms of their tiles.
    pub zooms: (u8, u8),
}

impl Names {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.iter().any(|known| known == name),
        }
    }

    const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}

impl Roles {
    /// These roles.
    #[must_use]
    pub fn new(roles: Vec<Role>) -> Self {
        Self(roles.into_iter().map(Arc::new).collect())
    }

    /// Whether there are none: then each known client sees everything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The role with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<Role>> {
        self.0.iter().find(|role| role.name == name)
    }

    /// The roles of the members of these groups.
    #[must_use]
    pub fn of_groups(&self, groups: &[String]) -> Vec<Arc<Role>> {
        let has_group = |role: &&Arc<Role>| role.groups.iter().any(|group| groups.contains(group));
        self.0.iter().filter(has_group).cloned().collect()
    }
}

impl Role {
    /// Whether its holders may read this.
    #[must_use]
    pub fn may_read(&self, subject: Subject<'_>, cities: &[City]) -> bool {
        match subject {
            Subject::Tile { layer, coord } => {
                let is_in_city = || self.cities_among(cities).any(|city| shows(city, coord));
                self.layers.has(layer)
                    && self.max_zoom.is_none_or(|most| coord.z() <= most)
                    && (self.cities.is_all() || is_in_city())
            }
            Subject::Description { layer } => self.layers.has(layer),
            // A part of an archive can be of any city and zoom.
            Subject::Archive { layer } => {
                self.layers.has(layer) && self.cities.is_all() && self.max_zoom.is_none()
            }
            Subject::Table { name } => self.may_read_table(name),
        }
    }

    /// A table of no single city has figures of all of them: with a list of cities it must be listed by its
    /// full name.
    fn may_read_table(&self, name: &str) -> bool {
        let is_listed = !self.layers.is_all() && self.layers.has(name);
        let (kind, city) = name.split_once('/').unwrap_or((name, ""));
        is_listed
            || self.layers.has(kind)
                && (self.cities.is_all() || !city.is_empty() && self.cities.has(city))
    }

    /// The limits of a layer with these zooms for its holders; `None` if they may see all of it.
    #[must_use]
    pub fn limits(&self, (minzoom, maxzoom): (u8, u8), cities: &[City]) -> Option<Limits> {
        if self.cities.is_all() && self.max_zoom.is_none() {
            return None;
        }
        let most = self.max_zoom.map_or(maxzoom, |most| most.min(maxzoom));
        if self.cities.is_all() {
            return Some(Limits { bounds: None, zooms: (minzoom, most) });
        }
        let bounds = self.cities_among(cities).map(|city| city.bounds).reduce(union);
        let least = self.cities_among(cities).map(least_zoom).min().unwrap_or(most);
        let bounds = bounds.unwrap_or_default();
        Some(Limits { bounds: Some(bounds), zooms: (least.clamp(minzoom, most), most) })
    }

    /// Whether it opens a city, which `key` names.
    #[must_use]
    pub fn opens_city(&self, key: &str) -> bool {
        self.cities.has(key)
    }

    fn cities_among<'a>(&'a self, cities: &'a [City]) -> impl Iterator<Item = &'a City> {
        cities.iter().filter(|city| self.cities.has(&city.key))
    }
}

impl Limits {
    /// What both of them allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let bounds = match (self.bounds, other.bounds) {
            (Some(one), Some(other)) => Some(intersection(one, other)),
            (one, other) => one.or(other),
        };
        let zooms = (self.zooms.0.max(other.zooms.0), self.zooms.1.min(other.zooms.1));
        Self { bounds, zooms }
    }

    /// What either of them allows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let bounds = self.bounds.zip(other.bounds).map(|(one, other)| union(one, other));
        let zooms = (self.zooms.0.min(other.zooms.0), self.zooms.1.max(other.zooms.1));
        Self { bounds, zooms }
    }
}

fn union(one: [f64; 4], other: [f64; 4]) -> [f64; 4] {
    [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
}

fn intersection(one: [f64; 4], other: [f64; 4]) -> [f64; 4] {
    [one[0].max(other[0]), one[1].max(other[1]), one[2].min(other[2]), one[3].min(other[3])]
}

/// Whether a tile shows a city and not much else: it is not wider than the city and overlaps it.
fn shows(city: &City, coord: TileCoord) -> bool {
    coord.z() >= least_zoom(city) && overlaps(city, coord)
}

/// The least zoom whose tiles are not wider than the city.
fn least_zoom(city: &City) -> u8 {
    let [west, _, east, _] = city.bounds;
    let is_narrow = |&z: &u8| 360.0 / f64::from(1u32 << z) <= east - west;
    (0..=DEEPEST_ZOOM).find(is_narrow).unwrap_or(DEEPEST_ZOOM)
}

/// Deeper than the zoom of any layer.
const DEEPEST_ZOOM: u8 = 20;

fn overlaps(city: &City, coord: TileCoord) -> bool {
    if coord.z() > DEEPEST_ZOOM {
        return false;
    }
    let [west, south, east, north] = city.bounds;
    let first = Cell::at(coord.z(), LngLat { lng: west, lat: north });
    let last = Cell::at(coord.z(), LngLat { lng: east, lat: south });
    (first.column()..=last.column()).contains(&coord.x())
        && (first.row()..=last.row()).contains(&coord.y())
}

/// The city that a subject belongs to, for the audit log: its key, `elsewhere`, or `all`.
#[must_use]
pub fn city_of<'a>(subject: Subject<'a>, cities: &'a [City]) -> &'a str {
    match subject {
        Subject::Tile { coord, .. } => {
            let fits = |city: &&City| shows(city, coord);
            match cities.iter().find(fits) {
                Some(city) => &city.key,
                None if cities.iter().any(|city| overlaps(city, coord)) => "all",
                None => "elsewhere",
            }
        }
        Subject::Table { name } => {
            let city = name.split_once('/').map_or("", |(_, city)| city);
            if cities.iter().any(|known| known.key == city) { city } else { "all" }
        }
        Subject::Description { .. } | Subject::Archive { .. } => "all",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city(key: &str, bounds: [f64; 4]) -> City {
        let city = serde_json::json!({
            "id": 1, "key": key, "name_fa": key, "name_en": key, "center": [0.0, 0.0],
            "zoom": 11.0, "box": bounds,
        });
        serde_json::from_value(city).unwrap()
    }

    fn cities() -> [City; 2] {
        [city("tehran", [51.0, 35.45, 51.75, 35.9]), city("shiraz", [52.35, 29.45, 52.75, 29.8])]
    }

    fn names(names: &[&str]) -> Names {
        Names::These(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn role(layers: Names, cities: Names, max_zoom: Option<u8>) -> Role {
        Role { name: "viewer".to_owned(), groups: vec!["g".to_owned()], layers, cities, max_zoom }
    }

    fn tile(z: u8, x: u32, y: u32) -> TileCoord {
        TileCoord::new(z, x, y).unwrap()
    }

    #[test]
    fn a_role_reads_tiles_of_its_layers_cities_and_zooms() {
        let cities = cities();
        let viewer = role(names(&["density"]), names(&["tehran"]), Some(12));
        for (layer, coord, may) in [
            ("density", tile(10, 658, 403), true),
            ("density", tile(12, 2632, 1612), true),
            ("density", tile(13, 5264, 3225), false),
            ("population", tile(10, 658, 403), false),
            // Shiraz, the country, and the tile next to the city.
            ("density", tile(10, 661, 424), false),
            ("density", tile(5, 20, 12), false),
            ("density", tile(10, 660, 403), false),
        ] {
            let subject = Subject::Tile { layer, coord };
            assert_eq!(viewer.may_read(subject, &cities), may, "{layer} {coord}");
        }
        let analyst = role(Names::All, Names::All, None);
        assert!(analyst.may_read(Subject::Tile { layer: "any", coord: tile(5, 20, 12) }, &cities));
    }

    #[test]
    fn a_limited_role_reads_no_archives_and_only_tables_of_its_cities() {
        let cities = cities();
        let viewer = role(names(&["vendors", "options"]), names(&["tehran"]), None);
        for (name, may) in [
            ("vendors/tehran", true),
            ("vendors/shiraz", false),
            ("options", true),
            ("area-stats/orders", false),
        ] {
            assert_eq!(viewer.may_read(Subject::Table { name }, &cities), may, "{name}");
        }
        assert!(!viewer.may_read(Subject::Archive { layer: "vendors" }, &cities));
        assert!(viewer.may_read(Subject::Description { layer: "vendors" }, &cities));
        assert!(
            !role(Names::All, Names::All, Some(9))
                .may_read(Subject::Archive { layer: "vendors" }, &cities)
        );
        let everywhere = role(Names::All, names(&["tehran"]), None);
        assert!(!everywhere.may_read(Subject::Table { name: "options" }, &cities));
        assert!(everywhere.may_read(Subject::Table { name: "vendors/tehran" }, &cities));
    }

    #[test]
    fn limits_are_those_of_the_cities_and_of_the_zoom() {
        let cities = cities();
        let limits = |names, most| role(Names::All, names, most).limits((5, 14), &cities);
        assert_eq!(limits(Names::All, None), None);
        assert_eq!(limits(Names::All, Some(9)), Some(Limits { bounds: None, zooms: (5, 9) }));
        let tehran = limits(names(&["tehran"]), Some(12)).unwrap();
        assert_eq!(tehran, Limits { bounds: Some(cities[0].bounds), zooms: (9, 12) });
        let both = tehran.or(limits(names(&["shiraz"]), None).unwrap());
        assert_eq!(both.bounds, Some([51.0, 29.45, 52.75, 35.9]));
        assert_eq!(both.zooms, (9, 14));
        // A city that the map does not have gives nothing.
        assert_eq!(limits(names(&["nowhere"]), None).unwrap().bounds, Some([0.0; 4]));
    }

    #[test]
    fn the_audit_log_names_the_city_of_what_was_read() {
        let cities = cities();
        let tile = |z, x, y| Subject::Tile { layer: "density", coord: tile(z, x, y) };
        for (subject, city) in [
            (tile(10, 658, 403), "tehran"),
            (tile(10, 661, 424), "shiraz"),
            (tile(5, 20, 12), "all"),
            (tile(10, 0, 0), "elsewhere"),
            (Subject::Table { name: "vendors/tehran" }, "tehran"),
            (Subject::Table { name: "area-stats/orders" }, "all"),
            (Subject::Archive { layer: "density" }, "all"),
        ] {
            assert_eq!(city_of(subject, &cities), city, "{subject:?}");
        }
    }
}
