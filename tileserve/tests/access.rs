//! Access: internal layers are for those who hold a token or a signed address.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Answer, INTERNAL, PUBLIC, TestServer, TestStore};
use tilecore::ArchiveDigest;

const TOKEN: &str = "correct-horse-battery";
/// SHA-256 of it, by `sha256sum`.
const TOKEN_HASH: &str = "62249369389075490555a758353aec61500c6218fa597252d52dc4bd0148f12d";
const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Bench {
    folder: tempfile::TempDir,
    store: TestStore,
    server: TestServer,
    digest: ArchiveDigest,
}

impl Bench {
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
            TestServer::start(&store, &format!("[follow]\npoll_seconds = 0.05\n{toml}")).await;
        let digest = common::text(&internal, "digest").parse().unwrap();
        Self { folder, store, server, digest }
    }

    async fn with(&self, path: &str, token: &str) -> Answer {
        let value = format!("Bearer {token}");
        self.server.ask("GET", path, &[("authorization", &value)]).await
    }

    /// Every address of the internal layer and table.
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
async fn who_has_no_token_learns_nothing_of_internal_layers() {
    let bench = Bench::new().await;
    for path in bench.addresses() {
        for answer in [bench.server.get(&path).await, bench.with(&path, "guess").await] {
            assert_eq!(
                (answer.status, answer.header("cache-control")),
                (401, "no-store"),
                "{path}"
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"map\"");
        }
    }
    let catalog = bench.server.get("/v1/catalog.json").await;
    assert!(!catalog.text().contains("internal") && catalog.text().contains("density-public"));
    assert!(catalog.headers.contains(&("vary".to_owned(), "authorization".to_owned())));
    assert!(catalog.header("cache-control").starts_with("public"));
    // Public layers need none.
    assert_eq!(bench.server.get("/v1/tiles/density-public/30d/6/40/25.mvt").await.status, 200);
}

#[tokio::test]
async fn a_token_opens_everything_and_no_cache_keeps_it_for_others() {
    let bench = Bench::new().await;
    for path in bench.addresses() {
        let answer = bench.with(&path, TOKEN).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("cache-control").starts_with("private"), "{path}");
    }
    let catalog = bench.with("/v1/catalog.json", TOKEN).await;
    assert!(catalog.text().contains("\"density\""));
    assert!(catalog.header("cache-control").starts_with("private"));
}

#[tokio::test]
async fn tokens_come_and_go_without_a_restart() {
    let bench = Bench::new().await;
    let path = &bench.addresses()[0];
    assert_eq!(bench.with(path, TOKEN).await.status, 200);
    let until = async |status: u16| {
        for _ in 0..500 {
            if bench.with(path, TOKEN).await.status == status {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the token was not noticed");
    };
    fs::write(bench.file("tokens"), "").unwrap();
    until(401).await;
    // A file that is none changes nothing.
    fs::write(bench.file("tokens"), format!("analysts {TOKEN_HASH}\n")).unwrap();
    until(200).await;
    fs::write(bench.file("tokens"), "nonsense").unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(bench.with(path, TOKEN).await.status, 200);
}

#[tokio::test]
async fn a_signed_address_opens_its_part_of_the_map_and_no_other() {
    let bench = Bench::new().await;
    let query = sign("/v1/tiles/density/30d", &bench.file("keys"), &[]);
    let tilejson = format!("/v1/tiles/density/30d/tilejson.json?{query}");
    let answer = bench.server.get(&tilejson).await;
    assert_eq!(answer.status, 200);
    // What follows from it is signed too.
    let tiles = answer.json()["tiles"][0].as_str().unwrap().to_owned();
    let tile = tiles.replace("{z}/{x}/{y}", "6/40/25");
    assert!(tile.contains("signature="));
    let answer = bench.server.get(&tile).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("cache-control").starts_with("private"));
    for other in [
        format!("/v1/tables/area-stats/orders/now.json?{query}"),
        format!("/v1/archives/density/30d@{}.pmtiles?{query}", bench.digest),
        tile.replace("expires=1", "expires=2"),
    ] {
        assert_eq!(bench.server.get(&other).await.status, 401, "{other}");
    }
    let catalog = bench.server.get(&format!("/v1/catalog.json?{query}")).await;
    assert!(!catalog.text().contains("\"density\""));
    let over = sign("/v1/tiles/density/30d", &bench.file("keys"), &["--hours", "0"]);
    let over = bench.server.get(&format!("/v1/tiles/density/30d/6/40/25.mvt?{over}")).await;
    assert_eq!(over.status, 401);
}

#[tokio::test]
async fn keys_are_changed_one_by_one() {
    let bench = Bench::new().await;
    let path = "/v1/tiles/density/30d/6/40/25.mvt";
    let old = sign("/v1/tiles/density/30d", &bench.file("keys"), &[]);
    let other = SECRET.replace("00", "ff");
    fs::write(bench.file("keys"), format!("k2 {other}\nk1 {SECRET}\n")).unwrap();
    let new = sign("/v1/tiles/density/30d", &bench.file("keys"), &[]);
    assert!(new.contains("key=k2"));
    let new = bench.server.until(&format!("{path}?{new}"), |answer| answer.status == 200).await;
    assert_eq!(new.status, 200);
    assert_eq!(bench.server.get(&format!("{path}?{old}")).await.status, 200);
    fs::write(bench.file("keys"), format!("k2 {other}\n")).unwrap();
    bench.server.until(&format!("{path}?{old}"), |answer| answer.status == 401).await;
}

#[tokio::test]
async fn files_of_tokens_that_cannot_be_used_stop_the_start_without_telling_what_is_in_them() {
    let bench = Bench::new().await;
    let store = bench.store.path().display().to_string();
    for content in ["analysts secret-in-plain\n", "one two three\n"] {
        fs::write(bench.file("tokens"), content).unwrap();
        let config = bench.file("tileserve.toml");
        let toml = format!(
            "store = \"{store}\"\nlisten = \"127.0.0.1:0\"\n[access]\ntokens = \"{}\"",
            bench.file("tokens").display()
        );
        fs::write(&config, toml).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_tileserve"))
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(said.contains("line 1 of") && said.contains("SHA-256 of a token"), "{said}");
        assert!(!said.contains("secret-in-plain"), "{said}");
    }
}
