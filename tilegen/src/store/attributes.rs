//! Attributes: what an object store tells whoever reads an object from it directly.

use object_store::{Attribute, AttributeValue, Attributes};

/// Program and version, as objects and manifests name it.
pub const GENERATOR: &str = concat!("tilegen ", env!("CARGO_PKG_VERSION"));

/// What is written under a digest or a number never changes.
const FOR_EVER: &str = "max-age=31536000, immutable";

/// Attributes of an object, by its key. Leases and other notes have none.
pub(super) fn attributes(key: &str) -> Attributes {
    let kinds = [
        // The registered type of PMTiles archives (IANA, 2023).
        (".pmtiles", "application/vnd.pmtiles"),
        (".hashes", "application/octet-stream"),
        // Not `Content-Encoding: gzip`: some stores unpack that on the way, and the bytes would no
        // longer be those of the digest.
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
        (Attribute::CacheControl, FOR_EVER.into()),
        (Attribute::Metadata("generator".into()), GENERATOR.into()),
    ];
    set.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_belongs_to_a_map_says_what_it_is() {
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
