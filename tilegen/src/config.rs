//! The configuration: what was written, what it means, and every error in it at once.
//!
//! `file` is what was written, with `cities` and `names` as parts of it. `values` is what it means, and
//! this file converts the one into the other. `period` is a length of time, as arguments write it.

mod cities;
pub mod fetch;
mod file;
pub mod guards;
mod names;
pub mod period;
mod run;
mod values;

use std::path::{Path, PathBuf};

use toml::Table;

pub use file::ConfigFile;
pub use guards::{GuardsConfig, QuietDays};
pub use names::{ColumnNames, GradesConfig, VENDOR_COLUMNS};
pub use run::RunConfig;
pub use values::{
    CityColumn, Config, DegreesColumn, LineColumn, OrderColumns, OrdersConfig, OrganicColumn,
    SnapshotConfig, TimeColumn, TimeUnit, VendorColumn, Zoneless,
};

/// The defaults, with a comment for every key.
pub const DEFAULT_CONFIG: &str = include_str!("../tilegen.toml");

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("could not read the configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is not valid TOML.
    #[error("could not parse the configuration {name}")]
    Parse {
        /// The file.
        name: String,
        /// Cause, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Unknown keys, wrong types and invalid values, all of them.
    #[error("the configuration {name} is invalid:{}", listed(errors))]
    Invalid {
        /// The file.
        name: String,
        /// One message per error.
        errors: Vec<String>,
    },
}

impl Config {
    /// Loads the configuration from a file, or the defaults if there is none.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Self::parse("tilegen.toml", DEFAULT_CONFIG) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config = Self::parse(&path.display().to_string(), &text)?;
        if let Some(file) = config.guards.quiet_days_file.clone() {
            config.guards.quiet_days.add_file(&path.with_file_name(file))?;
        }
        Ok(config)
    }

    /// Parses a configuration. `name` is the name of the file in error messages.
    ///
    /// ```
    /// use tilegen::config::Config;
    ///
    /// assert_eq!(Config::parse("none", "")?.cities.len(), 3);
    /// assert!(Config::parse("typo", "time_zome = 'Asia/Tehran'").is_err());
    /// # Ok::<(), tilegen::config::ConfigError>(())
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let parse = |text: &str| {
            text.parse::<Table>().map_err(|source| ConfigError::Parse {
                name: name.to_owned(),
                source: Box::new(source),
            })
        };
        let mut errors = Vec::new();
        let file = ConfigFile::read(&parse(text)?, &mut errors);
        let defaults = ConfigFile::read(&parse(DEFAULT_CONFIG)?, &mut errors);
        let config = file.with_defaults(defaults).validate(&mut errors);
        if errors.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Invalid { name: name.to_owned(), errors })
        }
    }
}

impl QuietDays {
    /// Adds the spans of a file.
    fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let written = text.parse::<Table>().map_err(|source| ConfigError::Parse {
            name: name.clone(),
            source: Box::new(source),
        })?;
        let mut errors = Vec::new();
        let file: guards::QuietDaysFile =
            tilecore::config_file::read_keys("", &written, &mut errors);
        for (occasion, spans) in &file.quiet_days {
            self.add(&format!("quiet_days.{occasion}"), Some(occasion), spans, &mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(ConfigError::Invalid { name, errors }) }
    }
}

