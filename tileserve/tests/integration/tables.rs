//! Tables are served like tiles: immutable under a digest, the latest without one.

use crate::common::{PUBLIC, TestServer, TestStore, gunzip, text};
use serde_json::{Value, json};

const LATEST: &str = "/v1/tables/vendors/tehran/now.json";

fn pinned_path(entry: &Value) -> String {
    format!("/v1/tables/{}/now@{}.json", text(entry, "name"), text(entry, "digest"))
}

fn vendors(word: &str) -> Value {
    json!({ "city": "tehran", "columns": { "code": ["007", word, "نان"] } })
}

#[tokio::test]
async fn a_table_is_served_as_gzip_and_plain_with_an_etag_in_both_url_forms() {
    let store = TestStore::new();
    let entry = store.put_table("vendors/tehran", "public", &vendors("first"));
    store.put_manifest_with(1, &[store.put_archive(PUBLIC)], std::slice::from_ref(&entry));
    let server = TestServer::start(&store, "").await;
    let pinned_path = pinned_path(&entry);
    for (path, lifetime) in [
        (pinned_path.as_str(), "public, max-age=31536000, immutable"),
        (LATEST, "public, max-age=60, stale-while-revalidate=600"),
    ] {
        let plain = server.get(path).await;
        assert_eq!((plain.status, plain.json()), (200, vendors("first")), "{path}");
        assert_eq!(plain.header("content-type"), "application/json");
        assert_eq!(plain.header("cache-control"), lifetime);
        assert_eq!(plain.header("access-control-allow-origin"), "*");
        assert!(!plain.has("content-encoding"));
        let packed = server.send("GET", path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert_eq!(gunzip(&packed.body), plain.body);
        let tag = packed.header("etag");
        assert_ne!(tag, plain.header("etag"));
        let known = [("accept-encoding", "gzip"), ("if-none-match", tag)];
        let again = server.send("GET", path, &known).await;
        assert_eq!((again.status, again.header("etag")), (304, tag), "{path}");
        assert!(again.body.is_empty());
        let head = server.send("HEAD", path, &[]).await;
        assert_eq!(head.header("content-length"), plain.body.len().to_string());
    }
    let catalog = server.get("/v1/catalog.json").await.json();
    assert_eq!(catalog["tables"][0]["url"], pinned_path.as_str());
    assert_eq!(catalog["tables"][0]["data_at"], "2026-11-23T05:20:00Z");
}

#[tokio::test]
async fn a_replaced_table_is_served_under_its_digest_for_the_retention_period() {
    for (keep, status) in [("", 200), ("retention_seconds = 0", 410)] {
        let store = TestStore::new();
        let first = store.put_table("vendors/tehran", "public", &vendors("first"));
        store.put_manifest_with(1, &[], std::slice::from_ref(&first));
        let toml =
            format!("[manifest]\npoll_interval_seconds = 0.05\nlist_interval_seconds = 1\n{keep}");
        let server = TestServer::start(&store, &toml).await;
        let second = store.put_table("vendors/tehran", "public", &vendors("second"));
        store.put_manifest_with(2, &[], std::slice::from_ref(&second));
        server.until(LATEST, |response| response.json() == vendors("second")).await;
        assert_eq!(server.get(&pinned_path(&first)).await.status, status, "{keep}");
        assert_eq!(server.get(&pinned_path(&second)).await.status, 200, "{keep}");
    }
}

#[tokio::test]
async fn internal_unknown_and_malformed_tables_have_different_statuses() {
    let store = TestStore::new();
    let inner = store.put_table("area-stats/orders", "internal", &json!({ "areas": [] }));
    store.put_manifest_with(1, &[], std::slice::from_ref(&inner));
    let server = TestServer::start(&store, "").await;
    for (path, status) in [
        (pinned_path(&inner).as_str(), 404),
        ("/v1/tables/area-stats/orders/now.json", 404),
        ("/v1/tables/options/now.json", 404),
        ("/v1/tables/options/now@0123456789abcdef0123456789abcdef.json", 404),
        ("/v1/tables/options/now@nothing.json", 400),
        ("/v1/tables/options", 404),
    ] {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
    let malformed = server.get("/v1/tables/options/now@nothing.json").await.text();
    assert!(malformed.contains("digest") && !malformed.contains("tile"), "{malformed}");
    assert_eq!(server.get("/v1/catalog.json").await.json()["tables"], json!([]));
}

#[tokio::test]
async fn a_damaged_table_keeps_the_last_good_map_in_service() {
    let store = TestStore::new();
    let first = store.put_table("vendors/tehran", "public", &vendors("first"));
    store.put_manifest_with(1, &[], std::slice::from_ref(&first));
    let server = TestServer::start(&store, "").await;
    let second = store.put_table("vendors/tehran", "public", &vendors("second"));
    let key = format!("tables/vendors/tehran/now/{}.json.gz", text(&second, "digest"));
    store.put(&key, b"cut");
    store.put_manifest_with(2, &[], std::slice::from_ref(&second));
    let ready =
        server.until("/health/ready", |response| response.json()["status"] == "degraded").await;
    assert_eq!(ready.json()["number"], 1);
    assert_eq!(server.get(LATEST).await.json(), vendors("first"));
}
