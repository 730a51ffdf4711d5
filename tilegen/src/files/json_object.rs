//! JSON objects, and whether a key is repeated in them. RFC 8259 leaves open which of two values counts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// A JSON object, and its first key that is repeated.
#[derive(Debug, Default)]
pub(crate) struct JsonObject {
    pub(crate) entries: Map<String, Value>,
    pub(crate) repeated: Option<String>,
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = JsonObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
        let mut object = JsonObject::default();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if object.entries.contains_key(&key) {
                object.repeated.get_or_insert(key);
            } else {
                object.entries.insert(key, value);
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_named() {
        for (text, repeated) in [
            (r#"{"a": 1, "b": {"a": 2}}"#, None),
            (r#"{"a": 1, "b": 2, "a": 1, "b": 3}"#, Some("a")),
        ] {
            let object: JsonObject = serde_json::from_str(text).unwrap();
            assert_eq!((object.repeated.as_deref(), object.entries.len()), (repeated, 2), "{text}");
        }
        assert!(serde_json::from_str::<JsonObject>("[1]").is_err());
    }
}
