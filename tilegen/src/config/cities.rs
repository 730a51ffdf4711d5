//! The cities of the configuration file, and their validation.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use tilecore::config_file::read_keys;
use tilecore::manifest::City;
use toml::Value;

use super::names::{has_invisible, invisible};

/// A city as it is written. Every key is required.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CityFile {
    id: Option<i64>,
    key: Option<String>,
    name_fa: Option<String>,
    name_en: Option<String>,
    center: Option<[f64; 2]>,
    zoom: Option<f64>,
    #[serde(rename = "box")]
    bounds: Option<[f64; 4]>,
}

const CITY_KEYS: [&str; 7] = ["id", "key", "name_fa", "name_en", "center", "zoom", "box"];

/// Reads the cities and reports every error in them. A city with an error may be missing from the result.
pub(super) fn cities(written: &[Value], errors: &mut Vec<String>) -> Vec<City> {
    if written.is_empty() {
        errors.push("cities is empty; list at least one city".to_owned());
    }
    let mut files = Vec::new();
    for (index, value) in written.iter().enumerate() {
        files.extend(CityFile::read(&format!("cities[{index}]"), value, errors));
    }
    check_repetitions(&files, errors);
    files.into_iter().filter_map(CityFile::complete).collect()
}

impl CityFile {
    /// Reads and checks a city. `path` is its name in error messages until its key is known.
    fn read(path: &str, value: &Value, errors: &mut Vec<String>) -> Option<Self> {
        let Some(written) = value.as_table() else {
            errors.push(format!("{path} is {value}; it must be a section, written as [[cities]]"));
            return None;
        };
        let file: Self = read_keys(path, written, errors);
        let missing = CITY_KEYS.into_iter().filter(|&key| !written.contains_key(key));
        errors.extend(missing.map(|key| format!("{path} has no key `{key}`; add it")));
        file.check_key(path, errors);
        file.check_names(path, errors);
        file.check_bounds(path, errors);
        Some(file)
    }

    fn check_key(&self, path: &str, errors: &mut Vec<String>) {
        let Some(key) = self.key.as_deref().filter(|key| !is_city_key(key)) else { return };
        let city = self.id.map_or_else(|| path.to_owned(), |id| format!("city {id}"));
        let key = if key.is_empty() { "empty".to_owned() } else { format!("`{key}`") };
        errors.push(format!(
            "the key of {city} is {key}; a key has 1 to 32 characters: lower-case letters a-z, digits, `_` and `-`, and begins with a letter"
        ));
    }

    fn check_names(&self, path: &str, errors: &mut Vec<String>) {
        for (key, name) in [("name_fa", &self.name_fa), ("name_en", &self.name_en)] {
            if name.as_ref().is_some_and(|name| has_invisible(name)) {
                errors.push(invisible(&format!("{path}.{key}")));
            }
        }
    }

    fn check_bounds(&self, path: &str, errors: &mut Vec<String>) {
        let Some([west, south, east, north]) = self.bounds else { return };
        let inside = |limit: f64, values: [f64; 2]| values.iter().all(|v| v.abs() <= limit);
        let is_box = west < east && south < north;
        let is_on_map =
            inside(180.0, [west, east]) && inside(tilecore::mercator::MAX_LATITUDE, [south, north]);
        if !(is_box && is_on_map) {
            let key = self.key.as_ref();
            let city = key.map_or_else(|| path.to_owned(), |key| format!("city `{key}`"));
            errors.push(format!(
                "the box of {city} must be [west, south, east, north] with west < east and south < north, inside the map"
            ));
        }
    }

    /// The city, unless one of its keys is missing.
    fn complete(self) -> Option<City> {
        Some(City {
            id: self.id?,
            key: self.key?,
            name_fa: self.name_fa?,
            name_en: self.name_en?,
            center: self.center?,
            zoom: self.zoom?,
            bounds: self.bounds?,
            other: BTreeMap::new(),
        })
    }
}

fn check_repetitions(files: &[CityFile], errors: &mut Vec<String>) {
    let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
    for CityFile { id, key, .. } in files {
        if let Some(id) = id.filter(|&id| !ids.insert(id)) {
            errors.push(format!("city id {id} is used twice"));
        }
        if let Some(key) = key.as_ref().filter(|&key| !keys.insert(key)) {
            errors.push(format!("city key `{key}` is used twice"));
        }
    }
}

/// Whether a text can be the key of a city, which is part of the names of files and tables.
fn is_city_key(key: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    key.len() <= 32
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.bytes().all(is_allowed)
}
