use super::*;

const OLD: &str = r#"{
    "version": 1, "number": 7, "built_at": "2026-11-22T05:00:00Z", "generator": "tilegen 0.1.0",
    "cities": [], "layers": []
}"#;

#[test]
fn an_old_manifest_without_tables_is_read_and_written_unchanged() {
    let manifest = Manifest::parse(7, OLD.as_bytes()).unwrap();
    assert_eq!(manifest.tables, []);
    let (before, after): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(OLD).unwrap(), serde_json::to_value(&manifest).unwrap());
    assert_eq!(before, after);
}

#[test]
fn the_registry_of_lines_does_not_depend_on_what_a_public_layer_names() {
    let entry = |layer: &str, lines: Value| {
        serde_json::json!({
            "layer": layer, "slot": "28d", "visibility": "public", "lines": lines,
            "digest": "0123456789abcdef0123456789abcdef", "bytes": 1, "tiles": 1, "orders": 1,
            "built_at": "2026-11-22T05:00:00Z", "from": "2026-10-17", "to": "2026-11-13",
            "minzoom": 5, "maxzoom": 14, "bounds": [51.0, 35.0, 52.0, 36.0]
        })
    };
    let mut written: Value = serde_json::from_str(OLD).unwrap();
    let public = serde_json::json!(["Cafe", null, "Bakery"]);
    written["layers"] = serde_json::json!([entry("density-public", public)]);
    let read = |written: &Value| Manifest::parse(7, written.to_string().as_bytes()).unwrap();
    assert_eq!(read(&written).line_registry(), [""; 0]);
    written["layers"] = serde_json::json!([entry("density", serde_json::json!(["Cafe", "Meat"]))]);
    assert_eq!(read(&written).line_registry(), ["Cafe", "Meat"], "a manifest before 0.4");
    written["lines"] = serde_json::json!(["Cafe", "Meat", "Bakery"]);
    assert_eq!(read(&written).line_registry(), ["Cafe", "Meat", "Bakery"]);
}

#[test]
fn fields_of_newer_versions_are_kept() {
    let mut written: Value = serde_json::from_str(OLD).unwrap();
    written["guards"] = serde_json::json!({"accepted": ["orders:tehran:2026-11-29"]});
    written["cities"] = serde_json::json!([{
        "id": 1, "key": "tehran", "name_fa": "تهران", "name_en": "Tehran", "center": [51.4, 35.7],
        "zoom": 10.5, "box": [50.9, 35.4, 51.8, 36.0], "districts": 22
    }]);
    written["holds"] = serde_json::json!([{
        "job": "timeline", "author": "a", "reason": "b", "since": "2026-11-22T05:00:00Z",
        "until": "2026-11-24T05:00:00Z", "ticket": 7
    }]);
    written["tables"] = serde_json::json!([{
        "name": "options", "slot": "now", "visibility": "public",
        "digest": "0123456789abcdef0123456789abcdef", "bytes": 1, "built_at": "2026-11-22T05:00:00Z",
        "data_at": "2026-11-22T05:00:00Z", "rows": 1, "pinned": false, "language": "fa",
        "build": {
            "generator": "tilegen 9", "rows": 1, "lineage": "0123456789abcdef0123456789abcdef",
            "seconds": 1.5
        }
    }]);
    let manifest = Manifest::parse(7, written.to_string().as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&manifest).unwrap(), written);
    let during: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
    assert_eq!(manifest.hold(Job::Orders, during), None, "an unknown job holds no other");
}

#[test]
fn a_hold_ends_at_its_end() {
    let mut written: Value = serde_json::from_str(OLD).unwrap();
    written["holds"] = serde_json::json!([{
        "job": "orders", "author": "a", "reason": "b", "since": "2026-11-22T05:00:00Z",
        "until": "2026-11-24T05:00:00Z"
    }]);
    let manifest = Manifest::parse(7, written.to_string().as_bytes()).unwrap();
    let is_held = |job, at: &str| manifest.hold(job, at.parse().unwrap()).is_some();
    assert!(is_held(Job::Orders, "2026-11-24T04:59:59Z"));
    assert!(!is_held(Job::Orders, "2026-11-24T05:00:00Z"));
    assert!(!is_held(Job::Snapshot, "2026-11-23T05:00:00Z"));
}

#[test]
fn a_manifest_of_a_newer_version_is_not_damaged_whatever_its_form() {
    let newer = br#"{"version": 2, "entries": {}}"#;
    let error = Manifest::parse(7, newer).unwrap_err();
    assert!(matches!(error, ManifestError::Version { found: 2 }), "{error}");
    assert!(!error.is_damage());
    for damaged in [&b"{"[..], b"", b"[]", br#"{"version": 1}"#] {
        assert!(Manifest::parse(7, damaged).unwrap_err().is_damage());
    }
    assert!(Manifest::parse(8, OLD.as_bytes()).unwrap_err().is_damage(), "another number");
}
