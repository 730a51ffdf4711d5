//! Compositions: one tile with the layers of several slots.

use std::fs;

use crate::common::{EMPTY, Spec, TILE, TestResponse, TestServer, TestStore};
use serde_json::Value;
use tilecore::mvt::{PointLayerEncoder, decode};

const AREAS: Spec<'_> = Spec { layer: "areas", slot: "now", visibility: "public", word: "areas" };
const COVERAGE: Spec<'_> =
    Spec { layer: "coverage", slot: "now", visibility: "public", word: "coverage" };
const SECRET: Spec<'_> =
    Spec { layer: "density", slot: "30d", visibility: "internal", word: "density" };

/// An archive whose tiles have one layer, with one point whose `at` is the tile's column.
fn put(store: &TestStore, spec: Spec<'_>) -> Value {
    let tile = |address: &str| {
        let column = address.split('/').nth(1).unwrap().parse().unwrap();
        let mut encoder = PointLayerEncoder::new(spec.word, 128, vec!["at".to_owned()]);
        encoder.point(1, 2, |tags| tags.push(0, column));
        encoder.finish()
    };
    store.put_archive_of(spec, crate::common::archive_of(spec.word, tile))
}

async fn serve(specs: &[Spec<'_>], toml: &str) -> (TestStore, TestServer) {
    let store = TestStore::new();
    let entries: Vec<Value> = specs.iter().map(|spec| put(&store, *spec)).collect();
    store.put_manifest(1, &entries);
    let server = TestServer::start(&store, toml).await;
    (store, server)
}

/// Names of the layers of a response, and the number of features of each.
fn layers(response: &TestResponse) -> Vec<(String, usize)> {
    let layers = decode(&response.body).unwrap();
    layers.iter().map(|layer| (layer.name.to_owned(), layer.len())).collect()
}

const BOTH: &str = "/v1/tiles/areas/now+coverage/now";

#[tokio::test]
async fn a_composed_tile_has_the_layers_of_all_its_parts() {
    for toml in ["", "memory_mb = 0"] {
        let (_store, server) = serve(&[AREAS, COVERAGE], toml).await;
        let expected = vec![("areas".to_owned(), 1), ("coverage".to_owned(), 1)];
        let plain = server.get(&format!("{BOTH}/{TILE}.mvt")).await;
        assert_eq!((plain.status, layers(&plain)), (200, expected));
        assert_eq!(plain.header("content-type"), "application/vnd.mapbox-vector-tile");
        let gzip = [("accept-encoding", "gzip")];
        let packed = server.send("GET", &format!("{BOTH}/{TILE}.mvt"), &gzip).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert_eq!(crate::common::gunzip(&packed.body), plain.body);
        assert_ne!(packed.header("etag"), plain.header("etag"));
        // The second response comes from the cache.
        let again = server.send("GET", &format!("{BOTH}/{TILE}.mvt"), &gzip).await;
        assert_eq!((&again.body, again.header("vary")), (&packed.body, "accept-encoding"));
    }
}

#[tokio::test]
async fn a_set_of_slots_has_one_url() {
    let toml = "public_url = \"https://map.example/food\"";
    let (_store, server) = serve(&[AREAS, COVERAGE], toml).await;
    for rest in ["6/40/25.mvt", "tilejson.json"] {
        let location = format!("/food{BOTH}/{rest}");
        for plus in ["+", "%2B"] {
            let turned = server.get(&format!("/v1/tiles/coverage/now{plus}areas/now/{rest}")).await;
            assert_eq!((turned.status, turned.header("location")), (308, &*location));
            assert_eq!(turned.header("cache-control"), "private, max-age=86400");
            assert_eq!(turned.header("access-control-allow-origin"), "*");
        }
        assert_eq!(server.get(&format!("{BOTH}/{rest}")).await.status, 200);
    }
}

#[tokio::test]
async fn a_composed_tile_is_revalidated_like_any_other_tile() {
    let (_store, server) = serve(&[AREAS, COVERAGE], "").await;
    let path = format!("{BOTH}/{TILE}.mvt");
    let etag = server.get(&path).await.header("etag").to_owned();
    let known = server.send("GET", &path, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.header("etag"), known.body.len()), (304, &*etag, 0));
    let failed = server.send("GET", &path, &[("if-match", "\"other\"")]).await;
    assert_eq!(failed.status, 412);
    let head = server.send("HEAD", &path, &[]).await;
    assert_eq!((head.status, head.header("etag"), head.body.len()), (200, &*etag, 0));
    let refused = server.send("GET", &path, &[("accept-encoding", "*;q=0")]).await;
    assert_eq!(refused.status, 406);
}

