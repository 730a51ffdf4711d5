//! Following the store: new maps are loaded automatically, broken ones never.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{
    INTERNAL, PUBLIC, Spec, TILE, TestServer, TestStore, UNCHANGED, packed, plain, text,
};
use serde_json::Value;
use tilecore::manifest::manifest_key;
use tilecore::{ArchiveDigest, TileHash};

const LATEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";
const SECOND: Spec<'_> = Spec { word: "second", ..PUBLIC };
const THIRD: Spec<'_> = Spec { word: "third", ..PUBLIC };

fn pinned_path(digest: ArchiveDigest) -> String {
    format!("/v1/tiles/density-public/30d@{digest}/{TILE}.mvt")
}

async fn until_served(server: &TestServer, number: u64) {
    server
        .until("/health/ready", |response| {
            let state = response.json();
            state["number"] == number && state["status"] == "ready"
        })
        .await;
}

/// Waits until the server is degraded, and returns its readiness.
async fn until_degraded(server: &TestServer) -> Value {
    let is_degraded =
        |response: &crate::common::TestResponse| response.json()["status"] == "degraded";
    server.until("/health/ready", is_degraded).await.json()
}

#[tokio::test]
async fn a_new_manifest_is_loaded_without_a_restart() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
    store.publish(2, &[SECOND]);
    until_served(&server, 2).await;
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "second"));
}

#[tokio::test]
async fn of_several_new_manifests_the_highest_is_served() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    store.publish(2, &[SECOND]);
    store.publish(3, &[PUBLIC]);
    store.publish(4, &[THIRD]);
    until_served(&server, 4).await;
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "third"));
}

#[tokio::test]
async fn a_manifest_after_a_gap_is_found_by_listing() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    store.publish(9, &[SECOND]);
    until_served(&server, 9).await;
}

#[tokio::test]
async fn a_replaced_archive_is_still_served_under_its_digest() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    for toml in ["", "memory_mb = 0"] {
        let server = TestServer::start(&store, toml).await;
        store.publish(2, &[SECOND]);
        until_served(&server, 2).await;
        let tile = server.get(&pinned_path(first)).await;
        assert_eq!((tile.status, tile.body), (200, plain(TILE, "first")), "{toml}");
        std::fs::remove_file(store.file(&manifest_key(2))).unwrap();
    }
}

#[tokio::test]
async fn a_new_server_serves_earlier_maps() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let second = store.publish(2, &[SECOND])[0];
    let third = store.publish(3, &[THIRD])[0];
    // Maps that cannot be opened are skipped.
    let broken = store.publish(4, &[Spec { word: "fourth", ..PUBLIC }])[0];
    let key = format!("archives/density-public/30d/{broken}.pmtiles");
    std::fs::remove_file(store.file(&key)).unwrap();
    store.publish(5, &[Spec { word: "fifth", ..PUBLIC }]);
    let server = TestServer::start(&store, "").await;
    for (digest, word) in [(first, "first"), (second, "second"), (third, "third")] {
        let tile = server.until(&pinned_path(digest), |response| response.status == 200).await;
        assert_eq!(tile.body, plain(TILE, word));
    }
    assert_eq!(server.get(&pinned_path(broken)).await.status, 404);
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "fifth"));
}

#[tokio::test]
async fn earlier_archives_of_hidden_layers_are_not_loaded() {
    let store = TestStore::new();
    let other = Spec { layer: "coverage", slot: "now", ..PUBLIC };
    let digests = store.publish(1, &[PUBLIC, other]);
    let hidden = Spec { visibility: "internal", ..SECOND };
    store.publish(2, &[hidden, Spec { word: "second", ..other }]);
    let server = TestServer::start(&store, "").await;
    let path = format!("/v1/tiles/coverage/now@{}/{TILE}.mvt", digests[1]);
    server.until(&path, |response| response.status == 200).await;
    assert_eq!(server.get(&pinned_path(digests[0])).await.status, 404);
}

