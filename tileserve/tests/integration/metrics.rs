//! Metrics: they agree with the responses.

use crate::common::{EMPTY, PUBLIC, TILE, TestServer, TestStore, UNCHANGED};

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
