//! The configuration: what was written, what it means, and every error in it at once.
//!
//! `file` is what was written, `values` is what it means, and this file loads the one and checks it
//! into the other. `period` is a length of time, as arguments write it.

mod file;
mod names;
pub mod period;
mod values;

use std::path::{Path, PathBuf};

pub use file::ConfigFile;
pub use names::{ColumnNames, GradesConfig, VENDOR_COLUMNS};
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
    /// The file is not valid TOML or has an unknown key.
    #[error("could not parse the configuration {name}")]
    Parse {
        /// The file.
        name: String,
        /// Cause, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Invalid values, all of them.
    #[error("the configuration {name} is invalid: {}", errors.join("; "))]
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
        Self::parse(&path.display().to_string(), &text)
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
        let read = |text| {
            toml::from_str::<ConfigFile>(text).map_err(|source| ConfigError::Parse {
                name: name.to_owned(),
                source: Box::new(source),
            })
        };
        let errors = |errors| ConfigError::Invalid { name: name.to_owned(), errors };
        let (file, defaults) = (read(text)?, read(DEFAULT_CONFIG)?);
        file.with_defaults(defaults).validate().map_err(errors)
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
        for part in ["Asia/Nowhere", "box", "max_reject_share", "names", "breaks", "user"] {
            let named = errors.iter().any(|fault| fault.contains(part));
            assert!(named, "{part} is not among {errors:?}");
        }
    }
}