#[tokio::test]
async fn an_expired_archive_answers_410_and_an_unknown_one_404() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let toml = "[manifest]\npoll_interval_seconds = 0.05\nlist_interval_seconds = 1\nretention_seconds = 0";
    let server = TestServer::start(&store, toml).await;
    store.publish(2, &[SECOND]);
    until_served(&server, 2).await;
    let gone = server.get(&pinned_path(first)).await;
    assert_eq!((gone.status, gone.header("cache-control")), (410, "no-store"));
    let unknown = pinned_path(ArchiveDigest::of(b"never published"));
    assert_eq!(server.get(&unknown).await.status, 404);
}

#[tokio::test]
async fn a_rollback_is_a_new_manifest_with_the_old_archives() {
    let store = TestStore::new();
    let first = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, "").await;
    let second = store.publish(2, &[SECOND])[0];
    until_served(&server, 2).await;
    store.publish(3, &[PUBLIC]);
    until_served(&server, 3).await;
    assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
    for digest in [first, second] {
        assert_eq!(server.get(&pinned_path(digest)).await.status, 200);
    }
}

#[tokio::test]
async fn a_removed_slot_has_no_tilejson() {
    let store = TestStore::new();
    let digests = store.publish(1, &[PUBLIC, Spec { slot: "7d", ..PUBLIC }]);
    let server = TestServer::start(&store, "").await;
    store.publish(2, &[Spec { slot: "7d", ..PUBLIC }]);
    until_served(&server, 2).await;
    assert_eq!(server.get(LATEST).await.status, 404);
    assert_eq!(server.get("/v1/tiles/density-public/30d/tilejson.json").await.status, 404);
    assert_eq!(server.get(&pinned_path(digests[0])).await.status, 200);
}

#[tokio::test]
async fn a_layer_that_becomes_internal_is_hidden_with_all_its_archives() {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, "").await;
    store.publish(2, &[Spec { visibility: "internal", ..PUBLIC }]);
    until_served(&server, 2).await;
    for path in [LATEST.to_owned(), pinned_path(digest)] {
        assert_eq!(server.get(&path).await.status, 404, "{path}");
    }
}

type Corruption = fn(&mut Vec<u8>);

/// Ways to corrupt the archive of a valid manifest, or its list of hashes.
fn corruptions() -> Vec<(&'static str, Corruption)> {
    vec![
        ("cut at a third", |bytes| bytes.truncate(bytes.len() / 3)),
        ("cut by one byte", |bytes| bytes.truncate(bytes.len() - 1)),
        ("empty", Vec::clear),
        ("another magic", |bytes| bytes[0] = b'X'),
        ("another version", |bytes| bytes[7] = 2),
        ("root directory at 2^63", |bytes| bytes[15] = 0x80),
        ("root directory at 0", |bytes| bytes[8..16].fill(0)),
        ("root directory of 2^40 bytes", |bytes| bytes[21] = 1),
        ("leaf section at 2^63", |bytes| bytes[47] = 0x80),
        ("tiles at 2^64 - 1", |bytes| bytes[56..64].fill(0xff)),
        ("a flipped directory byte", |bytes| bytes[140] ^= 0x10),
        ("zeroed directories", |bytes| bytes[127..200].fill(0)),
        ("brotli tiles", |bytes| bytes[98] = 3),
        ("gzip tiles called plain", |bytes| bytes[98] = 1),
        ("another tile type", |bytes| bytes[99] = 2),
        ("zooms upside down", |bytes| bytes.swap(100, 101)),
    ]
}

