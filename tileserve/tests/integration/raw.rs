//! Raw archives: whole or by ranges, so that browsers and QGIS can read PMTiles directly.

use crate::common::{INTERNAL, PUBLIC, Spec, TestServer, TestStore};
use tilecore::ArchiveDigest;

/// A server with the public archive, its stored bytes, and its path.
async fn served(toml: &str) -> (TestStore, TestServer, Vec<u8>, String) {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let key = format!("archives/density-public/30d/{digest}.pmtiles");
    let bytes = std::fs::read(store.file(&key)).unwrap();
    let server = TestServer::start(&store, toml).await;
    (store, server, bytes, format!("/v1/archives/density-public/30d@{digest}.pmtiles"))
}

#[tokio::test]
async fn an_archive_is_served_whole_and_by_ranges_from_every_tier() {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = format!("memory_mb = 0\ndisk_cache = \"{}\"", folder.path().display());
    for toml in ["", "memory_mb = 0", &on_disk] {
        let (_store, server, bytes, path) = served(toml).await;
        let whole = server.get(&path).await;
        assert_eq!((whole.status, &whole.body), (200, &bytes), "{toml}");
        assert_eq!(whole.header("content-type"), "application/vnd.pmtiles");
        assert_eq!(whole.header("content-length"), bytes.len().to_string());
        assert_eq!(whole.header("accept-ranges"), "bytes");
        assert_eq!(whole.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!whole.has("content-encoding") && !whole.has("vary"));

        let length = bytes.len();
        for (range, part) in [
            ("bytes=0-126", 0..127),
            ("bytes=0-16383", 0..length.min(16_384)),
            ("bytes=100-", 100..length),
            ("bytes=-7", length - 7..length),
        ] {
            let response = server.send("GET", &path, &[("range", range)]).await;
            let message = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            assert_eq!(
                (response.status, response.header("content-range")),
                (206, &*message),
                "{toml}"
            );
            assert_eq!(response.body, bytes[part], "{toml} {range}");
        }
        let behind = server.send("GET", &path, &[("range", &format!("bytes={length}-"))]).await;
        let message = format!("bytes */{length}");
        assert_eq!((behind.status, behind.header("content-range")), (416, &*message));
        assert_eq!(behind.header("cache-control"), "no-store");
        let head = server.send("HEAD", &path, &[("range", "bytes=0-0")]).await;
        assert_eq!((head.status, head.header("content-length")), (200, &*length.to_string()));
        assert!(head.body.is_empty());
    }
}

#[tokio::test]
async fn a_large_archive_is_streamed_in_pieces() {
    let store = TestStore::new();
    // Random digits, which gzip compresses poorly: some kilobytes per tile.
    let digit = |n: u64| char::from(b'0' + (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60) as u8);
    let long: String = (0..8000).map(|n| digit(n * n)).collect();
    let digest = store.publish(1, &[crate::common::Spec { word: &long, ..PUBLIC }])[0];
    let key = format!("archives/density-public/30d/{digest}.pmtiles");
    let bytes = std::fs::read(store.file(&key)).unwrap();
    assert!(bytes.len() > 3 * (256 << 10), "{} bytes", bytes.len());
    let server = TestServer::start(&store, "memory_mb = 0").await;
    let path = format!("/v1/archives/density-public/30d@{digest}.pmtiles");
    assert_eq!(server.get(&path).await.body, bytes);
    let part = server.send("GET", &path, &[("range", "bytes=1000-699999")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &bytes[1000..700_000]));
}

#[tokio::test]
async fn conditions_compare_with_the_digest() {
    let (_store, server, bytes, path) = served("").await;
    let etag = server.get(&path).await.header("etag").to_owned();
    assert!(path.contains(etag.trim_matches('"')));
    let send = async |name, value: &str| server.send("GET", &path, &[(name, value)]).await;
    assert_eq!(send("if-none-match", &etag).await.status, 304);
    assert_eq!(send("if-match", &etag).await.status, 200);
    assert_eq!(send("if-match", "\"other\"").await.status, 412);
    let range = ("range", "bytes=0-6");
    let same = server.send("GET", &path, &[range, ("if-range", &etag)]).await;
    assert_eq!((same.status, &same.body[..]), (206, &bytes[..7]));
    let other = server.send("GET", &path, &[range, ("if-range", "\"other\"")]).await;
    assert_eq!((other.status, other.body.len()), (200, bytes.len()));
}

#[tokio::test]
async fn only_published_archives_have_urls() {
    let store = TestStore::new();
    let digests = store.publish(1, &[PUBLIC, INTERNAL]);
    let server = TestServer::start(&store, "").await;
    let never = ArchiveDigest::of(b"never");
    for path in [
        format!("density/30d@{}.pmtiles", digests[1]),
        format!("density-public/30d@{never}.pmtiles"),
        format!("density-public@{}.pmtiles", digests[0]),
        "density-public/30d.pmtiles".to_owned(),
        format!("density-public/30d@{}.hashes", digests[0]),
    ] {
        assert_eq!(server.get(&format!("/v1/archives/{path}")).await.status, 404, "{path}");
    }
    let malformed = server.get("/v1/archives/density-public/30d@12.pmtiles").await;
    assert_eq!(malformed.status, 400);
}

#[tokio::test]
async fn a_missing_archive_answers_503_and_a_retired_one_410() {
    let (store, server, _, path) = served("memory_mb = 0").await;
    let key = path.replace("/v1/", "").replace("30d@", "30d/");
    std::fs::remove_file(store.file(&key)).unwrap();
    let vanished = server.get(&path).await;
    assert_eq!((vanished.status, vanished.header("cache-control")), (503, "no-store"));
    store.publish(2, &[Spec { word: "second", ..PUBLIC }]);
    let is_second = |response: &crate::common::TestResponse| response.json()["number"] == 2;
    server.until("/v1/catalog.json", is_second).await;
    let retired = server.get(&path).await;
    assert_eq!((retired.status, retired.header("cache-control")), (410, "no-store"));
}
