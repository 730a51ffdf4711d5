//! The upper bound for a tile server: plain hyper that serves the same tiles from memory with only the
//! headers that a client needs. `scripts/bench-serve` measures tileserve against it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::io::{Cursor, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use clap::Parser;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, IF_NONE_MATCH};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tilecore::archive::{ArchiveContent, ArchiveIndex, GzipEncoder, Header, write};
use tilecore::manifest::{Manifest, hashes_key, manifest_key, manifest_number};
use tilecore::{ArchiveDigest, TileCoord, TileHash, TileId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Serve the tiles of a store's first archive with plain hyper
#[derive(Parser)]
struct Args {
    /// Store: a directory with manifests and archives
    #[arg(long)]
    store: PathBuf,
    /// Create the store first, with this many tiles of realistic sizes
    #[arg(long, value_name = "TILES")]
    make: Option<usize>,
    /// Write a list of requests (path and ETag) to this file and exit
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8099")]
    listen: SocketAddr,
    /// Use TLS with this certificate (PEM)
    #[arg(long, requires = "key")]
    certificate: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, requires = "certificate")]
    key: Option<PathBuf>,
}

/// Number of requests in the list. Clients repeat it.
const REQUESTS: usize = 20_000;

/// One request in this many is for a tile that does not exist.
const EMPTY_EVERY: usize = 5;

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(tiles) = args.make {
        make_store(&args.store, tiles)?;
    }
    let tiles = read_tiles(&args.store)?;
    if let Some(list) = &args.requests {
        return write_requests(&tiles, list);
    }
    let tls = match (&args.certificate, &args.key) {
        (Some(certificate), Some(key)) => Some(acceptor(certificate, key)?),
        _ => None,
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(tokio::task::LocalSet::new().run_until(serve(args.listen, tls, tiles.by_path)))
}

/// The TLS configuration of tileserve, without its timeouts and certificate reload.
fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

struct Tiles {
    /// Path of the archive's tiles, without zoom, column and row.
    prefix: String,
    by_path: HashMap<String, Bytes>,
    coords: Vec<TileCoord>,
}

impl Tiles {
    fn path(&self, coord: TileCoord) -> String {
        format!("{}/{coord}.mvt", self.prefix)
    }
}

async fn serve(
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    tiles: HashMap<String, Bytes>,
) -> Result<()> {
    let listener = TcpListener::bind(address).await?;
    let tiles = Rc::new(tiles);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (tiles, tls) = (Rc::clone(&tiles), tls.clone());
        tokio::task::spawn_local(async move {
            let Some(tls) = tls else { return serve_connection(stream, tiles).await };
            if let Ok(stream) = tls.accept(stream).await {
                serve_connection(stream, tiles).await;
            }
        });
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    tiles: Rc<HashMap<String, Bytes>>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let reply = respond(&tiles, &request);
        async move { Ok::<_, Infallible>(reply) }
    });
    // A client that disconnects does not invalidate the measurement.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn respond(tiles: &HashMap<String, Bytes>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let Some(tile) = tiles.get(request.uri().path()) else {
        return empty(StatusCode::NO_CONTENT);
    };
    if request.headers().contains_key(IF_NONE_MATCH) {
        return empty(StatusCode::NOT_MODIFIED);
    }
    let mut reply = Response::new(Full::new(tile.clone()));
    let kind = HeaderValue::from_static("application/vnd.mapbox-vector-tile");
    reply.headers_mut().insert(CONTENT_TYPE, kind);
    reply.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    reply
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut reply = Response::default();
    *reply.status_mut() = status;
    reply
}

/// All tiles of the first archive that the highest manifest lists.
fn read_tiles(store: &Path) -> Result<Tiles> {
    let names = fs::read_dir(store.join("manifests")).context("the store has no manifests")?;
    let number = names
        .filter_map(|name| {
            manifest_number(&format!("manifests/{}", name.ok()?.file_name().to_str()?))
        })
        .max()
        .context("the store has no manifest")?;
    let manifest = Manifest::parse(number, &fs::read(store.join(manifest_key(number)))?)?;
    let entry = manifest.layers.first().context("the manifest lists no archive")?;
    let file = Bytes::from(fs::read(store.join(entry.archive_key()))?);
    let header = Header::parse(&file, file.len() as u64)?;
    let part = |range: std::ops::Range<u64>| file.slice(range.start as usize..range.end as usize);
    let (root, leaves) = (part(header.root.clone()), part(header.leaves.clone()));
    let index = ArchiveIndex::parse(header, &root, &leaves)?;
    let prefix = format!("/v1/tiles/{}/{}@{}", entry.layer, entry.slot, entry.digest);
    let mut tiles = Tiles { prefix, by_path: HashMap::new(), coords: Vec::new() };
    for found in index.entries() {
        for id in found.tile_id..found.tile_id + u64::from(found.run_length) {
            let coord = TileCoord::from_id(id).context("a tile is deeper than the deepest zoom")?;
            tiles.by_path.insert(tiles.path(coord), part(index.file_range(found)));
            tiles.coords.push(coord);
        }
    }
    Ok(tiles)
}

