//! Archives that are read tile by tile: replaced, damaged, gone, restored, and copied to the disk.

mod common;

use std::fs;
use std::path::Path;

use common::{PUBLIC, STEADY, Spec, TILE, TestServer, TestStore, packed, plain};
use tilecore::ArchiveDigest;

const NEWEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";
const SECOND: Spec<'_> = Spec { word: "second", ..PUBLIC };

/// Nothing is kept, so that every answer needs the archive.
const BARE: &str = "memory_mb = 0\ntile_cache_mb = 0";

fn immutable(digest: ArchiveDigest) -> String {
    format!("/v1/tiles/density-public/30d@{digest}/{TILE}.mvt")
}

fn key(digest: ArchiveDigest) -> String {
    format!("archives/density-public/30d/{digest}.pmtiles")
}

async fn until(server: &TestServer, status: &str) -> serde_json::Value {
    server.until("/health/ready", |answer| answer.json()["status"] == status).await.json()
}

#[tokio::test]
async fn an_archive_restored_from_a_copy_goes_on_answering() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, BARE).await;
    assert_eq!(server.get(NEWEST).await.body, plain(TILE, "first"));
    // The same bytes, another file.
    let bytes = fs::read(store.file(&key(digest))).unwrap();
    fs::remove_file(store.file(&key(digest))).unwrap();
    store.put("elsewhere", b"takes the number of the file that was removed");
    store.put(&key(digest), &bytes);
    for _ in 0..2 {
        assert_eq!(server.get(NEWEST).await.body, plain(TILE, "first"));
    }
    assert_eq!(server.get("/health/ready").await.json()["status"], "ready");
}

#[tokio::test]
async fn an_archive_replaced_by_another_is_never_served_and_its_return_is_noticed() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, BARE).await;
    let right = fs::read(store.file(&key(digest))).unwrap();
    let mut other = right.clone();
    let tile = packed(TILE, "first");
    let at = right.windows(tile.len()).position(|window| window == tile).unwrap();
    other[at + 12] ^= 1;
    for wrong in [&other[..], &right[..right.len() / 3], &b""[..]] {
        store.put(&key(digest), wrong);
        let answer = server.get(NEWEST).await;
        assert_eq!((answer.status, answer.header("cache-control")), (503, "no-store"));
        let state = until(&server, "degraded").await;
        assert_eq!(state["fault"], format!("{} is damaged or gone", key(digest)));
        store.put(&key(digest), &right);
        until(&server, "ready").await;
        assert_eq!(server.get(NEWEST).await.body, plain(TILE, "first"));
    }
}

#[tokio::test]
async fn an_archive_that_vanishes_is_missed_even_if_nobody_asks_for_it() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, BARE).await;
    let hidden = store.path().join("hidden");
    fs::rename(store.file(&key(digest)), &hidden).unwrap();
    until(&server, "degraded").await;
    assert_eq!(server.get(NEWEST).await.status, 503);
    fs::rename(&hidden, store.file(&key(digest))).unwrap();
    until(&server, "ready").await;
    assert_eq!(server.get(NEWEST).await.body, plain(TILE, "first"));
}

#[tokio::test]
async fn an_earlier_archive_that_was_retired_is_gone() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, BARE).await;
    store.publish(2, &[SECOND]);
    server.until(NEWEST, |answer| answer.body == plain(TILE, "second")).await;
    assert_eq!(server.get(&immutable(first)).await.body, plain(TILE, "first"));
    fs::remove_file(store.file(&key(first))).unwrap();
    let gone = server.get(&immutable(first)).await;
    assert_eq!((gone.status, gone.header("cache-control")), (410, "no-store"));
    assert_eq!(server.get("/health/ready").await.json()["status"], "ready");
}

#[tokio::test]
async fn a_map_that_another_server_already_told_of_is_fetched_at_once() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "[follow]\npoll_seconds = 3600").await;
    let second = store.publish(2, &[SECOND])[0];
    let third = store.publish(3, &[Spec { word: "third", ..PUBLIC }])[0];
    let (a, b) = (immutable(third), immutable(second));
    let (a, b) = tokio::join!(server.get(&a), server.get(&b));
    assert_eq!((a.status, a.body), (200, plain(TILE, "third")));
    assert_eq!((b.status, b.body), (200, plain(TILE, "second")));
    let never = immutable(ArchiveDigest::of(b"never published"));
    assert_eq!(server.get(&never).await.status, 404);
}

#[tokio::test]
async fn archives_without_room_in_memory_are_copied_to_the_disk_and_found_there_again() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let folder = tempfile::tempdir().unwrap();
    let others = folder.path().join("notes.txt");
    fs::write(&others, "of somebody else").unwrap();
    let toml = |megabytes: u64| {
        let folder = folder.path().display();
        format!("{BARE}\ndisk_cache = \"{folder}\"\ndisk_cache_mb = {megabytes}")
    };
    let server = TestServer::start(&store, &toml(1)).await;
    let copy = folder.path().join(format!("{first}.pmtiles"));
    assert_eq!(fs::read(&copy).unwrap(), fs::read(store.file(&key(first))).unwrap());
    // The copy answers, not the store.
    spoil(&store.file(&key(first)));
    assert_eq!(server.get(NEWEST).await.body, plain(TILE, "first"));
    server.server.stop().await;

    // A damaged copy is made anew, but not from a damaged archive: then the store is asked.
    fs::write(&copy, b"cut").unwrap();
    let server = TestServer::start(&store, &toml(1)).await;
    assert_eq!(server.get(NEWEST).await.status, 503);
    spoil(&store.file(&key(first)));
    server.server.stop().await;
    let server = TestServer::start(&store, &toml(1)).await;
    assert_eq!(fs::read(&copy).unwrap(), fs::read(store.file(&key(first))).unwrap());

    // What left the map leaves the disk; what is not ours stays.
    let second = store.publish(2, &[SECOND])[0];
    let keep_nothing = "[follow]\npoll_seconds = 0.05\nkeep_seconds = 0";
    server.server.stop().await;
    let server = TestServer::start(&store, &format!("{}\n{keep_nothing}", toml(1))).await;
    assert!(folder.path().join(format!("{second}.pmtiles")).exists());
    assert!(!copy.exists() && others.exists());
    assert_eq!(server.get(NEWEST).await.body, plain(TILE, "second"));

    // Without room there, nothing is copied.
    server.server.stop().await;
    let server = TestServer::start(&store, &toml(0)).await;
    assert_eq!(server.get(&NEWEST.replace(TILE, STEADY)).await.status, 200);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Flips one bit of each tile; doing it again repairs them.
fn spoil(archive: &Path) {
    let mut bytes = fs::read(archive).unwrap();
    let tile = packed(TILE, "first");
    let at = bytes.windows(tile.len()).position(|window| window == tile);
    // The tile that is looked for may be the spoiled one.
    let mut spoiled = tile.clone();
    spoiled[12] ^= 1;
    let at = at.or(bytes.windows(tile.len()).position(|window| window == spoiled)).unwrap();
    bytes[at + 12] ^= 1;
    fs::write(archive, bytes).unwrap();
}
