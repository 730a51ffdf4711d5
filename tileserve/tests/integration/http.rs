//! HTTP semantics, tested over a real socket.

use crate::common::{
    EMPTY, INTERNAL, PUBLIC, Spec, TILE, TestResponse, TestServer, TestStore, UNCHANGED, gunzip,
    packed, plain, public,
};
use tilecore::TileHash;

const LATEST: &str = "/v1/tiles/density-public/30d";
const YEAR: &str = "public, max-age=31536000, immutable";
const MINUTE: &str = "public, max-age=60, stale-while-revalidate=600";

fn etag(address: &str, word: &str, ending: &str) -> String {
    format!("\"{}-{ending}\"", TileHash::of(&packed(address, word)))
}

#[tokio::test]
async fn a_tile_is_sent_as_it_is_stored() {
    let (_store, server, pinned_path) = public().await;
    for (path, cache_control) in [(LATEST, MINUTE), (&pinned_path, YEAR)] {
        let path = format!("{path}/{TILE}.mvt");
        let tile = server.send("GET", &path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(tile.status, 200, "{path}");
        assert_eq!(tile.body, packed(TILE, "first"), "{path}");
        for (header, value) in [
            ("content-type", "application/vnd.mapbox-vector-tile"),
            ("content-encoding", "gzip"),
            ("content-length", &tile.body.len().to_string()),
            ("etag", &etag(TILE, "first", "gz")),
            ("cache-control", cache_control),
            ("vary", "accept-encoding"),
            ("access-control-allow-origin", "*"),
            ("access-control-expose-headers", "etag"),
        ] {
            assert_eq!(tile.header(header), value, "{header} of {path}");
        }
    }
}

#[tokio::test]
async fn the_encoding_is_the_one_that_the_client_prefers() {
    let (_store, server, pinned_path) = public().await;
    let path = format!("{pinned_path}/{TILE}.mvt");
    for (accepted, status, coding) in [
        (None, 200, ""),
        (Some(""), 200, ""),
        (Some("br"), 200, ""),
        (Some("gzip;q=0"), 200, ""),
        (Some("gzip;q=0.4, identity;q=0.5"), 200, ""),
        (Some("gzip"), 200, "gzip"),
        (Some("*"), 200, "gzip"),
        (Some("identity;q=0, gzip;q=0.1"), 200, "gzip"),
        (Some("gzip;q=0, identity;q=0"), 406, ""),
        (Some("*;q=0"), 406, ""),
        (Some("br, identity;q=0"), 406, ""),
    ] {
        let headers: Vec<_> = accepted.iter().map(|value| ("accept-encoding", *value)).collect();
        let tile = server.send("GET", &path, &headers).await;
        assert_eq!(tile.status, status, "{accepted:?}");
        assert_eq!(tile.header("content-encoding"), coding, "{accepted:?}");
        assert_eq!(tile.header("vary"), "accept-encoding", "{accepted:?}");
        match (status, coding) {
            (200, "gzip") => {
                assert_eq!(gunzip(&tile.body), plain(TILE, "first"), "{accepted:?}");
                assert_eq!(tile.header("etag"), etag(TILE, "first", "gz"), "{accepted:?}");
            }
            (200, _) => {
                assert_eq!(tile.body, plain(TILE, "first"), "{accepted:?}");
                assert_eq!(tile.header("etag"), etag(TILE, "first", "id"), "{accepted:?}");
            }
            _ => assert_eq!(tile.header("cache-control"), "no-store", "{accepted:?}"),
        }
    }
}

#[tokio::test]
async fn a_304_has_complete_headers() {
    let (_store, server, pinned_path) = public().await;
    let (gz, id) = (etag(TILE, "first", "gz"), etag(TILE, "first", "id"));
    for (path, cache_control) in [(LATEST, MINUTE), (&pinned_path, YEAR)] {
        for (accepted, known, status) in [
            ("gzip", gz.clone(), 304),
            ("gzip", format!("W/{gz}"), 304),
            ("gzip", format!("\"other\", W/{gz}"), 304),
            ("gzip", "*".to_owned(), 304),
            ("gzip", id.clone(), 200),
            ("gzip", "\"other\"".to_owned(), 200),
            ("gzip", "garbage".to_owned(), 200),
            ("identity", id.clone(), 304),
            ("identity", gz.clone(), 200),
        ] {
            let headers = [("accept-encoding", accepted), ("if-none-match", known.as_str())];
            let tile = server.send("GET", &format!("{path}/{TILE}.mvt"), &headers).await;
            assert_eq!(tile.status, status, "{known} for {accepted}");
            assert_eq!(tile.header("etag"), if accepted == "gzip" { &gz } else { &id });
            assert_eq!(tile.header("cache-control"), cache_control);
            assert_eq!(tile.header("vary"), "accept-encoding");
            assert_eq!(tile.header("access-control-allow-origin"), "*");
            if status == 304 {
                assert!(tile.body.is_empty() && !tile.has("content-type"), "{tile:?}");
            }
        }
    }
}

#[tokio::test]
async fn head_equals_get_without_the_body() {
    let (_store, server, pinned_path) = public().await;
    let tile = format!("{pinned_path}/{TILE}.mvt");
    let paths = [
        tile.as_str(),
        &format!("{pinned_path}/{EMPTY}.mvt"),
        "/v1/catalog.json",
        "/v1/tiles/density-public/30d/tilejson.json",
        "/v1/tiles/nothing/30d/5/0/0.mvt",
        "/health/live",
        "/",
    ];
    for path in paths {
        for accepted in ["gzip", "identity"] {
            let headers = [("accept-encoding", accepted)];
            let get = server.send("GET", path, &headers).await;
            let head = server.send("HEAD", path, &headers).await;
            assert!(head.body.is_empty(), "{path}");
            let but_date_and_name = |response: &TestResponse| {
                let mut headers = response.headers.clone();
                headers.retain(|(name, _)| name != "date" && name != "x-request-id");
                headers.sort();
                (response.status, headers)
            };
            assert_eq!(but_date_and_name(&head), but_date_and_name(&get), "{path}");
        }
    }
}

#[tokio::test]
async fn found_empty_unknown_and_malformed_have_different_statuses() {
    let (_store, server, pinned_path) = public().await;
    let digest = pinned_path.split_once('@').unwrap().1;
    let other = "0".repeat(32);
    for (path, status) in [
        (format!("{LATEST}/{TILE}.mvt"), 200),
        (format!("{LATEST}/{TILE}.mvt?v=1"), 200),
        (format!("{LATEST}%40{digest}/{TILE}.mvt"), 200),
        (format!("{LATEST}/{EMPTY}.mvt"), 204),
        (format!("{pinned_path}/{EMPTY}.mvt"), 204),
        (format!("{LATEST}/6/40/x.mvt"), 400),
        (format!("{LATEST}/6/40/-1.mvt"), 400),
        (format!("{LATEST}/06/40/25.mvt"), 400),
        (format!("{LATEST}@{}/{TILE}.mvt", &digest[1..]), 400),
        (format!("{LATEST}@/{TILE}.mvt"), 400),
        (format!("{LATEST}/4/10/6.mvt"), 404),
        (format!("{LATEST}/8/160/100.mvt"), 404),
        (format!("{LATEST}/6/64/0.mvt"), 404),
        (format!("{LATEST}/6/0/64.mvt"), 404),
        (format!("{LATEST}/6/99999999999/0.mvt"), 404),
        (format!("{LATEST}/99/0/0.mvt"), 404),
        (format!("{LATEST}@{other}/{TILE}.mvt"), 404),
        (format!("{LATEST}/{TILE}.png"), 404),
        (format!("{LATEST}/{TILE}"), 404),
        (format!("/v1/tiles/density-public/7d/{TILE}.mvt"), 404),
        (format!("/v1/tiles/nothing/30d/{TILE}.mvt"), 404),
        ("/v1/tiles/nothing/30d/tilejson.json".to_owned(), 404),
        ("/v1/nothing".to_owned(), 404),
        ("/health/nothing".to_owned(), 404),
        ("/".to_owned(), 404),
    ] {
        let response = server.get(&path).await;
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.header("access-control-allow-origin"), "*", "{path}");
        if status >= 400 {
            assert_eq!(response.header("cache-control"), "no-store", "{path}");
            assert_eq!(response.header("x-content-type-options"), "nosniff", "{path}");
            assert!(!response.has("etag"), "{path}");
        }
    }
}