/// Draws tiles with a probability proportional to their size, because users look at the dense ones.
fn write_requests(tiles: &Tiles, list: &Path) -> Result<()> {
    let mut random = Random(7);
    let mut ends = Vec::with_capacity(tiles.coords.len());
    let mut total = 0;
    for &coord in &tiles.coords {
        total += tiles.by_path[&tiles.path(coord)].len() as u64;
        ends.push(total);
    }
    let mut out = std::io::BufWriter::new(fs::File::create(list)?);
    for at in 0..REQUESTS {
        let at_byte = random.below(total);
        let coord = tiles.coords[ends.partition_point(|&end| end <= at_byte)];
        if at % EMPTY_EVERY == 0 {
            writeln!(out, "{} \"none\"", empty_tile_path(tiles, coord.z(), &mut random)?)?;
        } else {
            let path = tiles.path(coord);
            let hash = TileHash::of(&tiles.by_path[&path]);
            writeln!(out, "{path} \"{hash}-gz\"")?;
        }
    }
    Ok(out.flush()?)
}

/// The path of a tile that does not exist.
fn empty_tile_path(tiles: &Tiles, z: u8, random: &mut Random) -> Result<String> {
    loop {
        let coord = TileCoord::at(z, random.below(1 << (2 * u32::from(z))));
        let path = tiles.path(TileCoord::new(coord.z(), coord.x(), coord.y())?);
        if !tiles.by_path.contains_key(&path) {
            return Ok(path);
        }
    }
}

/// Creates a store with one public archive. Tile sizes are log-normal with a mean of 475 bytes and a
/// size-weighted mean of 9.1 kB, like those of the density map used to measure other servers.
fn make_store(store: &Path, count: usize) -> Result<()> {
    const MU: f64 = 4.69;
    const SIGMA: f64 = 1.72;
    let mut random = Random(1);
    let mut encoder = GzipEncoder::new(1);
    let mut ids = std::collections::BTreeSet::new();
    while ids.len() < count {
        // Zoom 14 has as many tiles as all lower zooms together, and so on down to zoom 6.
        let z = 14 - (random.next().leading_zeros() as u8).min(8);
        ids.insert(TileId::first_of_zoom(z).get() + random.below(1 << (2 * u32::from(z))));
    }
    let mut tiles = Vec::with_capacity(count);
    for id in ids {
        let coord = TileCoord::from_id(id).context("a tile is deeper than the deepest zoom")?;
        let size = (MU + SIGMA * random.normal()).exp().clamp(40.0, 62_000.0) as usize;
        let noise: Vec<u8> = (0..size).map(|_| random.next() as u8).collect();
        tiles.push(encoder.encode_tile(coord, &noise));
    }
    let content = ArchiveContent {
        minzoom: 6,
        maxzoom: 14,
        bounds: [-180.0, -85.0, 180.0, 85.0],
        metadata: json!({ "vector_layers": [{ "id": "density", "fields": {} }] }).to_string(),
    };
    let mut file = Cursor::new(Vec::new());
    let written = write(&mut file, &content, &tiles)?;
    let bytes = file.into_inner();
    let entry = json!({
        "layer": "density-public", "slot": "30d", "visibility": "public",
        "digest": ArchiveDigest::of(&bytes), "bytes": bytes.len(),
        "built_at": "2026-11-23T05:30:00Z", "from": "2026-10-25", "to": "2026-11-23",
        "minzoom": 6, "maxzoom": 14, "bounds": content.bounds, "tiles": written.tiles, "orders": 1,
    });
    let manifest = json!({
        "version": 1, "number": 1, "built_at": "2026-11-23T05:30:00Z",
        "generator": "bench", "cities": [], "layers": [entry],
    });
    let manifest = Manifest::parse(1, manifest.to_string().as_bytes())?;
    let entry = &manifest.layers[0];
    let put = |key: String, bytes: &[u8]| -> Result<()> {
        let file = store.join(key);
        fs::create_dir_all(file.parent().context("a key has no directory")?)?;
        Ok(fs::write(file, bytes)?)
    };
    put(entry.archive_key(), &bytes)?;
    let hashes = TileHash::write_all(&written.hashes);
    put(hashes_key(&entry.layer, &entry.slot, entry.digest), &hashes)?;
    put(manifest_key(1), &serde_json::to_vec(&manifest)?)
}

/// `SplitMix64`: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Normally distributed, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let mut share = || (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let (a, b) = (1.0 - share(), share());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}
