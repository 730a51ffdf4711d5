//! The page: static files, with the headers that keep them safe.

use crate::common::{PUBLIC, TestServer, TestStore, gzip};
use std::fs;
use std::time::Duration;

fn page() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("dist");
    fs::create_dir_all(root.join("assets")).unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    fs::write(root.join("index.html"), "<!doctype html><title>map</title>").unwrap();
    fs::write(root.join(".env"), "secret").unwrap();
    fs::write(root.join("assets/index-abc.js"), "export {}").unwrap();
    fs::write(root.join("assets/index-abc.js.gz"), gzip(b"export {}")).unwrap();
    fs::write(root.join("assets/index-abc.js.br"), "brotli").unwrap();
    fs::write(root.join("assets/index-abc.css"), "a{}").unwrap();
    fs::create_dir(root.join("styles")).unwrap();
    let style = r#"{"sources":{"a":{"url":"/v1/tiles/a/now/tilejson.json"}},"font-faces":{"F":"/v1/styles/F.woff2"}}"#;
    fs::write(root.join("styles/plain.json"), style).unwrap();
    fs::write(root.join("styles/F.woff2"), "font").unwrap();
    fs::write(root.join("sw.js"), "self").unwrap();
    fs::write(root.join("manifest.webmanifest"), "{}").unwrap();
    fs::write(root.join("alone.gz"), "no packed form of anything").unwrap();
    std::os::unix::fs::symlink("../secret.txt", root.join("link.txt")).unwrap();
    folder
}

async fn served(toml: &str) -> (tempfile::TempDir, TestStore, TestServer) {
    let (folder, store) = (page(), TestStore::with(&[PUBLIC]));
    let toml = format!("page = '{}'\n{toml}", folder.path().join("dist").display());
    let server = TestServer::start(&store, &toml).await;
    (folder, store, server)
}

#[tokio::test]
async fn files_have_their_content_type_and_lifetime() {
    let (_page, _store, server) = served("").await;
    let (checked, year) = ("no-cache", "public, max-age=31536000, immutable");
    for (path, kind, cache_control) in [
        ("/", "text/html; charset=utf-8", checked),
        ("/index.html", "text/html; charset=utf-8", checked),
        ("/?city=tehran", "text/html; charset=utf-8", checked),
        ("/assets/index-abc.js", "text/javascript; charset=utf-8", year),
        ("/assets/index-abc.css", "text/css; charset=utf-8", year),
        ("/sw.js", "text/javascript; charset=utf-8", checked),
        ("/manifest.webmanifest", "application/manifest+json", checked),
        ("/alone.gz", "application/octet-stream", checked),
    ] {
        let file = server.get(path).await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("content-type"), kind, "{path}");
        assert_eq!(file.header("cache-control"), cache_control, "{path}");
        assert_eq!(file.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(file.header("vary"), "accept-encoding", "{path}");
        assert!(!file.has("access-control-allow-origin"), "{path}");
        let etag = file.header("etag");
        let again = server.send("GET", path, &[("if-none-match", etag)]).await;
        assert_eq!((again.status, again.header("etag")), (304, etag), "{path}");
    }
}

#[tokio::test]
async fn compressed_files_are_sent_to_clients_that_accept_them() {
    let (_page, _store, server) = served("").await;
    let path = "/assets/index-abc.js";
    let mut tags = std::collections::HashSet::new();
    for (accepted, coding, body) in [
        ("gzip, br", "br", b"brotli".to_vec()),
        ("gzip", "gzip", gzip(b"export {}")),
        ("identity", "", b"export {}".to_vec()),
    ] {
        let file = server.send("GET", path, &[("accept-encoding", accepted)]).await;
        assert_eq!(file.header("content-encoding"), coding, "{accepted}");
        assert_eq!(file.body, body, "{accepted}");
        assert!(tags.insert(file.header("etag").to_owned()), "{accepted} needs its own ETag");
    }
}

#[tokio::test]
async fn no_path_leaves_the_page_folder() {
    let (_page, _store, server) = served("").await;
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "//secret.txt",
        "/..\\secret.txt",
        "/./index.html",
        "/link.txt",
        "/.env",
        "/assets",
        "/assets/",
        "/index.html/",
        "/index.html%00",
        "/assets/index-abc.js.gz",
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status, 404, "{path}");
        assert!(!response.text().contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn the_page_may_load_only_from_itself_and_configured_origins() {
    let (_page, _store, server) = served("page_origins = ['https://tiles.example']").await;
    let index = server.get("/").await;
    let policy = index.header("content-security-policy");
    for rule in [
        "default-src 'self'",
        "script-src 'self'",
        "worker-src 'self' blob:",
        "img-src 'self' data: blob: https://tiles.example",
        "connect-src 'self' data: blob: https://tiles.example",
        "object-src 'none'",
        "base-uri 'none'",
    ] {
        let is_there = policy.split(';').any(|found| found.trim() == rule);
        assert!(is_there, "{rule} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn the_page_is_served_before_the_first_map() {
    let (folder, store) = (page(), TestStore::new());
    let toml = format!("page = '{}'", folder.path().join("dist").display());
    let server = TestServer::start_without_map(&store, &toml).await;
    assert_eq!(server.get("/").await.status, 200);
    assert_eq!(server.get("/v1/catalog.json").await.status, 503);
}

#[tokio::test]
async fn a_changed_configuration_of_the_page_is_followed_without_a_restart() {
    let (folder, store) = (page(), TestStore::with(&[PUBLIC]));
    let own = folder.path().join("dist/config.json");
    let other = folder.path().join("page.json");
    fs::write(&own, r#"{"city":"own"}"#).unwrap();
    fs::write(&other, r#"{"city":"other"}"#).unwrap();
    let page = format!("page = '{}'", folder.path().join("dist").display());
    for (file, toml) in
        [(&own, page.clone()), (&other, format!("{page}\npage_config = '{}'", other.display()))]
    {
        let server = TestServer::start(&store, &toml).await;
        let before = server.get("/config.json").await;
        assert_eq!(before.text(), fs::read_to_string(file).unwrap(), "{}", file.display());
        assert_eq!(before.header("cache-control"), "no-cache");
        fs::write(file, r#"{"city":"half"#).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let damaged = server.get("/config.json").await;
        assert_eq!(damaged.text(), before.text(), "a half-written file is not served");
        let changed = r#"{"city":"changed"}"#;
        fs::write(file, changed).unwrap();
        let found = server.until("/config.json", |reply| reply.text() == changed).await;
        assert_ne!(found.header("etag"), before.header("etag"));
    }
}

#[tokio::test]
async fn urls_in_styles_begin_with_the_public_url() {
    let (_folder, _store, server) = served("public_url = 'https://tiles.example'").await;
    let style = server.get("/v1/styles/plain.json").await;
    assert_eq!(style.status, 200);
    assert_eq!(style.header("access-control-allow-origin"), "*");
    let style: serde_json::Value = serde_json::from_slice(&style.body).unwrap();
    let tilejson = "https://tiles.example/v1/tiles/a/now/tilejson.json";
    assert_eq!(style["sources"]["a"]["url"], tilejson);
    assert_eq!(style["font-faces"]["F"], "https://tiles.example/v1/styles/F.woff2");
    let font = server.get("/v1/styles/F.woff2").await;
    assert_eq!(font.header("content-type"), "font/woff2");
    assert_eq!(&font.body[..], b"font");
    for unknown in ["/v1/styles/", "/v1/styles/none.json", "/v1/styles/../index.html"] {
        assert_eq!(server.get(unknown).await.status, 404, "{unknown}");
    }
}