/// One error on the same line, or each of several on a line of its own.
fn listed(errors: &[String]) -> String {
    match errors {
        [error] => format!(" {error}"),
        _ => format!("\n  {}", errors.join("\n  ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_three_cities() {
        let config = Config::load(None).unwrap();
        let ids: Vec<_> = config.cities.iter().map(|city| city.id).collect();
        assert_eq!(ids, [1, 2, 5]);
        assert_eq!(config.orders.columns.time.column, "created_at");
        assert_eq!(config.orders.columns.lng.scale.to_string(), "1");
    }

    #[test]
    fn columns_of_other_names_and_units_can_be_mapped() {
        let text = r#"
            [orders.columns]
            order_id = { absent = true }
            city = { constant = 2 }
            line = { column = "alt", breaks = [10, 20.5], names = ["a", "b", "c"] }
            lng = { column = "lon_e5", scale = 1e-5 }
            organic = { column = "speed", at_least = 0.5 }
            time = { column = "ts", unit = "ms" }
        "#;
        let columns = Config::parse("test", text).unwrap().orders.columns;
        assert_eq!(columns.order_id, None);
        assert_eq!(columns.city, CityColumn::Constant(2));
        assert_eq!(columns.lng, DegreesColumn { column: "lon_e5".into(), scale: 1e-5 });
        assert_eq!(columns.lat.column, "customer_latitude");
        assert_eq!(columns.organic, OrganicColumn::AtLeast { column: "speed".into(), least: 0.5 });
        assert_eq!(columns.time.unit, Some(TimeUnit::Millisecond));
        let LineColumn::Classes { breaks, names, .. } = columns.line else { panic!("no classes") };
        assert_eq!((breaks, names.len()), (vec![10.0, 20.5], 3));
    }

    #[test]
    fn every_error_is_reported_at_once() {
        let text = r#"
            time_zone = "Asia/Nowhere"
            [[cities]]
            id = 1
            key = "a"
            name_fa = "ا"
            name_en = "A"
            center = [0, 0]
            zoom = 11
            box = [10, 0, 0, 1]
            [orders]
            max_reject_share = 7
            [orders.columns]
            line = { column = "alt", breaks = [10, 5], names = ["a"] }
            user = { constant = 3 }
        "#;
        let ConfigError::Invalid { errors, .. } = Config::parse("test", text).unwrap_err() else {
            panic!("no errors")
        };
        for part in ["Asia/Nowhere", "box", "max_reject_share", "one more name", "breaks", "user"] {
            let named = errors.iter().any(|fault| fault.contains(part));
            assert!(named, "{part} is not among {errors:?}");
        }
    }

    /// Every error of a text, in order.
    fn errors_of(text: &str) -> Vec<String> {
        match Config::parse("test", text) {
            Err(ConfigError::Invalid { errors, .. }) => errors,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn assert_begin(errors: &[String], begins: &[&str]) {
        assert_eq!(errors.len(), begins.len(), "{errors:#?}");
        for (error, begins) in errors.iter().zip(begins) {
            assert!(error.starts_with(begins), "{error}");
        }
    }

    #[test]
    fn unknown_keys_and_wrong_types_are_all_reported_with_other_errors() {
        let errors = errors_of(
            r#"
            time_zome = "Asia/Tehran"
            time_zone = "Asia/Nowhere"
            [order]
            max_reject_share = 0.1
            [orders]
            max_rejects = 3
            max_future = 3600
            zoneless_time = "iran"
            max_reject_share = 7
            [orders.columns]
            latitude = "lat"
            lng = 5
            time = { colum = "t", unit = "min" }
            [snapshot]
            max_age_minutes = -1
            [vendors.columns]
            radius = 3
            [grades]
            order = "A"
            radius_km = { A = 2.0 }
        "#,
        );
        let begins = [
            "grades.order: invalid type",
            "order: unknown field",
            "orders.columns.latitude: unknown field",
            "orders.max_future: invalid type",
            "orders.max_rejects: unknown field",
            "orders.zoneless_time: unknown variant `iran`, expected `utc` or `local`",
            "snapshot.max_age_minutes: invalid value",
            "time_zome: unknown field",
            "vendors.columns.radius: invalid type",
            "time_zone `Asia/Nowhere`",
            "orders.max_reject_share is 7",
            "orders.columns.lng is 5; it must be a column name",
            "orders.columns.time.colum: unknown field",
            "orders.columns.time.unit: unknown variant `min`",
            "orders.columns.time must be a column name or { column, unit }",
        ];
        assert_begin(&errors, &begins);
    }

    #[test]
    fn every_error_of_every_city_is_reported() {
        let errors = errors_of(
            r#"
            [[cities]]
            id = "one"
            key = "Tehran"
            name_fa = "تهران"
            name_en = "Tehran"
            centre = [0, 0]
            zoom = 11
            box = [0, 0, 1]
            [[cities]]
            id = 2
            key = "a"
            name_fa = "ا"
            name_en = "A"
            center = [0, 0]
            zoom = 11
            box = [1, 0, 0, 1]
        "#,
        );
        let begins = [
            "cities[0].box: invalid length 3",
            "cities[0].centre: unknown field",
            "cities[0].id: invalid type",
            "cities[0] has no key `center`",
            "the key of cities[0] is `Tehran`",
            "the box of city `a` must be",
        ];
        assert_begin(&errors, &begins);
        let [error] = &errors_of("cities = [5]")[..] else { panic!("not one error") };
        assert_eq!(error, "cities[0] is 5; it must be a section, written as [[cities]]");
    }

    #[test]
    fn one_error_is_on_one_line_and_several_are_a_list() {
        let message = |text| Config::parse("c.toml", text).unwrap_err().to_string();
        assert_eq!(
            message("cities = []"),
            "the configuration c.toml is invalid: cities is empty; list at least one city"
        );
        let several = message("cities = []\n[grades]\norder = []\nradius_km = {}");
        let lines: Vec<&str> = several.lines().collect();
        assert_eq!(
            lines,
            [
                "the configuration c.toml is invalid:",
                "  cities is empty; list at least one city",
                "  grades.order is empty; list at least one grade",
            ]
        );
    }

    #[test]
    fn the_shipped_quiet_days_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let days = include_str!("../../data/quiet-days-iran.toml");
        std::fs::write(folder.path().join("days.toml"), days).unwrap();
        let config = folder.path().join("tilegen.toml");
        let text = "[guards]\nquiet_days = ['2026-11-29']\nquiet_days_file = 'days.toml'\n";
        std::fs::write(&config, text).unwrap();
        let quiet = Config::load(Some(&config)).unwrap().guards.quiet_days;
        for (day, is_quiet) in [
            ("2026-11-29", true),
            ("2026-11-30", false),
            ("2026-03-21", true),
            ("2026-03-01", true),
            ("2028-04-01", true),
        ] {
            assert_eq!(quiet.contains(day.parse().unwrap()), is_quiet, "{day}");
        }
        let november = "2026-11-15".parse().unwrap()..="2026-11-30".parse().unwrap();
        assert_eq!(
            serde_json::to_value(quiet.within(november)).unwrap(),
            serde_json::json!([{ "from": "2026-11-29", "to": "2026-11-29" }])
        );
        let end_of_march = "2026-03-30".parse().unwrap()..="2026-04-10".parse().unwrap();
        assert_eq!(
            serde_json::to_value(quiet.within(end_of_march)).unwrap(),
            serde_json::json!([{ "from": "2026-03-30", "to": "2026-04-02", "name": "nowruz" }])
        );
        std::fs::write(folder.path().join("days.toml"), "[quiet_days]\na = ['Nowruz']").unwrap();
        let error = Config::load(Some(&config)).unwrap_err().to_string();
        assert!(error.contains("quiet_days.a contains `Nowruz`"), "{error}");
    }

    #[test]
    fn the_message_of_invalid_toml_does_not_end_with_an_empty_line() {
        let error = Config::parse("c.toml", "time_zone = Asia/Tehran").unwrap_err();
        let message = tilecore::error::chain(&error);
        assert!(message.starts_with("could not parse the configuration c.toml: "), "{message}");
        assert_eq!(message, message.trim_end());
    }
}