#[tokio::test]
async fn an_empty_tile_has_its_own_lifetime() {
    let (_store, server, pinned_path) = public().await;
    for (path, cache_control) in [(LATEST, MINUTE), (&pinned_path, "public, max-age=3600")] {
        let empty = server.get(&format!("{path}/{EMPTY}.mvt")).await;
        assert_eq!((empty.status, empty.header("cache-control")), (204, cache_control), "{path}");
        assert!(empty.body.is_empty() && !empty.has("content-length"), "{empty:?}");
    }
}

#[tokio::test]
async fn only_safe_methods_are_allowed() {
    let (_store, server, pinned_path) = public().await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        for path in [format!("{pinned_path}/{TILE}.mvt"), "/v1/catalog.json".to_owned()] {
            let response = server.send(method, &path, &[("content-length", "0")]).await;
            assert_eq!(response.status, 405, "{method} {path}");
            assert_eq!(response.header("allow"), "GET, HEAD, OPTIONS", "{method} {path}");
            assert_eq!(response.header("cache-control"), "no-store", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_cors_preflight_is_granted() {
    let (_store, server, pinned_path) = public().await;
    let headers = [
        ("origin", "https://maps.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "if-none-match, x-own"),
    ];
    let response = server.send("OPTIONS", &format!("{pinned_path}/{TILE}.mvt"), &headers).await;
    assert_eq!(response.status, 204);
    for (header, value) in [
        ("allow", "GET, HEAD, OPTIONS"),
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, HEAD, OPTIONS"),
        ("access-control-allow-headers", "*, authorization"),
        ("access-control-max-age", "86400"),
    ] {
        assert_eq!(response.header(header), value, "{header}");
    }
}

#[tokio::test]
async fn a_hidden_layer_responds_like_one_that_does_not_exist() {
    let store = TestStore::with(&[PUBLIC, INTERNAL]);
    let server = TestServer::start(&store, "").await;
    let rests = ["6/40/25.mvt", "6/0/0.mvt", "9/0/0.mvt", "6/a/0.mvt", "tilejson.json", ""];
    for rest in rests {
        for accepted in ["gzip", "*;q=0"] {
            let headers = [("accept-encoding", accepted), ("if-none-match", "*")];
            let mut responses = Vec::new();
            for layer in ["density", "nothing"] {
                let path = format!("/v1/tiles/{layer}/30d/{rest}");
                responses.push(server.send("GET", &path, &headers).await);
            }
            let [hidden, unknown] = &responses[..] else { unreachable!() };
            assert_eq!(hidden.status, unknown.status, "{rest}");
            assert_eq!(hidden.body, unknown.body, "{rest}");
            let names = |response: &TestResponse| {
                response.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
            };
            assert_eq!(names(hidden), names(unknown), "{rest}");
        }
    }
    let catalog = server.get("/v1/catalog.json").await.text();
    assert!(!catalog.contains("internal") && !catalog.contains("\"density\""), "{catalog}");
}

#[tokio::test]
async fn a_served_internal_layer_is_private() {
    let store = TestStore::with(&[PUBLIC, INTERNAL]);
    let server = TestServer::start(&store, "serve_internal = true").await;
    let tilejson = "/v1/tiles/density/30d/tilejson.json";
    let pinned_path = server.get(tilejson).await.json()["tiles"][0].as_str().unwrap().to_owned();
    let pinned_path = pinned_path.replace("{z}/{x}/{y}", TILE);
    for (path, cache_control) in [
        (pinned_path.as_str(), "private, max-age=86400, immutable"),
        (&pinned_path.replace(TILE, EMPTY), "private, max-age=3600"),
        ("/v1/tiles/density/30d/6/40/25.mvt", "private, max-age=60, stale-while-revalidate=600"),
        (tilejson, "private, max-age=60, stale-while-revalidate=600"),
        ("/v1/catalog.json", "private, max-age=60, stale-while-revalidate=600"),
    ] {
        let response = server.get(path).await;
        assert!(response.status < 300, "{path}");
        assert_eq!(response.header("cache-control"), cache_control, "{path}");
        assert!(!response.has("access-control-allow-origin"), "{path}");
        assert!(response.header("vary").contains("authorization"), "{path}: {response:?}");
    }
    let public = server.get(&format!("{LATEST}/{TILE}.mvt")).await;
    assert_eq!(public.header("access-control-allow-origin"), "*");

    let short = "serve_internal = true\n[cache_control]\ninternal_max_age_seconds = 90";
    let server = TestServer::start(&store, short).await;
    for (path, cache_control) in [
        (pinned_path.as_str(), "private, max-age=90, immutable"),
        (&pinned_path.replace(TILE, EMPTY), "private, max-age=90"),
        (tilejson, "private, max-age=60, stale-while-revalidate=30"),
    ] {
        assert_eq!(server.get(path).await.header("cache-control"), cache_control, "{path}");
    }
    let public = server.get(&format!("{LATEST}/{TILE}.mvt")).await;
    assert_eq!(public.header("cache-control"), MINUTE);

    let open = "serve_internal = true\ninternal_cors = true";
    let server = TestServer::start(&store, open).await;
    let response = server.get(&pinned_path).await;
    assert_eq!(response.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn an_unchanged_tile_keeps_its_etag_across_builds() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let path = format!("{LATEST}/{UNCHANGED}.mvt");
    let etag = server.get(&path).await.header("etag").to_owned();
    store.publish(2, &[Spec { word: "second", ..PUBLIC }]);
    server.until("/v1/catalog.json", |response| response.json()["number"] == 2).await;
    let again = server.send("GET", &path, &[("if-none-match", &etag)]).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn archives_that_do_not_fit_in_memory_are_served_the_same_from_the_store() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, "memory_mb = 0").await;
    for (path, cache_control) in [(LATEST.to_owned(), MINUTE), (format!("{LATEST}@{digest}"), YEAR)]
    {
        let path = format!("{path}/{TILE}.mvt");
        let tile = server.send("GET", &path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((tile.status, &tile.body), (200, &packed(TILE, "first")));
        assert_eq!(tile.header("etag"), etag(TILE, "first", "gz"));
        assert_eq!(tile.header("cache-control"), cache_control);
        let plain_tile = server.get(&path).await;
        assert_eq!(plain_tile.body, plain(TILE, "first"));
        let head = server.send("HEAD", &path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(head.header("content-length"), tile.body.len().to_string());
        let known = [("accept-encoding", "gzip"), ("if-none-match", tile.header("etag"))];
        assert_eq!(server.send("GET", &path, &known).await.status, 304);
    }
}
