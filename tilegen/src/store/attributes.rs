//! Object attributes: the HTTP headers that an object store sends to clients that read from it directly.

use object_store::{Attribute, AttributeValue, Attributes};

/// Program name and version, for object attributes and manifests.
pub const GENERATOR: &str = concat!("tilegen ", env!("CARGO_PKG_VERSION"));

/// Objects under a digest or a number never change.
const IMMUTABLE: &str = "max-age=31536000, immutable";

/// Attributes of an object, by its key. Leases and other coordination objects have none.
pub(super) fn attributes(key: &str) -> Attributes {
    let kinds = [
        // The media type of PMTiles archives (IANA, 2023).
        (".pmtiles", "application/vnd.pmtiles"),
        (".hashes", "application/octet-stream"),
        // Not `Content-Encoding: gzip`: some stores decompress it in transit, and the bytes would no
        // longer match the digest.
        (".json.gz", "application/gzip"),
        (".json", "application/json"),
    ];
    let folder = key.split('/').next().unwrap_or_default();
    let is_map = ["archives", "tables", "lineage", "manifests"].contains(&folder);
    let Some((_, kind)) = kinds.into_iter().find(|(end, _)| is_map && key.ends_with(end)) else {
        return Attributes::new();
    };
    let set: [(Attribute, AttributeValue); 3] = [
        (Attribute::ContentType, kind.into()),
        (Attribute::CacheControl, IMMUTABLE.into()),
        (Attribute::Metadata("generator".into()), GENERATOR.into()),
    ];
    set.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_of_a_map_has_a_content_type() {
        let kind = |key| {
            let attributes = attributes(key);
            attributes.get(&Attribute::ContentType).map(|kind| kind.as_ref().to_owned())
        };
        for (key, wanted) in [
            ("archives/density/30d/0f.pmtiles", Some("application/vnd.pmtiles")),
            ("archives/density/30d/0f.hashes", Some("application/octet-stream")),
            ("tables/vendors/tehran/now/0f.json.gz", Some("application/gzip")),
            ("manifests/0000000001.json", Some("application/json")),
            ("lineage/0f.json", Some("application/json")),
            ("leases/snapshot/0001", None),
            ("leases/snapshot/1.json", None),
            ("clock/1-2", None),
        ] {
            assert_eq!(kind(key).as_deref(), wanted, "{key}");
        }
    }
}
