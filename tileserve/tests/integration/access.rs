//! Access: internal layers need a token or a signed URL.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{INTERNAL, PUBLIC, TestResponse, TestServer, TestStore};
use tilecore::ArchiveDigest;

const TOKEN: &str = "correct-horse-battery";
/// SHA-256 of the token, computed by `sha256sum`.
const TOKEN_HASH: &str = "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";
const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Fixture {
    folder: tempfile::TempDir,
    store: TestStore,
    server: TestServer,
    digest: ArchiveDigest,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("tokens"), format!("# who\nanalysts {TOKEN_HASH}\n")).unwrap();
        fs::write(path("keys"), format!("k1 {SECRET}\n")).unwrap();
        let store = TestStore::new();
        let public = store.put_archive(PUBLIC);
        let internal = store.put_archive(INTERNAL);
        let table = store.put_table("area-stats/orders", "internal", &serde_json::json!([1]));
        store.put_manifest_with(1, &[public, internal.clone()], &[table]);
        let toml = format!(
            "[access]\ntokens = \"{}\"\nsigning_keys = \"{}\"",
            path("tokens"),
            path("keys")
        );
        let server =
            TestServer::start(&store, &format!("[manifest]\npoll_interval_seconds = 0.05\n{toml}"))
                .await;
        let digest = crate::common::text(&internal, "digest").parse().unwrap();
        Self { folder, store, server, digest }
    }

    async fn with(&self, path: &str, token: &str) -> TestResponse {
        let value = format!("Bearer {token}");
        self.server.send("GET", path, &[("authorization", &value)]).await
    }

    /// Every path of the internal layer and table.
    fn addresses(&self) -> Vec<String> {
        let digest = self.digest;
        vec![
            "/v1/tiles/density/30d/6/40/25.mvt".to_owned(),
            format!("/v1/tiles/density/30d@{digest}/6/40/25.mvt"),
            "/v1/tiles/density/30d/tilejson.json".to_owned(),
            format!("/v1/archives/density/30d@{digest}.pmtiles"),
            "/v1/tables/area-stats/orders/now.json".to_owned(),
        ]
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

/// What `tileserve sign` prints.
fn sign(prefix: &str, keys: &Path, more: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tileserve"))
        .args(["sign", prefix, "--keys"])
        .arg(keys)
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn requests_without_a_token_do_not_see_internal_layers() {
    let fixture = Fixture::new().await;
    for path in fixture.addresses() {
        for response in [fixture.server.get(&path).await, fixture.with(&path, "guess").await] {
            assert_eq!(
                (response.status, response.header("cache-control")),
                (401, "no-store"),
                "{path}"
            );
            assert_eq!(response.header("www-authenticate"), "Bearer realm=\"map\"");
        }
    }
    let catalog = fixture.server.get("/v1/catalog.json").await;
    assert!(!catalog.text().contains("internal") && catalog.text().contains("density-public"));
    assert!(catalog.headers.contains(&("vary".to_owned(), "authorization".to_owned())));
    assert!(catalog.header("cache-control").starts_with("public"));
    // Public layers need no token.
    assert_eq!(fixture.server.get("/v1/tiles/density-public/30d/6/40/25.mvt").await.status, 200);
}

#[tokio::test]
async fn a_token_opens_all_layers_and_responses_are_private() {
    let fixture = Fixture::new().await;
    for path in fixture.addresses() {
        let response = fixture.with(&path, TOKEN).await;
        assert_eq!(response.status, 200, "{path}");
        assert!(response.header("cache-control").starts_with("private"), "{path}");
    }
    let catalog = fixture.with("/v1/catalog.json", TOKEN).await;
    assert!(catalog.text().contains("\"density\""));
    assert!(catalog.header("cache-control").starts_with("private"));
}

#[tokio::test]
async fn tokens_are_added_and_removed_without_a_restart() {
    let fixture = Fixture::new().await;
    let path = &fixture.addresses()[0];
    assert_eq!(fixture.with(path, TOKEN).await.status, 200);
    let until = async |status: u16| {
        for _ in 0..500 {
            if fixture.with(path, TOKEN).await.status == status {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the token was not noticed");
    };
    fs::write(fixture.file("tokens"), "").unwrap();
    until(401).await;
    // An invalid file changes nothing.
    fs::write(fixture.file("tokens"), format!("analysts {TOKEN_HASH}\n")).unwrap();
    until(200).await;
    fs::write(fixture.file("tokens"), "nonsense").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(fixture.with(path, TOKEN).await.status, 200);
}

#[tokio::test]
async fn a_signed_url_opens_only_what_it_names() {
    let fixture = Fixture::new().await;
    let query = sign("/v1/tiles/density/30d", &fixture.file("keys"), &[]);
    let tilejson = format!("/v1/tiles/density/30d/tilejson.json?{query}");
    let response = fixture.server.get(&tilejson).await;
    assert_eq!(response.status, 200);
    // Tile URLs in a signed TileJSON are signed too.
    let tiles = response.json()["tiles"][0].as_str().unwrap().to_owned();
    let tile = tiles.replace("{z}/{x}/{y}", "6/40/25");
    assert!(tile.contains("signature="));
    let response = fixture.server.get(&tile).await;
    assert_eq!(response.status, 200);
    assert!(response.header("cache-control").starts_with("private"));
    for other in [
        format!("/v1/tables/area-stats/orders/now.json?{query}"),
        format!("/v1/archives/density/30d@{}.pmtiles?{query}", fixture.digest),
        tile.replace("expires=1", "expires=2"),
    ] {
        assert_eq!(fixture.server.get(&other).await.status, 401, "{other}");
    }
    let catalog = fixture.server.get(&format!("/v1/catalog.json?{query}")).await;
    assert!(!catalog.text().contains("\"density\""));
    let over = sign("/v1/tiles/density/30d", &fixture.file("keys"), &["--hours", "0"]);
    let over = fixture.server.get(&format!("/v1/tiles/density/30d/6/40/25.mvt?{over}")).await;
    assert_eq!(over.status, 401);
}

#[tokio::test]
async fn a_response_to_a_signed_url_lives_no_longer_than_the_signature() {
    let fixture = Fixture::new().await;
    let keys = tileserve::http::access::read_keys(&fixture.file("keys")).unwrap();
    let signed = |seconds| {
        let prefix = "/v1/tiles/density/30d";
        tileserve::http::access::sign(&keys[0], prefix, std::time::Duration::from_secs(seconds))
    };
    let digest = fixture.digest;
    for (seconds, path, most) in [
        (3600, format!("/v1/tiles/density/30d@{digest}/6/40/25.mvt"), 3600),
        (100, "/v1/tiles/density/30d/tilejson.json".to_owned(), 100),
        (100, "/v1/tiles/density/30d/6/0/0.mvt".to_owned(), 100),
        (900_000, format!("/v1/tiles/density/30d@{digest}/6/40/25.mvt"), 86_400),
    ] {
        let response = fixture.server.get(&format!("{path}?{}", signed(seconds))).await;
        let control = response.header("cache-control");
        let age = control.strip_prefix("private, max-age=").unwrap().split(',').next().unwrap();
        let age = age.parse::<u64>().unwrap();
        assert!((most - 10..=most).contains(&age), "{path}: {control}");
        assert!(!control.contains("stale"), "{path}: {control}");
    }
    // Public responses are the same for every client.
    let public = "/v1/tiles/density-public/30d/6/40/25.mvt";
    let response = fixture.server.get(&format!("{public}?{}", signed(100))).await;
    assert!(response.header("cache-control").starts_with("public, max-age=60"));
}

#[tokio::test]
async fn signing_keys_are_rotated_one_by_one() {
    let fixture = Fixture::new().await;
    let path = "/v1/tiles/density/30d/6/40/25.mvt";
    let old = sign("/v1/tiles/density/30d", &fixture.file("keys"), &[]);
    let other = SECRET.replace("00", "ff");
    fs::write(fixture.file("keys"), format!("k2 {other}\nk1 {SECRET}\n")).unwrap();
    let new = sign("/v1/tiles/density/30d", &fixture.file("keys"), &[]);
    assert!(new.contains("key=k2"));
    let new =
        fixture.server.until(&format!("{path}?{new}"), |response| response.status == 200).await;
    assert_eq!(new.status, 200);
    assert_eq!(fixture.server.get(&format!("{path}?{old}")).await.status, 200);
    fs::write(fixture.file("keys"), format!("k2 {other}\n")).unwrap();
    fixture.server.until(&format!("{path}?{old}"), |response| response.status == 401).await;
}

#[tokio::test]
async fn an_invalid_token_file_prevents_the_start_and_its_content_is_not_shown() {
    let fixture = Fixture::new().await;
    let store = fixture.store.path().display().to_string();
    for content in ["analysts secret-in-plain\n", "one two three\n"] {
        fs::write(fixture.file("tokens"), content).unwrap();
        let config = fixture.file("tileserve.toml");
        let toml = format!(
            "store = \"{store}\"\nlisten = \"127.0.0.1:0\"\n[access]\ntokens = \"{}\"",
            fixture.file("tokens").display()
        );
        fs::write(&config, toml).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_tileserve"))
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(
            message.contains("line 1 of") && message.contains("SHA-256 of a token"),
            "{message}"
        );
        assert!(!message.contains("secret-in-plain"), "{message}");
    }
}

#[tokio::test]
async fn pages_whose_names_point_into_the_private_network_read_nothing() {
    let store = TestStore::with(&[PUBLIC, INTERNAL]);
    let tile = "/v1/tiles/density/30d/6/40/25.mvt";
    let status = async |address, path, host: &str| {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        crate::common::exchange(stream, request.as_bytes()).await.status
    };
    let toml = "serve_internal = true\npublic_url = \"https://map.example\"\n\
                allowed_hosts = [\"analysts.example\"]";
    let server = TestServer::start(&store, toml).await;
    let (address, admin) = (server.address(), server.server.admin_address().unwrap());
    for (host, is_allowed) in [
        (address.to_string(), true),
        ("localhost".to_owned(), true),
        ("map.example".to_owned(), true),
        ("analysts.example:8080".to_owned(), true),
        ("evil.example".to_owned(), false),
    ] {
        let expected = if is_allowed { 200 } else { 421 };
        assert_eq!(status(address, tile, &host).await, expected, "{host}");
        assert_eq!(status(admin, "/debug/catalog", &host).await, expected, "{host}");
        assert_eq!(status(address, "/health/ready", &host).await, 200, "{host}");
    }
    // A server that shows only public layers may have any name.
    let server = TestServer::start(&store, "").await;
    assert_eq!(status(server.address(), "/v1/catalog.json", "any.example").await, 200);
}

#[tokio::test]
async fn no_page_of_another_origin_may_read_the_operators_listener() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let admin = server.server.admin_address().unwrap();
    let origin = [("origin", "https://evil.example")];
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        for path in
            ["/metrics", "/health/live", "/health/ready", "/debug/catalog", "/admin/rebuild/x", "/"]
        {
            let response = crate::common::send(admin, method, path, &origin).await;
            let has_cors = |name: &String| name.starts_with("access-control-");
            let names: Vec<_> = response.headers.into_iter().map(|(name, _)| name).collect();
            assert!(!names.iter().any(has_cors), "{method} {path}: {names:?}");
        }
    }
}
