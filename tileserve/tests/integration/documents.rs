//! The documents that describe the map.

use std::fs;

use crate::common::{
    INTERNAL, PUBLIC, Spec, TestServer, TestStore, gunzip, public, text as text_of,
};

#[tokio::test]
async fn tilejson_has_only_the_listed_metadata() {
    let (_store, server, pinned_path) = public().await;
    let path = "/v1/tiles/density-public/30d/tilejson.json";
    let response = server.send("GET", path, &[("host", "evil.example")]).await;
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("cache-control"), "public, max-age=60, stale-while-revalidate=600");
    let tilejson = response.json();
    let fields: Vec<_> = tilejson.as_object().unwrap().keys().map(String::as_str).collect();
    let mut listed = vec![
        "bounds",
        "center",
        "city_quantiles",
        "city_totals",
        "description",
        "digest",
        "from",
        "lines",
        "maxzoom",
        "min_users",
        "minzoom",
        "name",
        "probabilities",
        "quantiles",
        "scheme",
        "tilejson",
        "tiles",
        "time_zone",
        "to",
        "vector_layers",
    ];
    listed.sort_unstable();
    assert_eq!(fields, listed);
    assert_eq!(tilejson["tilejson"], "3.0.0");
    let tiles = format!("http://{}{pinned_path}/{{z}}/{{x}}/{{y}}.mvt", server.address());
    assert_eq!(tilejson["tiles"][0], tiles);
    assert_eq!((&tilejson["minzoom"], &tilejson["maxzoom"]), (&5.into(), &7.into()));
    assert_eq!(tilejson["vector_layers"][0]["id"], "density");
    assert!(!response.text().contains("/home/analyst"), "{}", response.text());

    let etag = response.header("etag").to_owned();
    let again = server.send("GET", path, &[("if-none-match", &etag)]).await;
    assert_eq!((again.status, again.header("etag")), (304, etag.as_str()));
}

#[tokio::test]
async fn urls_are_absolute_with_a_public_url() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "public_url = 'https://map.example/food/'").await;
    let tilejson = server.get("/v1/tiles/density-public/30d/tilejson.json").await.json();
    let url = tilejson["tiles"][0].as_str().unwrap();
    assert!(url.starts_with("https://map.example/food/v1/tiles/density-public/30d@"), "{url}");
}

#[tokio::test]
async fn urls_begin_with_a_loopback_address_and_never_with_the_host_of_a_request() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let path = "/v1/tiles/density-public/30d/tilejson.json";
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\n\
         connection: close\r\n\r\n"
    );
    let tilejson = crate::common::exchange(stream, request.as_bytes()).await.text();
    assert!(tilejson.contains(&format!("\"http://{}/v1/tiles/", server.address())), "{tilejson}");
    assert!(!tilejson.contains("evil"), "{tilejson}");
}

