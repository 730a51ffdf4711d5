//! A store that fails sometimes: the retries of its client are counted.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{PUBLIC, TestStore, send, text};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The part of S3 that a server needs, backed by a folder. It refuses a given number of range requests.
struct Bucket {
    folder: PathBuf,
    refusals: AtomicUsize,
}

impl Bucket {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let bucket = Arc::clone(&self);
            tokio::spawn(async move { bucket.response(stream).await });
        }
    }

    async fn response(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let mut words = head.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let range = head.lines().find_map(|line| line.strip_prefix("range: bytes="));
        let (status, body) = if query.contains("list-type=2") {
            ("200 OK".to_owned(), self.list())
        } else {
            let file = self.folder.join(path.trim_start_matches("/bucket/"));
            self.object(&file, range)
        };
        let message = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: \"a\"\r\nconnection: close\r\n\
             last-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n",
            body.len(),
        );
        stream.write_all(message.as_bytes()).await.unwrap();
        if method != "HEAD" {
            stream.write_all(&body).await.unwrap();
        }
    }

    fn list(&self) -> Vec<u8> {
        let files = fs::read_dir(self.folder.join("manifests")).unwrap();
        let keys = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let objects = keys.map(|key| {
            format!(
                "<Contents><Key>manifests/{key}</Key><Size>1</Size><ETag>a</ETag>\
                 <LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            )
        });
        let objects: String = objects.collect();
        format!("<ListBucketResult><KeyCount>1</KeyCount>{objects}</ListBucketResult>").into()
    }

    /// Status with headers, and body.
    fn object(&self, file: &Path, range: Option<&str>) -> (String, Vec<u8>) {
        let Ok(bytes) = fs::read(file) else { return ("404 Not Found".to_owned(), Vec::new()) };
        let Some(range) = range else { return ("200 OK".to_owned(), bytes) };
        let less = |left: usize| left.checked_sub(1);
        if self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            return ("503 Slow Down".to_owned(), Vec::new());
        }
        let (first, last) = range.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        let status =
            format!("206 Partial Content\r\ncontent-range: bytes {first}-{last}/{}", bytes.len());
        (status, bytes[first..=last].to_vec())
    }
}

async fn retries(admin: SocketAddr) -> String {
    let metrics = send(admin, "GET", "/metrics", &[]).await.text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("tileserve_store_retries_total "));
    line.unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_of_the_store_client_are_counted() {
    let store = TestStore::with(&[PUBLIC]);
    let bucket = Bucket { folder: store.path().to_owned(), refusals: AtomicUsize::new(0) };
    let bucket = Arc::new(bucket);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(Arc::clone(&bucket).serve(listener));

    let config = store.file("tileserve.toml");
    fs::write(
        &config,
        "memory_mb = 0\ntile_cache_mb = 0\n[manifest]\npoll_interval_seconds = 3600\n",
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tileserve"))
        .args(["--config", config.to_str().unwrap(), "--store", "s3://bucket"])
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .envs([("AWS_ENDPOINT", &*endpoint), ("AWS_ALLOW_HTTP", "true"), ("AWS_REGION", "here")])
        .envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "a")])
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let (mut addresses, mut line) = (Vec::<SocketAddr>::new(), String::new());
    while !line.contains("map loaded") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended");
        if line.contains("\"listening") {
            let report: serde_json::Value = serde_json::from_str(&line).unwrap();
            addresses.push(text(&report, "address").parse().unwrap());
        }
    }
    let [public, admin] = addresses[..] else { panic!("{addresses:?}") };
    assert_eq!(retries(admin).await, "0");
    bucket.refusals.store(2, Ordering::SeqCst);
    let tile = send(public, "GET", "/v1/tiles/density-public/30d/6/40/25.mvt", &[]).await;
    assert_eq!(tile.status, 200);
    assert_eq!(bucket.refusals.load(Ordering::SeqCst), 0);
    assert_eq!(retries(admin).await, "2");
    child.kill().unwrap();
    child.wait().unwrap();
}
