//! Rebuild requests: on the operators' listener, with a token.

use std::fs;

use crate::common::{INTERNAL, PUBLIC, TestResponse, TestServer, TestStore, send};

const TOKEN: &str = "correct-horse-battery";
/// SHA-256 of the token, computed by `sha256sum`.
const TOKEN_HASH: &str = "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";

struct Fixture {
    _folder: tempfile::TempDir,
    store: TestStore,
    server: TestServer,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("admin-tokens");
        fs::write(&tokens, format!("operators {TOKEN_HASH}\n")).unwrap();
        let store = TestStore::with(&[PUBLIC, INTERNAL]);
        let toml = format!("[access]\nadmin_tokens = \"{}\"", tokens.display());
        let server = TestServer::start(&store, &toml).await;
        Self { _folder: folder, store, server }
    }

    async fn admin(&self, method: &str, path: &str, token: &str) -> TestResponse {
        let value = format!("Bearer {token}");
        let headers = [("authorization", &*value)];
        send(self.server.server.admin_address().unwrap(), method, path, &headers).await
    }

    fn requests(&self, layer: &str) -> Vec<std::path::PathBuf> {
        let files = fs::read_dir(self.store.file("requests").join(layer)).into_iter().flatten();
        files.map(|file| file.unwrap().path()).collect()
    }
}

#[tokio::test]
async fn a_rebuild_is_requested_with_a_token_and_pending_in_the_store() {
    let fixture = Fixture::new().await;
    let idle = fixture.admin("GET", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!((idle.status, &idle.json()["state"]), (200, &"idle".into()));
    let requested = fixture.admin("POST", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!(requested.status, 202);
    assert_eq!(requested.header("location"), "/admin/rebuild/density-public");
    let report = requested.json();
    assert_eq!((&report["layer"], &report["state"]), (&"density-public".into(), &"pending".into()));
    assert_eq!(report["built"][0]["built_at"], "2026-11-23T05:30:00Z");

    let files = fixture.requests("density-public");
    assert_eq!(files.len(), 1);
    let request: serde_json::Value = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(request["layer"], "density-public");
    let again = fixture.admin("POST", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!(again.json()["requested_at"].as_array().unwrap().len(), 2);
    // After a job has fulfilled the requests, none is pending.
    for file in fixture.requests("density-public") {
        fs::remove_file(file).unwrap();
    }
    let idle = fixture.admin("GET", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!(idle.json()["state"], "idle");
}

#[tokio::test]
async fn without_a_token_rebuilds_are_neither_requested_nor_shown() {
    let fixture = Fixture::new().await;
    for method in ["GET", "POST"] {
        for layer in ["density", "nothing"] {
            let path = format!("/admin/rebuild/{layer}");
            let response = fixture.admin(method, &path, "guess").await;
            assert_eq!(response.status, 401, "{method} {layer}");
        }
    }
    let other = fixture.admin("POST", "/admin/rebuild/nothing", TOKEN).await;
    assert_eq!(other.status, 404);
    let strange = fixture.admin("POST", "/admin/rebuild/../density", TOKEN).await;
    assert_eq!(strange.status, 404);
    assert_eq!(fixture.admin("DELETE", "/admin/rebuild/density", TOKEN).await.status, 405);
    assert_eq!(fixture.admin("POST", "/metrics", TOKEN).await.status, 405);
    // The public listener has no such path, and the token does not open internal layers.
    let value = format!("Bearer {TOKEN}");
    let headers = [("authorization", &*value)];
    let public = fixture.server.send("POST", "/admin/rebuild/density", &headers).await;
    assert_eq!(public.status, 405);
    let tile = fixture.server.send("GET", "/v1/tiles/density/30d/6/40/25.mvt", &headers).await;
    assert_eq!(tile.status, 404);
    assert!(fixture.requests("density").is_empty());
}

#[tokio::test]
async fn too_many_rebuild_requests_are_refused() {
    let fixture = Fixture::new().await;
    for _ in 0..32 {
        assert_eq!(fixture.admin("POST", "/admin/rebuild/density", TOKEN).await.status, 202);
    }
    assert_eq!(fixture.admin("POST", "/admin/rebuild/density", TOKEN).await.status, 429);
    assert_eq!(fixture.requests("density").len(), 32);
}

#[tokio::test]
async fn operators_see_what_is_served() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, "").await;
    let second = store.publish(2, &[crate::common::Spec { word: "second", ..PUBLIC }])[0];
    let is_new = |response: &TestResponse| response.json()["number"] == 2;
    server.until("/health/ready", is_new).await;
    let report = server.admin("/debug/catalog").await;
    assert_eq!((report.status, report.header("cache-control")), (200, "no-store"));
    let slot = &report.json()["map"]["slots"]["density-public/30d"];
    assert_eq!(slot["latest"]["digest"], second.to_string());
    assert_eq!(slot["latest"]["tier"], "memory");
    assert_eq!(slot["latest"]["is_healthy"], true);
    assert_eq!(slot["earlier"][0]["digest"], first.to_string());
    assert_eq!(slot["earlier"][0]["is_served"], true);
    assert_eq!(server.get("/debug/catalog").await.status, 404);
}