#[tokio::test]
async fn a_damaged_archive_keeps_the_last_good_map_in_service() {
    let store = TestStore::with(&[PUBLIC]);
    let in_memory = TestServer::start(&store, "").await;
    let in_store = TestServer::start(&store, "memory_mb = 0").await;
    let mut number = 1;
    for (what, corrupt) in corruptions() {
        number += 1;
        let entry = store.put_archive(SECOND);
        let key = archive_key(&entry);
        let mut bytes = std::fs::read(store.file(&key)).unwrap();
        corrupt(&mut bytes);
        store.put(&key, &bytes);
        store.put_manifest(number, &[entry]);
        for server in [&in_memory, &in_store] {
            let state = until_degraded(server).await;
            assert_eq!(state["number"], number - 1, "{what}: {state}");
            let expected = format!("manifest {number} cannot be used");
            assert_eq!(state["error"], expected, "{what}");
            assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"), "{what}");
        }
        // The next good map is loaded automatically.
        number += 1;
        store.publish(number, &[PUBLIC]);
        for server in [&in_memory, &in_store] {
            until_served(server, number).await;
        }
    }
}

fn archive_key(entry: &Value) -> String {
    let [layer, slot, digest] = ["layer", "slot", "digest"].map(|field| text(entry, field));
    format!("archives/{layer}/{slot}/{digest}.pmtiles")
}

#[tokio::test]
async fn a_tile_with_a_flipped_byte_is_never_served() {
    let store = TestStore::with(&[PUBLIC]);
    let in_memory = TestServer::start(&store, "").await;
    let in_store = TestServer::start(&store, "memory_mb = 0").await;
    let entry = store.put_archive(SECOND);
    let key = archive_key(&entry);
    let mut bytes = std::fs::read(store.file(&key)).unwrap();
    let tile = packed(TILE, "second");
    let at = bytes.windows(tile.len()).position(|window| window == tile).unwrap();
    bytes[at + 12] ^= 1;
    store.put(&key, &bytes);
    store.put_manifest(2, &[entry]);
    until_degraded(&in_memory).await;
    assert_eq!(in_memory.get(LATEST).await.body, plain(TILE, "first"));
    // If tiles are read one by one, only the damaged tile fails.
    until_served(&in_store, 2).await;
    let response = in_store.get(LATEST).await;
    assert_eq!((response.status, response.header("retry-after")), (503, "5"));
    assert_eq!(response.header("cache-control"), "no-store");
    let other = in_store.get(&LATEST.replace(TILE, UNCHANGED)).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn wrong_hashes_are_rejected() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let entry = store.put_archive(SECOND);
    let key = archive_key(&entry).replace(".pmtiles", ".hashes");
    let hashes = std::fs::read(store.file(&key)).unwrap();
    let other = TileHash::write_all(&vec![TileHash::of(b"other"); hashes.len() / 16]);
    for (number, bytes) in [(2, &hashes[16..]), (4, &hashes[1..]), (6, &other)] {
        store.put(&key, bytes);
        store.put_manifest(number, std::slice::from_ref(&entry));
        until_degraded(&server).await;
        store.publish(number + 1, &[PUBLIC]);
        until_served(&server, number + 1).await;
    }
}

#[tokio::test]
async fn a_malformed_manifest_keeps_the_last_good_map_in_service() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let entry = store.put_archive(SECOND);
    let whole = crate::common::manifest(2, std::slice::from_ref(&entry));
    let mut newer_form = whole.clone();
    newer_form["version"] = 2.into();
    let mut bad_name = whole.clone();
    bad_name["layers"][0]["layer"] = "../density".into();
    let twice = crate::common::manifest(2, &[entry.clone(), entry]);
    let text = whole.to_string();
    for (what, bytes) in [
        ("cut", text[..text.len() / 2].to_owned()),
        ("empty", String::new()),
        ("another number", crate::common::manifest(3, &[]).to_string()),
        ("a newer form", newer_form.to_string()),
        ("a name that leads out", bad_name.to_string()),
        ("a slot twice", twice.to_string()),
    ] {
        store.put(&manifest_key(2), bytes.as_bytes());
        let state = until_degraded(&server).await;
        assert_eq!(
            (&state["number"], &state["error"]),
            (&1.into(), &"manifest 2 cannot be used".into()),
            "{what}"
        );
        assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"), "{what}");
    }
    // Once the manifest is valid it is loaded, without a higher number.
    store.put(&manifest_key(2), text.as_bytes());
    until_served(&server, 2).await;
}

