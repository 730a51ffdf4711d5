//! Headers that depend on who asks and how the server is set up.

mod common;

use common::{HOLE, PUBLIC, TILE, TestServer, TestStore};

const NEWEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

#[tokio::test]
async fn a_request_keeps_its_name_and_trouble_always_has_one() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let named = server.ask("GET", NEWEST, &[("x-request-id", "abc-123")]).await;
    assert_eq!((named.status, named.header("x-request-id")), (200, "abc-123"));
    assert!(!server.get(NEWEST).await.has("x-request-id"));
    for id in ["", "two words", &"x".repeat(129)] {
        let answer = server.ask("GET", "/v1/nothing", &[("x-request-id", id)]).await;
        let given = answer.header("x-request-id");
        assert!(given.len() == 16 && given != id, "{id:?}: {given}");
    }
    let [one, other] = [server.get("/v1/a").await, server.get("/v1/a").await];
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}

#[tokio::test]
async fn an_answer_that_waited_for_the_store_says_how_long() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "memory_mb = 0").await;
    let timing = server.get(NEWEST).await.header("server-timing").to_owned();
    let milliseconds = timing.strip_prefix("store;dur=").unwrap_or_default().parse::<f64>();
    assert!(milliseconds.is_ok_and(|took| took < 10_000.0), "{timing}");
    let in_memory = TestServer::start(&store, "").await;
    assert!(!in_memory.get(NEWEST).await.has("server-timing"));
}

#[tokio::test]
async fn pages_of_the_origins_that_are_configured_may_read_and_no_others() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    assert_eq!(server.get(NEWEST).await.header("access-control-allow-origin"), "*");

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
        for (method, path) in [("GET", NEWEST), ("OPTIONS", NEWEST), ("GET", "/v1/nothing")] {
            let answer = server.ask(method, path, &headers).await;
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin:?}");
            let vary =
                answer.headers.iter().any(|(name, value)| name == "vary" && value == "origin");
            assert!(vary, "{method} {path}: a cache would hand it to another origin");
        }
    }
}

#[tokio::test]
async fn caches_are_told_what_an_answer_is_made_from() {
    let store = TestStore::with(&[PUBLIC]);
    let plain = TestServer::start(&store, "").await;
    assert!(!plain.get(NEWEST).await.has("surrogate-key"));
    let toml = "surrogate_key_headers = [\"Surrogate-Key\", \"Cache-Tag\", \"xkey\"]";
    let server = TestServer::start(&store, toml).await;
    for path in [NEWEST, &NEWEST.replace(TILE, HOLE), "/v1/tiles/density-public/30d/tilejson.json"]
    {
        let answer = server.get(path).await;
        let keys = "layer:density-public slot:density-public/30d map:1";
        assert_eq!(answer.header("surrogate-key"), keys, "{path}");
        assert_eq!(answer.header("xkey"), keys, "{path}");
        assert_eq!(answer.header("cache-tag"), keys.replace(' ', ","), "{path}");
    }
    assert!(!server.get("/v1/tiles/density-public/30d/9/1/1.mvt").await.has("xkey"));
}

#[tokio::test]
async fn a_hole_has_a_tag_and_a_lifetime_of_its_own_in_either_form() {
    let store = TestStore::with(&[PUBLIC]);
    let path = NEWEST.replace(TILE, HOLE);
    for (toml, status) in [("", 204), ("[cache_control]\nholes = 404", 404)] {
        let server = TestServer::start(&store, toml).await;
        let hole = server.get(&path).await;
        assert_eq!((hole.status, hole.header("etag")), (status, "\"hole\""));
        assert_eq!(hole.header("cache-control"), "public, max-age=60, stale-while-revalidate=600");
        let known = server.ask("GET", &path, &[("if-none-match", "\"hole\"")]).await;
        assert_eq!((known.status, known.header("etag")), (304, "\"hole\""));
        // `*` asks whether there is anything.
        assert_eq!(server.ask("GET", &path, &[("if-none-match", "*")]).await.status, status);
        let tile = server.ask("GET", NEWEST, &[("if-none-match", "\"hole\"")]).await;
        assert_eq!(tile.status, 200);
    }
}

#[tokio::test]
async fn who_wants_another_tile_than_there_is_is_told_so() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let etag = server.get(NEWEST).await.header("etag").to_owned();
    for (path, tag, status) in [
        (NEWEST, &*etag, 200),
        (NEWEST, "*", 200),
        (NEWEST, "\"other\"", 412),
        ("/v1/catalog.json", "\"other\"", 412),
    ] {
        let answer = server.ask("GET", path, &[("if-match", tag)]).await;
        assert_eq!(answer.status, status, "{path} {tag}");
    }
}
