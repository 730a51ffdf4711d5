//! Archives that are read tile by tile: replaced, damaged, missing, restored, and cached on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::common::{PUBLIC, Spec, TILE, TestServer, TestStore, UNCHANGED, packed, plain};
use tilecore::ArchiveDigest;

const LATEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";
const SECOND: Spec<'_> = Spec { word: "second", ..PUBLIC };

/// Nothing is cached, so every response needs the archive.
const NO_CACHES: &str = "memory_mb = 0\ntile_cache_mb = 0";

fn pinned_path(digest: ArchiveDigest) -> String {
    format!("/v1/tiles/density-public/30d@{digest}/{TILE}.mvt")
}

fn key(digest: ArchiveDigest) -> String {
    format!("archives/density-public/30d/{digest}.pmtiles")
}

async fn until(server: &TestServer, status: &str) -> serde_json::Value {
    server.until("/health/ready", |response| response.json()["status"] == status).await.json()
}

#[tokio::test]
async fn an_archive_restored_from_a_copy_is_still_served() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, NO_CACHES).await;
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
    // The same bytes in another file.
    let bytes = fs::read(store.file(&key(digest))).unwrap();
    fs::remove_file(store.file(&key(digest))).unwrap();
    store.put("elsewhere", b"takes the number of the file that was removed");
    store.put(&key(digest), &bytes);
    for _ in 0..2 {
        assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
    }
    assert_eq!(server.get("/health/ready").await.json()["status"], "ready");
}

#[tokio::test]
async fn an_archive_with_other_bytes_is_never_served_and_its_recovery_is_noticed() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, NO_CACHES).await;
    let right = fs::read(store.file(&key(digest))).unwrap();
    let mut other = right.clone();
    let tile = packed(TILE, "first");
    let at = right.windows(tile.len()).position(|window| window == tile).unwrap();
    other[at + 12] ^= 1;
    for wrong in [&other[..], &right[..right.len() / 3], &b""[..]] {
        store.put(&key(digest), wrong);
        let response = server.get(LATEST).await;
        assert_eq!((response.status, response.header("cache-control")), (503, "no-store"));
        let state = until(&server, "degraded").await;
        assert_eq!(state["error"], format!("archive {} is damaged or missing", key(digest)));
        store.put(&key(digest), &right);
        until(&server, "ready").await;
        assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
    }
}

#[tokio::test]
async fn a_missing_archive_is_reported_without_a_request_for_it() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, NO_CACHES).await;
    let hidden = store.path().join("hidden");
    fs::rename(store.file(&key(digest)), &hidden).unwrap();
    until(&server, "degraded").await;
    assert_eq!(server.get(LATEST).await.status, 503);
    fs::rename(&hidden, store.file(&key(digest))).unwrap();
    until(&server, "ready").await;
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
}

#[tokio::test]
async fn a_retired_archive_answers_410() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, NO_CACHES).await;
    store.publish(2, &[SECOND]);
    server.until(LATEST, |response| response.body == plain(TILE, "second")).await;
    assert_eq!(server.get(&pinned_path(first)).await.body, plain(TILE, "first"));
    fs::remove_file(store.file(&key(first))).unwrap();
    let gone = server.get(&pinned_path(first)).await;
    assert_eq!((gone.status, gone.header("cache-control")), (410, "no-store"));
    assert_eq!(server.get("/health/ready").await.json()["status"], "ready");
}

#[tokio::test]
async fn a_map_that_another_server_already_serves_is_loaded_at_once() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "[manifest]\npoll_interval_seconds = 3600").await;
    let second = store.publish(2, &[SECOND])[0];
    let third = store.publish(3, &[Spec { word: "third", ..PUBLIC }])[0];
    let (a, b) = (pinned_path(third), pinned_path(second));
    let (a, b) = tokio::join!(server.get(&a), server.get(&b));
    assert_eq!((a.status, a.body), (200, plain(TILE, "third")));
    assert_eq!((b.status, b.body), (200, plain(TILE, "second")));
    let never = pinned_path(ArchiveDigest::of(b"never published"));
    assert_eq!(server.get(&never).await.status, 404);
}

#[tokio::test]
async fn archives_that_do_not_fit_in_memory_are_cached_on_disk_across_restarts() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let folder = tempfile::tempdir().unwrap();
    let others = folder.path().join("notes.txt");
    fs::write(&others, "of another program").unwrap();
    let toml = |megabytes: u64| {
        let folder = folder.path().display();
        format!("{NO_CACHES}\ndisk_cache = \"{folder}\"\ndisk_cache_mb = {megabytes}")
    };
    let server = TestServer::start(&store, &toml(1)).await;
    let copy = folder.path().join(format!("{first}.pmtiles"));
    assert_eq!(fs::read(&copy).unwrap(), fs::read(store.file(&key(first))).unwrap());
    let mode = fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only the owner may read the copy");
    // Tiles come from the copy and not from the store.
    corrupt(&store.file(&key(first)));
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
    server.server.stop().await;

    // A damaged copy is made again, but not from a damaged archive: then tiles come from the store.
    fs::write(&copy, b"cut").unwrap();
    let server = TestServer::start(&store, &toml(1)).await;
    assert_eq!(server.get(LATEST).await.status, 503);
    corrupt(&store.file(&key(first)));
    server.server.stop().await;
    let server = TestServer::start(&store, &toml(1)).await;
    assert_eq!(fs::read(&copy).unwrap(), fs::read(store.file(&key(first))).unwrap());

    // Archives that left the map are removed from the disk; other files stay.
    let second = store.publish(2, &[SECOND])[0];
    let keep_nothing = "[manifest]\npoll_interval_seconds = 0.05\nretention_seconds = 0";
    server.server.stop().await;
    let server = TestServer::start(&store, &format!("{}\n{keep_nothing}", toml(1))).await;
    assert!(folder.path().join(format!("{second}.pmtiles")).exists());
    assert!(!copy.exists() && others.exists());
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "second"));

    // If the disk cache is too small, nothing is copied.
    server.server.stop().await;
    let server = TestServer::start(&store, &toml(0)).await;
    assert_eq!(server.get(&LATEST.replace(TILE, UNCHANGED)).await.status, 200);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Flips one bit of each tile. A second call repairs them.
fn corrupt(archive: &Path) {
    let mut bytes = fs::read(archive).unwrap();
    let tile = packed(TILE, "first");
    let at = bytes.windows(tile.len()).position(|window| window == tile);
    // The requested tile may be the corrupted one.
    let mut corrupted = tile.clone();
    corrupted[12] ^= 1;
    let at = at.or(bytes.windows(tile.len()).position(|window| window == corrupted)).unwrap();
    bytes[at + 12] ^= 1;
    fs::write(archive, bytes).unwrap();
}
