//! The names of columns in vendor, grades and target files, and the grades.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use tilecore::text::is_format;

/// The keys of `[vendors.columns]`, in the order in which vendors are read. The first are required.
pub const VENDOR_COLUMNS: [&str; 17] = [
    "vendor_code",
    "city_id",
    "business_line",
    "latitude",
    "longitude",
    "radius",
    "status_id",
    "visible",
    "vendor_name",
    "vendor_source",
    "vendor_status",
    "open",
    "availability",
    "own_delivery",
    "ofood_delivery",
    "is_express",
    "is_dual",
];

/// The keys of `[grades.columns]`.
const GRADES_COLUMNS: [&str; 5] =
    ["vendor_code", "grade", "sf_vendor_code", "is_dual", "tf_vendor_code"];

/// The keys of `[targets.columns]`.
const TARGETS_COLUMNS: [&str; 1] = ["marketing_area"];

/// Maximum number of grades: a coverage cell has an attribute for each.
const MAX_GRADES: usize = 60;

/// The name of vendors without a grade, which no grade can have.
const UNGRADED: &str = "Ungraded";

/// Whether a name has characters that a published name does not have.
pub(super) fn has_invisible(name: &str) -> bool {
    name.contains(|letter: char| letter.is_control() || is_format(letter))
}

/// The error for a name with characters that a published name does not have.
pub(super) fn invisible(key: &str) -> String {
    format!("{key} contains a line break, or an invisible character such as U+202E; remove it")
}

/// The names of columns by key. A key that is not mapped is the name of its column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNames(BTreeMap<String, String>);

impl ColumnNames {
    /// The name of the column of a key.
    ///
    /// ```
    /// use tilegen::config::Config;
    ///
    /// let config = Config::parse("test", "[vendors.columns]\nlatitude = 'lat'")?;
    /// assert_eq!(config.vendors.of("latitude"), "lat");
    /// assert_eq!(config.vendors.of("longitude"), "longitude");
    /// # Ok::<(), tilegen::config::ConfigError>(())
    /// ```
    #[must_use]
    pub fn of<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }
}

/// The grades of vendors, and the files that contain them.
#[derive(Clone, Debug, PartialEq)]
pub struct GradesConfig {
    /// Names of the grades, best first, without `Ungraded`.
    pub order: Vec<String>,
    /// The delivery radius that the map assumes for a grade, in kilometres.
    pub radius_km: BTreeMap<String, f64>,
    /// Names of the columns in grades files.
    pub columns: ColumnNames,
}

/// A section that only maps columns.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnsSection {
    #[serde(default)]
    columns: BTreeMap<String, String>,
}

/// The section `[grades]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GradesSection {
    order: Option<Vec<String>>,
    radius_km: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
}

impl ColumnsSection {
    pub(super) fn vendors(self, errors: &mut Vec<String>) -> ColumnNames {
        column_names("vendors", &VENDOR_COLUMNS, self.columns, errors)
    }

    pub(super) fn targets(self, errors: &mut Vec<String>) -> ColumnNames {
        column_names("targets", &TARGETS_COLUMNS, self.columns, errors)
    }
}

impl GradesSection {
    /// Drops the radii if there is no order to check them against.
    pub(super) fn drop_radii_without_order(&mut self) {
        if self.order.is_none() {
            self.radius_km = None;
        }
    }

    /// This section with missing keys taken from `defaults`. A default radius of a grade that is not in
    /// the order is left out.
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        let order = self.order.or(defaults.order);
        let is_grade = |name: &String| {
            name == UNGRADED || order.as_ref().is_some_and(|order| order.contains(name))
        };
        let default_radii = || -> Option<BTreeMap<String, f64>> {
            Some(defaults.radius_km?.into_iter().filter(|(name, _)| is_grade(name)).collect())
        };
        let radius_km = self.radius_km.or_else(default_radii);
        Self { order, radius_km, columns: self.columns }
    }

    pub(super) fn validate(self, errors: &mut Vec<String>) -> GradesConfig {
        let order: Vec<String> = self.order.unwrap_or_default();
        let order: Vec<String> = order.into_iter().map(|name| name.trim().to_owned()).collect();
        if order.is_empty() {
            errors.push("grades.order is empty; list at least one grade".to_owned());
        }
        if order.len() > MAX_GRADES {
            let count = order.len();
            errors.push(format!("grades.order has {count} grades; the limit is {MAX_GRADES}"));
        }
        let mut seen = HashSet::new();
        for name in &order {
            if has_invisible(name) {
                errors.push(invisible("grades.order"));
            } else if name.is_empty() {
                errors.push("grades.order contains a blank name".to_owned());
            } else if name.eq_ignore_ascii_case(UNGRADED) {
                errors.push(format!(
                    "grades.order contains `{name}`, which is the grade of vendors without a grade; remove it"
                ));
            } else if !seen.insert(name.to_uppercase().replace(' ', "")) {
                errors.push(format!("grades.order contains `{name}` twice"));
            }
        }
        let radius_km = self.radius_km.unwrap_or_default();
        for (name, &km) in &radius_km {
            if !order.contains(name) && name != UNGRADED {
                errors.push(format!(
                    "grades.radius_km has a radius for `{name}`, which grades.order does not contain"
                ));
            }
            if !(km > 0.0 && km <= 1000.0) {
                errors.push(format!(
                    "grades.radius_km of `{name}` is {km}; it must be above 0 and at most 1000"
                ));
            }
        }
        let columns = column_names("grades", &GRADES_COLUMNS, self.columns, errors);
        GradesConfig { order, radius_km, columns }
    }
}

/// Checks that every key is known, and that no two keys have the same column.
fn column_names(
    section: &str,
    known: &[&str],
    columns: BTreeMap<String, String>,
    errors: &mut Vec<String>,
) -> ColumnNames {
    for (key, name) in &columns {
        if !known.contains(&key.as_str()) {
            let known = known.join(", ");
            errors.push(format!("{section}.columns has no key `{key}`; its keys are {known}"));
        }
        if name.trim().is_empty() {
            errors.push(format!("{section}.columns.{key} is blank; give the name of a column"));
        }
    }
    let names = ColumnNames(columns);
    let mut used: BTreeMap<&str, &str> = BTreeMap::new();
    for key in known {
        if let Some(other) = used.insert(names.of(key), key) {
            let name = names.of(key);
            errors.push(format!("{section}.columns maps {other} and {key} to the column `{name}`"));
        }
    }
    names
}
