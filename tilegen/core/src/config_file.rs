//! Configuration files, read key by key.
//!
//! serde stops at the first error of a file. Here every key is read on its own, so all errors are
//! reported, and the keys without an error still take effect.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Reads a table key by key. Every unknown key and every value of a wrong type is added to `errors`
/// and left out; all other keys are in the result.
///
/// `T` must be readable from each of its keys alone: its keys are optional, and so are those of its
/// sections. `name` is the name of the table in error messages; it is empty for a whole file.
///
/// ```
/// use tilecore::config_file::read_keys;
///
/// #[derive(Debug, Default, PartialEq, serde::Deserialize)]
/// #[serde(deny_unknown_fields, default)]
/// struct Limits {
///     burst: Option<f64>,
///     requests: Option<u32>,
/// }
///
/// let written = "burst = 5.0\nrequests = 'many'\nburts = 6.0".parse()?;
/// let mut errors = Vec::new();
/// let limits: Limits = read_keys("limits", &written, &mut errors);
/// assert_eq!(limits, Limits { burst: Some(5.0), requests: None });
/// assert!(errors[0].starts_with("limits.burts: unknown field `burts`"));
/// assert!(errors[1].starts_with("limits.requests: invalid type: string \"many\""));
/// # Ok::<(), toml::de::Error>(())
/// ```
pub fn read_keys<T>(name: &str, written: &Table, errors: &mut Vec<String>) -> T
where
    T: DeserializeOwned + Default,
{
    let valid = valid_keys::<T>(&Place { name, keys: &[] }, written, errors);
    T::deserialize(Value::Table(valid)).unwrap_or_default()
}

/// A table in a file.
struct Place<'a> {
    /// Name of the outermost table.
    name: &'a str,
    /// The keys that lead from the outermost table to this one.
    keys: &'a [&'a str],
}

impl Place<'_> {
    /// The full name of a key of this table.
    fn path(&self, key: &str) -> String {
        let outer = (!self.name.is_empty()).then_some(self.name);
        let keys: Vec<&str> = outer.into_iter().chain(self.keys.iter().copied()).collect();
        if keys.is_empty() { key.to_owned() } else { format!("{}.{key}", keys.join(".")) }
    }

    /// Whether `T` can be read from this key alone.
    fn check<T: DeserializeOwned>(&self, key: &str, value: Value) -> Result<(), toml::de::Error> {
        let alone = Table::from_iter([(key.to_owned(), value)]);
        let file = self.keys.iter().rev().fold(alone, |inner, &outer| {
            Table::from_iter([(outer.to_owned(), Value::Table(inner))])
        });
        T::deserialize(Value::Table(file)).map(drop)
    }
}

/// The part of a table that has no errors.
fn valid_keys<T: DeserializeOwned>(
    place: &Place<'_>,
    table: &Table,
    errors: &mut Vec<String>,
) -> Table {
    let values = table.iter().filter_map(|(key, value)| {
        let valid = valid_value::<T>(place, key, value, errors)?;
        Some((key.clone(), valid))
    });
    values.collect()
}

/// The part of a value that has no errors, if there is one.
fn valid_value<T: DeserializeOwned>(
    place: &Place<'_>,
    key: &str,
    value: &Value,
    errors: &mut Vec<String>,
) -> Option<Value> {
    // Only a section can be an empty table. serde also reads a section from an array of its values.
    let is_section = place.check::<T>(key, Value::Table(Table::new())).is_ok();
    let path = place.path(key);
    match place.check::<T>(key, value.clone()) {
        Ok(()) if !(is_section && value.is_array()) => return Some(value.clone()),
        Err(error) if !is_section => {
            errors.push(format!("{path}: {}", error.message()));
            return None;
        }
        _ => {}
    }
    let keys = [place.keys, &[key]].concat();
    let inside = Place { name: place.name, keys: &keys };
    if let Value::Table(section) = value {
        return Some(Value::Table(valid_keys::<T>(&inside, section, errors)));
    }
    errors.push(format!("{path}: must be a section, written as [{path}]"));
    // The keys of `[[section]]` are checked too.
    let items = value.as_array().into_iter().flatten().filter_map(Value::as_table);
    let valid = items.flat_map(|item| valid_keys::<T>(&inside, item, errors)).collect();
    Some(Value::Table(valid))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct File {
        name: Option<String>,
        words: Option<Vec<String>>,
        server: Server,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Server {
        port: Option<u16>,
        limits: BTreeMap<String, u8>,
    }

    fn read(text: &str) -> (File, Vec<String>) {
        let mut errors = Vec::new();
        let file = read_keys("", &text.parse().unwrap(), &mut errors);
        (file, errors)
    }

    #[test]
    fn a_valid_file_is_read_as_serde_reads_it() {
        let text = "name = 'a'\nwords = ['b']\n[server]\nport = 1\n[server.limits]\nc = 2";
        assert_eq!(read(text), (toml::from_str(text).unwrap(), vec![]));
        assert_eq!(read(""), (File::default(), vec![]));
    }

    #[test]
    fn every_error_is_reported_with_its_key_and_hides_no_valid_key() {
        let text = "
            name = 5
            words = ['b']
            [server]
            port = 'c'
            prot = 1
            [server.limits]
            d = -1
            e = 2
            f = 'g'
            [serfer]
            port = 1
        ";
        let (file, errors) = read(text);
        let begins = [
            "name: invalid type: integer `5`",
            "serfer: unknown field `serfer`",
            "server.limits.d: invalid value: integer `-1`",
            "server.limits.f: invalid type: string \"g\"",
            "server.port: invalid type: string \"c\"",
            "server.prot: unknown field `prot`",
        ];
        assert_eq!(errors.len(), begins.len(), "{errors:?}");
        for (error, begins) in errors.iter().zip(begins) {
            assert!(error.starts_with(begins), "{error}");
        }
        let limits = BTreeMap::from([("e".to_owned(), 2)]);
        let server = Server { port: None, limits };
        assert_eq!(file, File { name: None, words: Some(vec!["b".to_owned()]), server });
    }

    #[test]
    fn a_section_that_is_not_a_table_is_an_error() {
        for text in ["server = 1", "server = []", "server = ['a']", "[[server]]\nport = 2"] {
            let (_, errors) = read(text);
            assert_eq!(errors, ["server: must be a section, written as [server]"], "{text}");
        }
        let (file, errors) = read("[[server]]\nport = 2\n[[server]]\nprot = 3");
        assert_eq!(file.server.port, Some(2));
        assert!(errors[1].starts_with("server.prot: unknown field"), "{errors:?}");
    }
}
