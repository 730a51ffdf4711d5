//! What the tests share: a store with small real archives, a running server, a plain HTTP client.

#![allow(unreachable_pub, reason = "one module of a test program")]

use std::fs;
use std::io::Cursor;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use libdeflater::{CompressionLvl, Compressor};
use serde_json::{Value, json};
use tilecore::archive::{ArchiveContent, StoredTile, write};
use tilecore::manifest::{archive_key, hashes_key, manifest_key};
use tilecore::{ArchiveDigest, TileCoord, TileHash};
use tileserve::{Args, Config, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A folder that holds manifests and archives.
pub struct TestStore {
    folder: tempfile::TempDir,
}

/// A small archive with zooms 5 to 7 and gaps. Each tile contains its address and `word`.
#[derive(Clone, Copy)]
pub struct Spec<'a> {
    pub layer: &'a str,
    pub slot: &'a str,
    pub visibility: &'a str,
    pub word: &'a str,
}

pub const PUBLIC: Spec<'_> =
    Spec { layer: "density-public", slot: "30d", visibility: "public", word: "first" };
pub const INTERNAL: Spec<'_> =
    Spec { layer: "density", slot: "30d", visibility: "internal", word: "first" };

/// A tile that every archive has, one that no archive has, and one that is the same for every word.
pub const TILE: &str = "6/40/25";
pub const EMPTY: &str = "6/0/0";
pub const UNCHANGED: &str = "5/20/12";

/// Plain bytes of a tile.
pub fn plain(address: &str, word: &str) -> Vec<u8> {
    let word = if address == UNCHANGED { "steady" } else { word };
    format!("{address} {word} ").repeat(40).into_bytes()
}

/// Stored bytes of a tile.
pub fn packed(address: &str, word: &str) -> Vec<u8> {
    gzip(&plain(address, word))
}

pub fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut packed = vec![0; compressor.gzip_compress_bound(plain.len())];
    let length = compressor.gzip_compress(plain, &mut packed).unwrap();
    packed.truncate(length);
    packed
}

pub fn gunzip(packed: &[u8]) -> Vec<u8> {
    tilecore::archive::gunzip(packed, 1 << 20).unwrap()
}

impl TestStore {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A store whose manifest 1 lists these archives.
    pub fn with(specs: &[Spec<'_>]) -> Self {
        let store = Self::new();
        store.publish(1, specs);
        store
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, key: &str) -> PathBuf {
        self.path().join(key)
    }

    /// Writes a file atomically, as builders do.
    pub fn put(&self, key: &str, bytes: &[u8]) {
        let file = self.file(key);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let part = file.with_extension("part");
        fs::write(&part, bytes).unwrap();
        fs::rename(part, file).unwrap();
    }

    /// Writes the archives and the manifest that lists them.
    pub fn publish(&self, number: u64, specs: &[Spec<'_>]) -> Vec<ArchiveDigest> {
        let entries: Vec<Value> = specs.iter().map(|spec| self.put_archive(*spec)).collect();
        let digests = entries.iter().map(|entry| text(entry, "digest").parse().unwrap()).collect();
        self.put_manifest(number, &entries);
        digests
    }

    pub fn put_manifest(&self, number: u64, entries: &[Value]) {
        let manifest = manifest(number, entries);
        self.put(&manifest_key(number), manifest.to_string().as_bytes());
    }

    /// Writes a manifest with tables too.
    pub fn put_manifest_with(&self, number: u64, entries: &[Value], tables: &[Value]) {
        let mut manifest = manifest(number, entries);
        manifest["tables"] = tables.into();
        self.put(&manifest_key(number), manifest.to_string().as_bytes());
    }

    /// Writes a table and returns its entry in a manifest.
    pub fn put_table(&self, name: &str, visibility: &str, json: &Value) -> Value {
        let packed = gzip(json.to_string().as_bytes());
        let digest = ArchiveDigest::of(&packed);
        self.put(&format!("tables/{name}/now/{digest}.json.gz"), &packed);
        json!({
            "name": name, "slot": "now", "visibility": visibility, "digest": digest,
            "bytes": packed.len(), "built_at": "2026-11-23T05:30:00Z",
            "data_at": "2026-11-23T05:20:00Z", "rows": 3, "pinned": false,
        })
    }

    /// Writes an archive and returns its entry in a manifest.
    pub fn put_archive(&self, spec: Spec<'_>) -> Value {
        self.put_archive_of(spec, archive(spec.word))
    }

    /// Adds an archive with the bytes, hashes and number of tiles from [`archive_of`].
    pub fn put_archive_of(
        &self,
        spec: Spec<'_>,
        (bytes, hashes, tiles): (Vec<u8>, Vec<TileHash>, u64),
    ) -> Value {
        let digest = ArchiveDigest::of(&bytes);
        let slot = spec.slot.parse().unwrap();
        self.put(&archive_key(spec.layer, &slot, digest), &bytes);
        self.put(&hashes_key(spec.layer, &slot, digest), &TileHash::write_all(&hashes));
        json!({
            "layer": spec.layer, "slot": spec.slot, "visibility": spec.visibility,
            "digest": digest, "bytes": bytes.len(), "built_at": "2026-11-23T05:30:00Z",
            "from": "2026-10-25", "to": "2026-11-23", "minzoom": 5, "maxzoom": 7,
            "bounds": [45.0, 25.0, 60.0, 40.0], "tiles": tiles, "orders": 1234,
            "lines": ["Bakery", "Cafe"], "pinned": false,
        })
    }
}

pub fn manifest(number: u64, entries: &[Value]) -> Value {
    json!({
        "version": 1, "number": number, "built_at": "2026-11-23T05:30:00Z",
        "generator": "test 1", "layers": entries,
        "cities": [{
            "id": 2, "key": "tehran", "name_fa": "تهران", "name_en": "Tehran",
            "center": [51.39, 35.7], "zoom": 11.0, "box": [51.0, 35.45, 51.75, 35.9],
        }],
    })
}

pub fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry[field].as_str().unwrap()
}

/// Bytes, hashes and number of tiles of an archive.
pub fn archive(word: &str) -> (Vec<u8>, Vec<TileHash>, u64) {
    archive_of("density", |address| plain(address, word))
}

/// Writes an archive with these tiles, in a layer of this name.
pub fn archive_of(layer: &str, plain: impl Fn(&str) -> Vec<u8>) -> (Vec<u8>, Vec<TileHash>, u64) {
    let mut coords: Vec<TileCoord> = [(5, 20, 12), (6, 40, 24), (6, 40, 25), (6, 41, 25)]
        .into_iter()
        .chain((0..300).map(|at| (7, 60 + at % 20, 40 + at / 20)))
        .map(|(z, x, y)| TileCoord::new(z, x, y).unwrap())
        .collect();
    coords.sort_by_key(|&coord| tilecore::TileId::from(coord));
    let tiles: Vec<StoredTile> = coords
        .into_iter()
        .map(|coord| {
            let bytes = gzip(&plain(&coord.to_string()));
            StoredTile { coord, hash: TileHash::of(&bytes), bytes }
        })
        .collect();
    let content = ArchiveContent {
        minzoom: 5,
        maxzoom: 7,
        bounds: [45.0, 25.0, 60.0, 40.0],
        metadata: metadata(layer).to_string(),
    };
    let mut file = Cursor::new(Vec::new());
    let written = write(&mut file, &content, &tiles).unwrap();
    (file.into_inner(), written.hashes, written.tiles)
}

fn metadata(layer: &str) -> Value {
    json!({
        "name": "density", "description": "Orders by cell",
        "vector_layers": [{
            "id": layer, "minzoom": 5, "maxzoom": 7, "fields": { "orders": "Number" },
        }],
        "lines": ["Bakery", "Cafe"], "from": "2026-10-25", "to": "2026-11-23",
        "time_zone": "Asia/Tehran", "probabilities": [0.0, 0.5, 1.0],
        "quantiles": { "5": { "orders": [1, 2, 3] } }, "min_users": 5,
        "city_quantiles": {
            "east": { "5": { "orders": [1, 1, 2] } }, "west": { "5": { "orders": [3, 3, 3] } },
        },
        "city_totals": { "east": { "5": { "orders": 3 } }, "west": { "5": { "orders": 3 } } },
        "generator_options": "--orders /home/analyst/orders",
    })
}

/// A server of a store. It stops at the end of the test.
pub struct TestServer {
    pub server: Server,
}

impl TestServer {
    /// Starts with a short poll interval and the configuration of a test.
    pub async fn start(store: &TestStore, toml: &str) -> Self {
        let server = Self::start_without_map(store, toml).await;
        server.until_ready().await;
        server
    }

