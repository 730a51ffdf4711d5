//! Headers that depend on the request and on the configuration.

use crate::common::{EMPTY, PUBLIC, TILE, TestServer, TestStore};

const LATEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

#[tokio::test]
async fn a_request_id_is_returned_and_errors_always_have_one() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    for (path, status) in [("/health/live", 200), ("/v1/nothing", 404)] {
        let named = server.send("GET", path, &[("x-request-id", "abc-123")]).await;
        assert_eq!((named.status, named.header("x-request-id")), (status, "abc-123"));
    }
    assert!(!server.get("/health/live").await.has("x-request-id"));
    for id in ["", "two words", &"x".repeat(129)] {
        let response = server.send("GET", "/v1/nothing", &[("x-request-id", id)]).await;
        let given = response.header("x-request-id");
        assert!(given.len() == 16 && given != id, "{id:?}: {given}");
    }
    let [one, other] = [server.get("/v1/a").await, server.get("/v1/a").await];
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}

#[tokio::test]
async fn a_response_that_a_cache_may_keep_has_no_request_id() {
    let store = TestStore::with(&[PUBLIC]);
    for toml in ["", "[cache_control]\nempty_tile_status = 404"] {
        let server = TestServer::start(&store, toml).await;
        let etag = server.get(LATEST).await.header("etag").to_owned();
        for path in [LATEST, &LATEST.replace(TILE, EMPTY), "/v1/catalog.json"] {
            for condition in ["\"other\"", &etag, "\"empty\""] {
                let headers = [("x-request-id", "abc-123"), ("if-none-match", condition)];
                let response = server.send("GET", path, &headers).await;
                assert_ne!(response.header("cache-control"), "no-store", "{path}");
                assert!(!response.has("x-request-id"), "{path}: {response:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_response_that_waited_for_the_store_has_server_timing() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "memory_mb = 0").await;
    let timing = server.get(LATEST).await.header("server-timing").to_owned();
    let milliseconds = timing.strip_prefix("store;dur=").unwrap_or_default().parse::<f64>();
    assert!(milliseconds.is_ok_and(|took| took < 10_000.0), "{timing}");
    let in_memory = TestServer::start(&store, "").await;
    assert!(!in_memory.get(LATEST).await.has("server-timing"));
}

#[tokio::test]
async fn only_pages_of_configured_origins_may_read_responses() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    assert_eq!(server.get(LATEST).await.header("access-control-allow-origin"), "*");

    let toml = "cors_origins = [\"https://map.example\", \"http://localhost:5173\"]";
    let server = TestServer::start(&store, toml).await;
    for (origin, allowed) in [
        (Some("https://map.example"), "https://map.example"),
        (Some("http://localhost:5173"), "http://localhost:5173"),
        (Some("https://map.example.evil"), ""),
        (Some("null"), ""),
        (None, ""),
    ] {
        let headers: Vec<_> = origin.into_iter().map(|origin| ("origin", origin)).collect();
        for (method, path) in [("GET", LATEST), ("OPTIONS", LATEST), ("GET", "/v1/nothing")] {
            let response = server.send(method, path, &headers).await;
            assert_eq!(response.header("access-control-allow-origin"), allowed, "{origin:?}");
            let vary =
                response.headers.iter().any(|(name, value)| name == "vary" && value == "origin");
            assert!(vary, "{method} {path}: a cache would send it to another origin");
        }
    }
}

#[tokio::test]
async fn surrogate_keys_name_what_a_response_is_made_from() {
    let store = TestStore::with(&[PUBLIC]);
    let plain = TestServer::start(&store, "").await;
    assert!(!plain.get(LATEST).await.has("surrogate-key"));
    let toml = "surrogate_key_headers = [\"Surrogate-Key\", \"Cache-Tag\", \"xkey\"]";
    let server = TestServer::start(&store, toml).await;
    for path in [LATEST, &LATEST.replace(TILE, EMPTY), "/v1/tiles/density-public/30d/tilejson.json"]
    {
        let response = server.get(path).await;
        let keys = "layer:density-public slot:density-public/30d map:1";
        assert_eq!(response.header("surrogate-key"), keys, "{path}");
        assert_eq!(response.header("xkey"), keys, "{path}");
        assert_eq!(response.header("cache-tag"), keys.replace(' ', ","), "{path}");
    }
    assert!(!server.get("/v1/tiles/density-public/30d/9/1/1.mvt").await.has("xkey"));
}

#[tokio::test]
async fn an_empty_tile_has_its_own_etag_and_lifetime_with_either_status() {
    let store = TestStore::with(&[PUBLIC]);
    let path = LATEST.replace(TILE, EMPTY);
    for (toml, status) in [("", 204), ("[cache_control]\nempty_tile_status = 404", 404)] {
        let server = TestServer::start(&store, toml).await;
        let empty = server.get(&path).await;
        assert_eq!((empty.status, empty.header("etag")), (status, "\"empty\""));
        assert_eq!(empty.header("cache-control"), "public, max-age=60, stale-while-revalidate=600");
        let known = server.send("GET", &path, &[("if-none-match", "\"empty\"")]).await;
        assert_eq!((known.status, known.header("etag")), (304, "\"empty\""));
        // `*` matches any content, and an empty tile has none.
        assert_eq!(server.send("GET", &path, &[("if-none-match", "*")]).await.status, status);
        let tile = server.send("GET", LATEST, &[("if-none-match", "\"empty\"")]).await;
        assert_eq!(tile.status, 200);
    }
}

#[tokio::test]
async fn a_failed_if_match_answers_412() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let etag = server.get(LATEST).await.header("etag").to_owned();
    for (path, tag, status) in [
        (LATEST, &*etag, 200),
        (LATEST, "*", 200),
        (LATEST, "\"other\"", 412),
        ("/v1/catalog.json", "\"other\"", 412),
    ] {
        let response = server.send("GET", path, &[("if-match", tag)]).await;
        assert_eq!(response.status, status, "{path} {tag}");
    }
}
