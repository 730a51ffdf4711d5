//! Metrics: they agree with the responses.

use crate::common::{EMPTY, INTERNAL, PUBLIC, TILE, TestServer, TestStore, UNCHANGED};

const LATEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

/// Value of a series, written as in the exposition.
fn value(text: &str, series: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    rest.map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn every_response_is_counted_once_with_its_bytes() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let tile = server.get(LATEST).await;
    let etag = tile.header("etag").to_owned();
    for _ in 0..2 {
        let known = server.send("GET", LATEST, &[("if-none-match", &etag)]).await;
        assert_eq!(known.status, 304);
    }
    assert_eq!(server.send("HEAD", LATEST, &[]).await.status, 200);
    assert_eq!(server.get(&LATEST.replace(TILE, EMPTY)).await.status, 204);
    assert_eq!(server.get("/v1/tiles/nothing/30d/5/1/1.mvt").await.status, 404);
    assert_eq!(server.get("/v1/catalog.json").await.status, 200);
    assert_eq!(server.send("POST", LATEST, &[]).await.status, 405);

    let response = server.admin("/metrics").await;
    assert_eq!(response.status, 200);
    assert!(response.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = response.text();
    assert!(text.contains("# TYPE tileserve_http_requests_total counter\n"));
    let requests = |route: &str, layer: &str, status: u16| {
        let labels = format!("route=\"{route}\",layer=\"{layer}\",status=\"{status}\"");
        value(&text, &format!("tileserve_http_requests_total{{{labels}}}")).unwrap_or(0.0) as u64
    };
    assert_eq!(requests("tile", "density-public", 200), 2);
    assert_eq!(requests("tile", "density-public", 304), 2);
    assert_eq!(requests("tile", "density-public", 204), 1);
    assert_eq!(requests("tile", "", 404), 1);
    assert_eq!(requests("catalog", "", 200), 1);
    assert_eq!(requests("other", "", 405), 1);
    let labels = "{route=\"tile\",layer=\"density-public\"}";
    let sent = value(&text, &format!("tileserve_http_response_body_bytes_total{labels}"));
    assert_eq!(sent, Some(tile.body.len() as f64));
    let count = value(&text, &format!("tileserve_http_request_duration_seconds_count{labels}"));
    assert_eq!(count, Some(5.0));
    assert_eq!(value(&text, "tileserve_map_number"), Some(1.0));
    assert_eq!(value(&text, "tileserve_map_loads_total{outcome=\"ok\"}"), Some(1.0));
    for kind in tileserve::map::map_error::MapError::KINDS {
        let series = format!("tileserve_map_error{{kind=\"{kind}\"}}");
        assert_eq!(value(&text, &series), Some(0.0), "{kind}");
    }
    let built = "tileserve_layer_built_timestamp_seconds{layer=\"density-public\",slot=\"30d\"}";
    // 2026-11-23T05:30:00Z, as the manifest says.
    assert_eq!(value(&text, built), Some(1_795_411_800.0));
}

#[tokio::test]
async fn the_tile_cache_and_store_requests_are_counted() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "memory_mb = 0").await;
    let store_requests =
        |text: &str| value(text, "tileserve_store_request_duration_seconds_count").unwrap();
    let before = server.admin("/metrics").await.text();
    for _ in 0..3 {
        assert_eq!(server.get(LATEST).await.status, 200);
    }
    assert_eq!(server.get(&LATEST.replace(TILE, UNCHANGED)).await.status, 200);
    let after = server.admin("/metrics").await.text();
    let change = |series: &str| {
        let value = |text: &str| value(text, series).unwrap();
        (value(&after) - value(&before)) as u64
    };
    assert_eq!(change("tileserve_tile_cache_hits_total"), 2);
    assert_eq!(change("tileserve_tile_cache_misses_total"), 2);
    assert!(store_requests(&after) >= store_requests(&before) + 2.0);
    assert!(change("tileserve_store_read_bytes_total") > 0);
    assert_eq!(value(&after, "tileserve_requests_in_flight"), Some(0.0));
}

#[tokio::test]
async fn errors_of_the_map_are_shown_to_operators_only() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    store.put(&tilecore::manifest::manifest_key(2), b"{");
    server.until("/health/ready", |response| response.json()["status"] == "degraded").await;
    let text = server.admin("/metrics").await.text();
    assert_eq!(value(&text, "tileserve_map_error{kind=\"manifest-invalid\"}"), Some(1.0));
    assert!(value(&text, "tileserve_map_loads_total{outcome=\"error\"}") >= Some(1.0));
    let public = server.get("/health/ready").await.json();
    assert_eq!(public, serde_json::json!({ "status": "degraded", "number": 1 }));
    assert_eq!(server.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn the_operators_listener_serves_no_tiles() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    for path in [LATEST, "/", "/v1/catalog.json", "/metrics/"] {
        assert_eq!(server.admin(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn facts_of_the_manifest_are_exported_for_every_slot_also_for_hidden_ones() {
    let store = TestStore::with(&[PUBLIC, INTERNAL]);
    let file = std::fs::read(store.file("manifests/0000000001.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let lineage = manifest["layers"][0]["digest"].clone();
    for layer in manifest["layers"].as_array_mut().unwrap() {
        layer["from"] = "2026-10-24".into();
        layer["to"] = "2026-11-22".into();
        layer["data_at"] = "2026-11-22T20:30:00Z".into();
        layer["orders"] = 960.into();
        layer["build"] = serde_json::json!({
            "generator": "test", "rows": 1000, "rejects": { "duplicate": 30, "position_zero": 10 },
            "next_due": "2026-11-24T05:30:00Z", "lineage": lineage,
        });
    }
    manifest["number"] = 2.into();
    manifest["held_back"] = serde_json::json!([
        { "command": "density", "from": "2026-11-23", "reasons": ["low day: tehran on 2026-11-23"] }
    ]);
    manifest["accepted"] = serde_json::json!(["orders:tehran:2026-11-20", "vendors:00"]);
    store.put("manifests/0000000002.json", manifest.to_string().as_bytes());

    let server = TestServer::start(&store, "").await;
    assert_eq!(server.get("/v1/tiles/density/30d/tilejson.json").await.status, 404);
    let text = server.admin("/metrics").await.text();
    for (series, expected) in [
        ("layer_data_timestamp_seconds{layer=\"density\",slot=\"30d\"}", 1_795_379_400.0),
        ("layer_next_due_timestamp_seconds{layer=\"density\",slot=\"30d\"}", 1_795_498_200.0),
        ("layer_dates{layer=\"density\",slot=\"30d\"}", 30.0),
        ("layer_orders{layer=\"density-public\",slot=\"30d\"}", 960.0),
        ("layer_rows{layer=\"density\",slot=\"30d\"}", 1000.0),
        ("layer_rejected_rows{layer=\"density\",slot=\"30d\",reason=\"duplicate\"}", 30.0),
        ("layer_pinned{layer=\"density\",slot=\"30d\"}", 0.0),
        ("held_back{build=\"density\"}", 1.0),
        ("held_back{build=\"area-stats\"}", 0.0),
        ("guards_accepted{inputs=\"orders\"}", 1.0),
        ("guards_accepted{inputs=\"areas\"}", 0.0),
    ] {
        assert_eq!(value(&text, &format!("tileserve_{series}")), Some(expected), "{series}");
    }
    assert!(value(&text, "tileserve_map_published_timestamp_seconds") > Some(0.0), "{text}");
}