#[tokio::test]
async fn empty_tiles_missing_zooms_and_unknown_slots_have_different_responses() {
    let (_store, server) = serve(&[AREAS, COVERAGE], "").await;
    for (path, status) in [
        (format!("{BOTH}/{EMPTY}.mvt"), 204),
        (format!("{BOTH}/4/1/1.mvt"), 404),
        (format!("/v1/tiles/areas/now+nothing/now/{TILE}.mvt"), 404),
        (format!("/v1/tiles/areas/now+areas/now/{TILE}.mvt"), 400),
        (format!("{BOTH}@{}/{TILE}.mvt", "0".repeat(32)), 404),
    ] {
        assert_eq!(server.get(&path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn composed_tilejson_joins_its_parts_and_has_pinned_tile_urls() {
    let (_store, server) = serve(&[AREAS, COVERAGE], "public_url = \"https://map.example\"").await;
    let tilejson = server.get(&format!("{BOTH}/tilejson.json")).await;
    assert_eq!(tilejson.status, 200);
    let tilejson = tilejson.json();
    let names: Vec<&str> = tilejson["vector_layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["id"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["areas", "coverage"]);
    assert_eq!((&tilejson["minzoom"], &tilejson["maxzoom"]), (&5.into(), &7.into()));
    let url = tilejson["tiles"][0].as_str().unwrap().replace("{z}/{x}/{y}", TILE);
    let tile = server.get(url.strip_prefix("https://map.example").unwrap()).await;
    assert_eq!(tile.status, 200);
    assert_eq!(tile.header("cache-control"), "public, max-age=31536000, immutable");
    // A composition with a latest part is latest.
    let latest = url.split('@').next().unwrap().strip_prefix("https://map.example").unwrap();
    let mixed = server
        .get(&format!(
            "{latest}+{}/{TILE}.mvt",
            &url[url.find("coverage").unwrap()..url.find("/6/").unwrap()]
        ))
        .await;
    assert!(mixed.header("cache-control").contains("stale-while-revalidate"), "{mixed:?}");
}

#[tokio::test]
async fn a_composition_with_an_internal_part_is_internal() {
    let path = format!("/v1/tiles/areas/now+density/30d/{TILE}.mvt");
    let (_store, server) = serve(&[AREAS, SECRET], "").await;
    assert_eq!(server.get(&path).await.status, 404);
    let (_store, server) = serve(&[AREAS, SECRET], "serve_internal = true").await;
    let response = server.get(&path).await;
    assert_eq!((response.status, layers(&response).len()), (200, 2));
    assert!(response.header("cache-control").starts_with("private"));

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("keys"), format!("k1 {}\n", "ab".repeat(32))).unwrap();
    let toml = format!("[access]\nsigning_keys = \"{}\"", file("keys").display());
    let (_store, server) = serve(&[AREAS, SECRET], &toml).await;
    assert_eq!(server.get(&path).await.status, 401);
    // A signature for one slot does not open a composition with it.
    let keys = tileserve::http::access::read_keys(&file("keys")).unwrap();
    let hour = std::time::Duration::from_hours(1);
    for prefix in ["/v1/tiles/areas/now", "/v1/tiles/density/30d", "/v1/tiles/areas"] {
        let query = tileserve::http::access::sign(&keys[0], prefix, hour);
        assert_eq!(server.get(&format!("{path}?{query}")).await.status, 401, "{prefix}");
        let turned = format!("/v1/tiles/density/30d+areas/now/{TILE}.mvt?{query}");
        assert_eq!(server.get(&turned).await.status, 308, "{prefix}");
    }
}

#[tokio::test]
async fn slots_with_layers_of_the_same_name_are_not_composed() {
    let other = Spec { layer: "areas-old", ..AREAS };
    let (_store, server) = serve(&[AREAS, other], "").await;
    let response = server.get(&format!("/v1/tiles/areas-old/now+areas/now/{TILE}.mvt")).await;
    assert_eq!(response.status, 400);
    assert!(response.text().contains("the same name"), "{}", response.text());
}

#[tokio::test]
async fn malformed_tiles_are_not_composed() {
    let store = TestStore::new();
    let broken = store.put_archive_of(AREAS, crate::common::archive_of("areas", |_| vec![0xff; 9]));
    let entries = [broken, put(&store, COVERAGE)];
    store.put_manifest(1, &entries);
    let server = TestServer::start(&store, "").await;
    let response = server.get(&format!("{BOTH}/{TILE}.mvt")).await;
    assert_eq!((response.status, response.header("cache-control")), (503, "no-store"));
}