    /// The same, without waiting for the first map.
    pub async fn start_without_map(store: &TestStore, toml: &str) -> Self {
        let args = Args {
            store: Some(store.path().to_str().unwrap().to_owned()),
            listen: Some("127.0.0.1:0".to_owned()),
            admin_listen: Some("127.0.0.1:0".to_owned()),
            ..Args::default()
        };
        let poll = "[manifest]\npoll_interval_seconds = 0.05\nlist_interval_seconds = 1\n";
        let toml =
            if toml.contains("[manifest]") { toml.to_owned() } else { format!("{toml}\n{poll}") };
        let config = Config::parse(&args, &toml).unwrap();
        Self { server: Server::start(&config).await.unwrap() }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub async fn get(&self, path: &str) -> TestResponse {
        self.send("GET", path, &[]).await
    }

    /// Sends a request to the operators' listener.
    pub async fn admin(&self, path: &str) -> TestResponse {
        send(self.server.admin_address().unwrap(), "GET", path, &[]).await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TestResponse {
        send(self.address(), method, path, headers).await
    }

    pub async fn until_ready(&self) {
        self.until("/health/ready", |response| response.status == 200).await;
    }

    /// Repeats a request until the response is as expected; the test fails after ten seconds. Health
    /// is requested from the operators' listener, which shows errors.
    pub async fn until(
        &self,
        path: &str,
        is_expected: impl Fn(&TestResponse) -> bool,
    ) -> TestResponse {
        let start = Instant::now();
        loop {
            let response = if path.starts_with("/health/") {
                self.admin(path).await
            } else {
                self.get(path).await
            };
            if is_expected(&response) {
                return response;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "{path} stays {response:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A response.
#[derive(Clone, Debug)]
pub struct TestResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl TestResponse {
    /// A header's value; empty if it is absent.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| header == name)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// Sends one request on a new connection.
pub async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> TestResponse {
    let headers: String =
        headers.iter().flat_map(|(name, value)| [*name, ": ", *value, "\r\n"]).collect();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\r\n");
    exchange(TcpStream::connect(address).await.unwrap(), request.as_bytes()).await
}

/// Sends the text of one request and reads its response until the connection closes.
pub async fn exchange(mut stream: TcpStream, request: &[u8]) -> TestResponse {
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> TestResponse {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a complete header");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    TestResponse { status, headers, body: bytes[end + 4..].to_vec() }
}

/// A server with the public archive, and the path of its pinned tiles.
pub async fn public() -> (TestStore, TestServer, String) {
    let store = TestStore::new();
    let digest = store.publish(1, &[PUBLIC])[0];
    let server = TestServer::start(&store, "").await;
    (store, server, format!("/v1/tiles/density-public/30d@{digest}"))
}