#[tokio::test]
async fn the_catalog_lists_what_is_published() {
    let store = TestStore::with(&[PUBLIC, INTERNAL]);
    let server = TestServer::start(&store, "serve_internal = true").await;
    let response = server.send("GET", "/v1/catalog.json", &[("accept-encoding", "gzip")]).await;
    let catalog = match response.header("content-encoding") {
        "gzip" => serde_json::from_slice(&gunzip(&response.body)).unwrap(),
        _ => response.json(),
    };
    assert_eq!(
        (&catalog["number"], &catalog["built_at"]),
        (&1.into(), &"2026-11-23T05:30:00Z".into())
    );
    assert_eq!(catalog["cities"][0]["name_fa"], "تهران");
    assert_eq!(catalog["cities"][0]["bounds"][3], 35.9);
    let layers = catalog["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 2);
    assert_eq!(layers[1]["tilejson"], "/v1/tiles/density/30d/tilejson.json");
    assert_eq!(layers[1]["visibility"], "internal");
    assert_eq!(layers[1]["lines"][1], "Cafe");
    assert_eq!(
        (&layers[1]["from"], &layers[1]["to"]),
        (&"2026-10-25".into(), &"2026-11-23".into())
    );
    assert_eq!(layers[1]["orders"], 1234);
}

#[tokio::test]
async fn the_catalog_names_the_layers_that_a_browser_must_not_keep() {
    let store = TestStore::new();
    let never = Spec { layer: "timeline-users", slot: "2026-11", ..INTERNAL };
    store.put_manifest(1, &[store.put_archive(INTERNAL), store.put_archive(never)]);
    let server = TestServer::start(&store, "serve_internal = true").await;
    let catalog = server.get("/v1/catalog.json").await.json();
    let kept = catalog["layers"].as_array().unwrap().iter();
    let kept: Vec<_> = kept.map(|entry| (entry["layer"].as_str(), &entry["offline"])).collect();
    assert_eq!(kept, [(Some("density"), &true.into()), (Some("timeline-users"), &false.into())]);
}

#[tokio::test]
async fn every_path_responds_as_openapi_describes() {
    let store = TestStore::new();
    let archive = store.put_archive(PUBLIC);
    let table = store.put_table("options", "public", &serde_json::json!({ "lines": [] }));
    // Tiles without layers, which can be joined.
    let empty = |layer| {
        let spec = Spec { layer, slot: "now", ..PUBLIC };
        store.put_archive_of(spec, crate::common::archive_of(layer, |_| Vec::new()))
    };
    let entries = [archive.clone(), empty("areas"), empty("coverage")];
    store.put_manifest_with(1, &entries, std::slice::from_ref(&table));
    let page = tempfile::tempdir().unwrap();
    fs::create_dir(page.path().join("styles")).unwrap();
    fs::write(page.path().join("index.html"), "<!doctype html><title>map</title>").unwrap();
    fs::write(page.path().join("styles/density-day.json"), "{}").unwrap();
    let server = TestServer::start(&store, &format!("page = '{}'", page.path().display())).await;
    let text = include_str!("../../../docs/openapi.json");
    let description: serde_json::Value = serde_json::from_str(text).unwrap();
    let paths = description["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 15);
    for (path, methods) in paths {
        // A beacon is only sent.
        if path == "/v1/beacon" {
            continue;
        }
        let mut address = path.clone();
        let (entry, slot) =
            if path.contains("/tables/") { (&table, "now") } else { (&archive, "30d") };
        for (name, value) in [
            ("composition", "areas/now+coverage/now"),
            ("layer", "density-public"),
            ("slot", slot),
            ("name", "options"),
            ("style", "density-day.json"),
            ("digest", text_of(entry, "digest")),
            ("z", "6"),
            ("x", "40"),
            ("y", "25"),
        ] {
            address = address.replace(&format!("{{{name}}}"), value);
        }
        let response = server.get(&address).await;
        assert_eq!(response.status, 200, "{address}");
        let described = &methods["get"]["responses"]["200"];
        let kind = response.header("content-type");
        assert!(described["content"][kind].is_object(), "{kind} of {address}");
        for header in described["headers"].as_object().unwrap().keys() {
            let header = header.to_ascii_lowercase();
            assert!(header == "content-encoding" || response.has(&header), "{header} of {address}");
        }
    }
}

#[tokio::test]
async fn the_public_catalog_says_that_a_job_is_held_but_not_by_whom_and_why() {
    let store = TestStore::with(&[PUBLIC]);
    let hold = serde_json::json!({
        "job": "orders", "since": "2026-11-23T05:00:00Z", "until": "2100-01-01T00:00:00Z",
        "author": "amir", "reason": "half of the orders are missing",
    });
    let ended = serde_json::json!({
        "job": "areas", "since": "2026-01-01T00:00:00Z", "until": "2026-01-03T00:00:00Z",
        "author": "amir", "reason": "old",
    });
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(store.file("manifests/0000000001.json")).unwrap())
            .unwrap();
    manifest["number"] = 2.into();
    manifest["holds"] = serde_json::json!([hold, ended]);
    store.put("manifests/0000000002.json", manifest.to_string().as_bytes());

    let server = TestServer::start(&store, "").await;
    let catalog = server.get("/v1/catalog.json").await;
    let shown = &catalog.json()["holds"][0];
    assert_eq!((&shown["job"], &shown["until"]), (&hold["job"], &hold["until"]));
    assert!(!catalog.text().contains("amir") && !catalog.text().contains("missing"));
    assert_eq!(catalog.json()["layers"][0]["job"], "orders");
    let tilejson = server.get("/v1/tiles/density-public/30d/tilejson.json").await;
    let (since, until) = (&hold["since"], &hold["until"]);
    assert_eq!(tilejson.json()["hold"], serde_json::json!({ "since": since, "until": until }));
    let metrics = server.admin("/metrics").await.text();
    for line in [
        "tileserve_hold_start_timestamp_seconds{hold=\"orders\"} 1795410000",
        "tileserve_hold_start_timestamp_seconds{hold=\"snapshot\"} 0",
        "tileserve_hold_end_timestamp_seconds{hold=\"areas\"} 0",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    let inside = TestServer::start(&store, "serve_internal = true").await;
    assert_eq!(inside.get("/v1/catalog.json").await.json()["holds"][0], hold);
    let tilejson = inside.get("/v1/tiles/density-public/30d/tilejson.json").await.text();
    assert!(!tilejson.contains("amir") && !tilejson.contains("missing"), "{tilejson}");
}

#[tokio::test]
async fn the_catalog_lists_the_holidays_of_the_manifest() {
    let store = TestStore::with(&[PUBLIC]);
    let file = fs::read(store.file("manifests/0000000001.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let server = TestServer::start(&store, "").await;
    let catalog = server.get("/v1/catalog.json").await.json();
    assert_eq!(catalog["holidays"], serde_json::json!([]));

    let holidays = serde_json::json!([
        { "from": "2026-10-28", "to": "2026-10-30", "name": "arbaeen" },
        { "from": "2026-11-14", "to": "2026-11-14" },
    ]);
    for (number, listed, shown) in [
        (2, holidays.clone(), holidays),
        (3, serde_json::json!("2026-11-14"), serde_json::json!([])),
    ] {
        manifest["number"] = number.into();
        manifest["holidays"] = listed;
        let key = format!("manifests/{number:010}.json");
        store.put(&key, manifest.to_string().as_bytes());
        let catalog = TestServer::start(&store, "").await.get("/v1/catalog.json").await.json();
        assert_eq!((&catalog["number"], &catalog["holidays"]), (&number.into(), &shown));
    }
}