#[tokio::test]
async fn a_server_that_starts_with_a_broken_map_serves_the_previous_one() {
    let store = TestStore::with(&[PUBLIC]);
    store.put(&manifest_key(2), b"{");
    let server = TestServer::start(&store, "").await;
    let state = until_degraded(&server).await;
    assert_eq!(state["number"], 1);
    assert_eq!(server.get(LATEST).await.status, 200);
}

#[tokio::test]
async fn a_server_waits_for_the_first_manifest() {
    let store = TestStore::new();
    let server = TestServer::start_without_map(&store, "").await;
    let waiting =
        server.until("/health/ready", |response| !response.json()["error"].is_null()).await;
    assert_eq!((waiting.status, &waiting.json()["status"]), (503, &"waiting".into()));
    assert_eq!(server.get("/health/live").await.status, 200);
    for path in ["/v1/catalog.json", LATEST, "/v1/tiles/density-public/30d/tilejson.json"] {
        let response = server.get(path).await;
        assert_eq!((response.status, response.header("retry-after")), (503, "5"), "{path}");
        assert_eq!(response.header("cache-control"), "no-store", "{path}");
    }
    store.publish(1, &[PUBLIC]);
    until_served(&server, 1).await;
}

#[tokio::test]
async fn without_its_store_a_server_serves_archives_in_memory_and_503_otherwise() {
    let store = TestStore::with(&[PUBLIC]);
    let in_memory = TestServer::start(&store, "").await;
    let in_store = TestServer::start(&store, "memory_mb = 0").await;
    let cached = LATEST.replace(TILE, UNCHANGED);
    assert_eq!(in_store.get(&cached).await.status, 200);
    let hidden = store.path().with_extension("hidden");
    std::fs::rename(store.path(), &hidden).unwrap();

    for server in [&in_memory, &in_store] {
        let state = until_degraded(server).await;
        assert_eq!(state["error"], "the store does not respond");
    }
    assert_eq!(in_memory.get(LATEST).await.body, plain(TILE, "first"));
    assert_eq!(in_store.get(&cached).await.status, 200);
    assert_eq!(in_store.get(&LATEST.replace(TILE, "6/0/0")).await.status, 204);
    let response = in_store.get(LATEST).await;
    assert_eq!((response.status, response.header("retry-after")), (503, "5"));

    std::fs::rename(&hidden, store.path()).unwrap();
    for server in [&in_memory, &in_store] {
        until_served(server, 1).await;
        assert_eq!(server.get(LATEST).await.body, plain(TILE, "first"));
    }
}

#[tokio::test]
async fn hidden_archives_are_not_opened() {
    let store = TestStore::new();
    let public = store.put_archive(PUBLIC);
    let internal = store.put_archive(INTERNAL);
    std::fs::remove_file(store.file(&archive_key(&internal))).unwrap();
    store.put_manifest(1, &[public, internal]);
    let server = TestServer::start(&store, "").await;
    assert_eq!(server.get(LATEST).await.status, 200);
}

/// Number of maps that are published one after the other.
const FLIPS: u64 = 30;

#[tokio::test]
async fn every_response_during_map_changes_matches_its_digest() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "").await;
    let address = server.address();
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let is_over = is_over.clone();
        async move {
            let mut responses = 0;
            while !is_over.load(Ordering::Relaxed) {
                let tile =
                    crate::common::send(address, "GET", LATEST, &[("accept-encoding", "gzip")])
                        .await;
                assert_eq!(tile.status, 200);
                let word =
                    ["first", "second"].into_iter().find(|word| tile.body == packed(TILE, word));
                let word = word.expect("the bytes of one of the maps");
                let etag = format!("\"{}-gz\"", TileHash::of(&packed(TILE, word)));
                assert_eq!(tile.header("etag"), etag);
                responses += 1;
            }
            responses
        }
    });
    for number in 2..=FLIPS {
        store.publish(number, &[if number % 2 == 0 { SECOND } else { PUBLIC }]);
        until_served(&server, number).await;
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(reader.await.unwrap() >= FLIPS, "there were fewer responses than maps");
}
