//! Files that belong to one city: their name begins with the key of the city.

use std::path::Path;

use tilecore::manifest::City;

/// The city whose key the name of a file begins with, followed by a character that is neither a letter
/// nor a digit. If several keys fit, the longest is used: `tehran_2.csv` belongs to the city `tehran_2`.
pub(crate) fn city_of_file<'a>(cities: &'a [City], path: &Path) -> Option<&'a City> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_named = |city: &&City| {
        let rest = name.strip_prefix(city.key.as_str());
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    cities.iter().filter(is_named).max_by_key(|city| city.key.len())
}

/// Whether files of this name are skipped: the name begins with `.` or `_`.
pub(crate) fn is_skipped(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(['.', '_'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_name_of_a_file_begins_with_the_key_of_its_city() {
        let mut cities = Config::load(None).unwrap().cities;
        cities[0].key = "tehran_2".to_owned();
        for (name, key) in [
            ("tehran.csv", Some("tehran")),
            ("TEHRAN.CSV", Some("tehran")),
            ("tehran_polygons.csv", Some("tehran")),
            ("tehran areas 2026.csv", Some("tehran")),
            ("tehran.targets.csv", Some("tehran")),
            ("tehran_2.csv", Some("tehran_2")),
            ("tehran2.csv", None),
            ("tehranpars.csv", None),
            ("tehranپارس.csv", None),
            ("polygons.csv", None),
        ] {
            let found = city_of_file(&cities, Path::new(name)).map(|city| city.key.as_str());
            assert_eq!(found, key, "{name}");
        }
    }
}
