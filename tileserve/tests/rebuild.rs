//! Rebuilds: asked for by those who hold a token, on the listener of those who run the server.

mod common;

use std::fs;

use common::{Answer, INTERNAL, PUBLIC, TestServer, TestStore, ask};

const TOKEN: &str = "correct-horse-battery";
/// SHA-256 of it, by `sha256sum`.
const TOKEN_HASH: &str = "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";

struct Bench {
    _folder: tempfile::TempDir,
    store: TestStore,
    server: TestServer,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("admin-tokens");
        fs::write(&tokens, format!("operators {TOKEN_HASH}\n")).unwrap();
        let store = TestStore::with(&[PUBLIC, INTERNAL]);
        let toml = format!("[access]\nadmin_tokens = \"{}\"", tokens.display());
        let server = TestServer::start(&store, &toml).await;
        Self { _folder: folder, store, server }
    }

    async fn admin(&self, method: &str, path: &str, token: &str) -> Answer {
        let value = format!("Bearer {token}");
        let headers = [("authorization", &*value)];
        ask(self.server.server.admin_address().unwrap(), method, path, &headers).await
    }

    fn requests(&self, layer: &str) -> Vec<std::path::PathBuf> {
        let files = fs::read_dir(self.store.file("requests").join(layer)).into_iter().flatten();
        files.map(|file| file.unwrap().path()).collect()
    }
}

#[tokio::test]
async fn a_rebuild_is_asked_for_by_token_and_waits_in_the_store() {
    let bench = Bench::new().await;
    let idle = bench.admin("GET", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!((idle.status, &idle.json()["state"]), (200, &"idle".into()));
    let asked = bench.admin("POST", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!(asked.status, 202);
    assert_eq!(asked.header("location"), "/admin/rebuild/density-public");
    let told = asked.json();
    assert_eq!((&told["layer"], &told["state"]), (&"density-public".into(), &"waiting".into()));
    assert_eq!(told["built"][0]["built_at"], "2026-11-23T05:30:00Z");

    let files = bench.requests("density-public");
    assert_eq!(files.len(), 1);
    let request: serde_json::Value = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(request["layer"], "density-public");
    let again = bench.admin("POST", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!(again.json()["asked_at"].as_array().unwrap().len(), 2);
    // Once a job has taken them up nothing waits.
    for file in bench.requests("density-public") {
        fs::remove_file(file).unwrap();
    }
    let idle = bench.admin("GET", "/admin/rebuild/density-public", TOKEN).await;
    assert_eq!(idle.json()["state"], "idle");
}

#[tokio::test]
async fn without_the_token_nothing_is_asked_for_and_nothing_is_told() {
    let bench = Bench::new().await;
    for method in ["GET", "POST"] {
        for layer in ["density", "nothing"] {
            let path = format!("/admin/rebuild/{layer}");
            let answer = bench.admin(method, &path, "guess").await;
            assert_eq!(answer.status, 401, "{method} {layer}");
        }
    }
    let other = bench.admin("POST", "/admin/rebuild/nothing", TOKEN).await;
    assert_eq!(other.status, 404);
    let strange = bench.admin("POST", "/admin/rebuild/../density", TOKEN).await;
    assert_eq!(strange.status, 404);
    assert_eq!(bench.admin("DELETE", "/admin/rebuild/density", TOKEN).await.status, 405);
    assert_eq!(bench.admin("POST", "/metrics", TOKEN).await.status, 405);
    // The public listener knows nothing of it, and the token opens no internal layer.
    let value = format!("Bearer {TOKEN}");
    let headers = [("authorization", &*value)];
    let public = bench.server.ask("POST", "/admin/rebuild/density", &headers).await;
    assert_eq!(public.status, 405);
    let tile = bench.server.ask("GET", "/v1/tiles/density/30d/6/40/25.mvt", &headers).await;
    assert_eq!(tile.status, 404);
    assert!(bench.requests("density").is_empty());
}

#[tokio::test]
async fn a_heap_of_requests_is_refused() {
    let bench = Bench::new().await;
    for _ in 0..32 {
        assert_eq!(bench.admin("POST", "/admin/rebuild/density", TOKEN).await.status, 202);
    }
    assert_eq!(bench.admin("POST", "/admin/rebuild/density", TOKEN).await.status, 429);
    assert_eq!(bench.requests("density").len(), 32);
}

#[tokio::test]
async fn those_who_run_the_server_see_what_is_served() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, "").await;
    let second = store.publish(2, &[common::Spec { word: "second", ..PUBLIC }])[0];
    let is_new = |answer: &Answer| answer.json()["number"] == 2;
    server.until("/health/ready", is_new).await;
    let told = server.admin("/debug/catalog").await;
    assert_eq!((told.status, told.header("cache-control")), (200, "no-store"));
    let slot = &told.json()["map"]["slots"]["density-public/30d"];
    assert_eq!(slot["newest"]["digest"], second.to_string());
    assert_eq!(slot["newest"]["kept_in"], "memory");
    assert_eq!(slot["newest"]["is_well"], true);
    assert_eq!(slot["earlier"][0]["digest"], first.to_string());
    assert_eq!(slot["earlier"][0]["is_served"], true);
    assert_eq!(server.get("/debug/catalog").await.status, 404);
}
