//! Metrics: what was answered is what is counted.

mod common;

use common::{HOLE, PUBLIC, STEADY, TILE, TestServer, TestStore};

const NEWEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

/// Value of a metric by its name and labels as the text has them.
fn value(text: &str, series: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    rest.map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn every_answer_is_counted_once_with_its_bytes() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let tile = server.get(NEWEST).await;
    let etag = tile.header("etag").to_owned();
    for _ in 0..2 {
        let known = server.ask("GET", NEWEST, &[("if-none-match", &etag)]).await;
        assert_eq!(known.status, 304);
    }
    assert_eq!(server.ask("HEAD", NEWEST, &[]).await.status, 200);
    assert_eq!(server.get(&NEWEST.replace(TILE, HOLE)).await.status, 204);
    assert_eq!(server.get("/v1/tiles/nothing/30d/5/1/1.mvt").await.status, 404);
    assert_eq!(server.get("/v1/catalog.json").await.status, 200);
    assert_eq!(server.ask("POST", NEWEST, &[]).await.status, 405);

    let answer = server.admin("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = answer.text();
    assert!(text.contains("# TYPE tileserve_requests_total counter\n"));
    let requests = |route: &str, layer: &str, status: u16| {
        let labels = format!("route=\"{route}\",layer=\"{layer}\",status=\"{status}\"");
        value(&text, &format!("tileserve_requests_total{{{labels}}}")).unwrap_or(0.0) as u64
    };
    assert_eq!(requests("tile", "density-public", 200), 2);
    assert_eq!(requests("tile", "density-public", 304), 2);
    assert_eq!(requests("tile", "density-public", 204), 1);
    assert_eq!(requests("tile", "", 404), 1);
    assert_eq!(requests("catalog", "", 200), 1);
    assert_eq!(requests("other", "", 405), 1);
    let labels = "{route=\"tile\",layer=\"density-public\"}";
    let sent = value(&text, &format!("tileserve_sent_bytes_total{labels}"));
    assert_eq!(sent, Some(tile.body.len() as f64));
    let count = value(&text, &format!("tileserve_request_seconds_count{labels}"));
    assert_eq!(count, Some(5.0));
    assert_eq!(value(&text, "tileserve_generation"), Some(1.0));
    assert_eq!(value(&text, "tileserve_maps_total{outcome=\"opened\"}"), Some(1.0));
    for fault in ["no-manifest", "store", "vanished", "broken", "archive"] {
        let series = format!("tileserve_map_fault{{kind=\"{fault}\"}}");
        assert_eq!(value(&text, &series), Some(0.0), "{fault}");
    }
    let built = "tileserve_layer_built_timestamp_seconds{layer=\"density-public\",slot=\"30d\"}";
    // 2026-11-23T05:30:00Z, as the manifest says.
    assert_eq!(value(&text, built), Some(1_795_411_800.0));
}

#[tokio::test]
async fn the_cache_says_what_it_does_and_the_store_what_it_was_asked() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "memory_mb = 0").await;
    let asked = |text: &str| value(text, "tileserve_store_request_seconds_count").unwrap();
    let before = server.admin("/metrics").await.text();
    for _ in 0..3 {
        assert_eq!(server.get(NEWEST).await.status, 200);
    }
    assert_eq!(server.get(&NEWEST.replace(TILE, STEADY)).await.status, 200);
    let after = server.admin("/metrics").await.text();
    let change = |series: &str| {
        let value = |text: &str| value(text, series).unwrap();
        (value(&after) - value(&before)) as u64
    };
    assert_eq!(change("tileserve_tile_cache_hits_total"), 2);
    assert_eq!(change("tileserve_tile_cache_misses_total"), 2);
    assert!(asked(&after) >= asked(&before) + 2.0);
    assert!(change("tileserve_store_read_bytes_total") > 0);
    assert_eq!(value(&after, "tileserve_requests_waiting"), Some(0.0));
}

#[tokio::test]
async fn a_fault_is_told_to_those_who_run_the_server_and_not_to_the_world() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    store.put(&tilecore::manifest::manifest_key(2), b"{");
    server.until("/health/ready", |answer| answer.json()["status"] == "degraded").await;
    let text = server.admin("/metrics").await.text();
    assert_eq!(value(&text, "tileserve_map_fault{kind=\"broken\"}"), Some(1.0));
    assert!(value(&text, "tileserve_maps_total{outcome=\"broken\"}") >= Some(1.0));
    let public = server.get("/health/ready").await.json();
    assert_eq!(public, serde_json::json!({ "status": "degraded", "number": 1 }));
    assert_eq!(server.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn the_admin_listener_gives_nothing_else() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    for path in [NEWEST, "/", "/v1/catalog.json", "/metrics/"] {
        assert_eq!(server.admin(path).await.status, 404, "{path}");
    }
}
