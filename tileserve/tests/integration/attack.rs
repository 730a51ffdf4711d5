//! Clients that read nothing: the memory of the server stays bounded, and their connections end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{PUBLIC, Spec, TILE, TestServer, TestStore, text};
use crate::tls;
use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Clients of each attack, and what each of them requests at once.
const CLIENTS: usize = 30;
const STREAMS: u32 = 80;

/// How much the memory of the server may grow, in bytes.
const BOUND: u64 = 256 << 20;

/// Longer than a test waits.
const WAIT_LIMIT: Duration = Duration::from_secs(10);

const TABLE: &str = "/v1/tables/options/now.json";
const OTHER: &str = "/v1/tables/vendors/tehran/now.json";

/// A store whose tables have many megabytes and compress well, with an archive of a megabyte.
fn store() -> TestStore {
    let store = TestStore::new();
    let digit = |n: u64| char::from(b'0' + (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60) as u8);
    let long: String = (0..8000).map(|n| digit(n * n)).collect();
    let archive = store.put_archive(Spec { word: &long, ..PUBLIC });
    let table = |name: &str, letter: &str| {
        store.put_table(name, "public", &Value::String(letter.repeat(20 << 20)))
    };
    let tables = [table("options", "a"), table("vendors/tehran", "b")];
    store.put_manifest_with(1, &[archive], &tables);
    store
}

/// The program, with its archives in the store and no timeout that ends an attack.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(store: &TestStore, more: &str) -> Self {
        let config = store.file("tileserve.toml");
        let settings = "memory_mb = 0\n[timeouts]\nheader_timeout_seconds = 600\n\
                        write_timeout_seconds = 600\n";
        fs::write(&config, format!("{settings}{more}")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tileserve"))
            .arg("--config")
            .arg(&config)
            .args(["--listen", "127.0.0.1:0", "--store", store.path().to_str().unwrap()])
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut until = |message: &str| loop {
            let line: Value = serde_json::from_str(&log.next().unwrap().unwrap()).unwrap();
            if line["message"] == message {
                return line;
            }
        };
        let address = text(&until("listening"), "address").parse().unwrap();
        until("map loaded");
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }

    /// A figure of the kernel in bytes: `VmRSS` is the memory now, `VmHWM` its maximum so far.
    fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let kilobytes = line.trim_matches([':', ' ', '\t', 'k', 'B']);
        kilobytes.parse::<u64>().unwrap() << 10
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What a client requests in turn: bodies of every kind that cost memory.
fn targets(store: &TestStore) -> Vec<String> {
    let manifest = fs::read_to_string(store.file("manifests/0000000001.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let digest = text(&manifest["layers"][0], "digest");
    vec![
        TABLE.to_owned(),
        OTHER.to_owned(),
        format!("/v1/archives/density-public/30d@{digest}.pmtiles"),
        format!("/v1/tiles/density-public/30d/{TILE}.mvt"),
    ]
}

/// Pipelined requests of HTTP/1.
fn http1_requests(targets: &[String]) -> Vec<u8> {
    let requests = targets.iter().cycle().take(STREAMS as usize);
    requests
        .flat_map(|path| format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").into_bytes())
        .collect()
}

/// Preface, settings with the largest window, and requests of HTTP/2 (RFC 9113, sections 3.4, 4.1).
fn http2_requests(targets: &[String]) -> Vec<u8> {
    const WINDOW: u32 = (1 << 31) - 1;
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[&[0, 4][..], &WINDOW.to_be_bytes()].concat()));
    bytes.extend(frame(8, 0, 0, &(WINDOW - (1 << 16)).to_be_bytes()));
    for (path, number) in targets.iter().cycle().zip(0..STREAMS) {
        // `GET`, `http`, and the literals `:path` and `:authority` (RFC 7541, appendix A).
        let length = u8::try_from(path.len()).unwrap();
        assert!(length < 127);
        let block = [&[0x82, 0x86, 0x04, length], path.as_bytes(), &[0x01, 1, b'a']].concat();
        bytes.extend(frame(1, 0x5, 2 * number + 1, &block));
    }
    bytes
}

/// Sends the requests on many connections, reads nothing, and compares the memory with the bound.
async fn attack<S: AsyncRead + AsyncWrite + Unpin>(
    name: &str,
    program: &Program,
    requests: &[u8],
    connect: impl AsyncFn() -> S,
) {
    let idle = program.memory("VmRSS");
    let mut held = Vec::new();
    for _ in 0..CLIENTS {
        let mut stream = connect().await;
        stream.write_all(requests).await.unwrap();
        stream.flush().await.unwrap();
        held.push(stream);
    }
    // Until the memory has not grown for a second.
    let (mut peak, mut since) = (0, Instant::now());
    while since.elapsed() < Duration::from_secs(1) {
        sleep(Duration::from_millis(50)).await;
        let now = program.memory("VmHWM");
        if now > peak {
            (peak, since) = (now, Instant::now());
        }
    }
    let (grown, idle_mb) = (peak.saturating_sub(idle) >> 20, idle >> 20);
    println!("{name}: {grown} MB above {idle_mb} MB");
    assert!(peak <= idle + BOUND, "{name}: {grown} MB above {idle_mb} MB");
}

/// Waits until a plain table is served, as the memory of closed connections is free again.
async fn until_served<S: AsyncRead + AsyncWrite + Unpin>(connect: impl AsyncFn() -> S) {
    let request = format!("GET {OTHER} HTTP/1.1\r\nhost: a\r\n\r\n");
    let served = async {
        loop {
            let mut stream = connect().await;
            let mut status = [0; 12];
            stream.write_all(request.as_bytes()).await.unwrap();
            stream.read_exact(&mut status).await.unwrap();
            if &status == b"HTTP/1.1 200" {
                return;
            }
        }
    };
    assert!(timeout(WAIT_LIMIT, served).await.is_ok(), "the memory was not released");
}

#[tokio::test]
async fn clients_that_read_nothing_do_not_exhaust_memory() {
    let store = store();
    let targets = targets(&store);
    for (name, requests) in
        [("HTTP/1", http1_requests(&targets)), ("HTTP/2", http2_requests(&targets))]
    {
        let program = Program::start(&store, "");
        let connect = async || TcpStream::connect(program.address).await.unwrap();
        attack(name, &program, &requests, connect).await;
        until_served(connect).await;
    }
}

#[tokio::test]
async fn clients_that_read_nothing_over_tls_do_not_exhaust_memory() {
    let store = store();
    let targets = targets(&store);
    let root = tls::write_certificate(store.path());
    let file = |name: &str| store.file(name).display().to_string();
    let (certificate, key) = (file("tls.crt"), file("tls.key"));
    let settings = format!("[tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n");
    for (name, protocol, requests) in [
        ("HTTP/1 over TLS", "http/1.1", http1_requests(&targets)),
        ("HTTP/2 over TLS", "h2", http2_requests(&targets)),
    ] {
        let program = Program::start(&store, &settings);
        let connect =
            async |protocol| tls::connect(program.address, &root, protocol).await.unwrap();
        attack(name, &program, &requests, async || connect(protocol).await).await;
        until_served(async || connect("http/1.1").await).await;
    }
}

/// A client of HTTP/2 that answers pings, and its connection as a task that ends with it.
async fn http2(server: &TestServer) -> (http2::SendRequest<Empty<Bytes>>, JoinHandle<()>) {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let (sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    (sender, tokio::spawn(async move { drop(connection.await) }))
}

async fn get(sender: &mut http2::SendRequest<Empty<Bytes>>, path: &str) -> Response<Incoming> {
    let request = http::Request::get(format!("http://test{path}"));
    sender.send_request(request.body(Empty::new()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_response_without_progress_ends_its_connection_although_others_progress() {
    let store = store();
    let server = TestServer::start(&store, "[timeouts]\nwrite_timeout_seconds = 0.4").await;
    let (mut sender, connection) = http2(&server).await;
    // The table is larger than the window of a stream, which is not opened.
    let unread = get(&mut sender, TABLE).await;
    assert_eq!(unread.status(), 200);
    let others = async {
        loop {
            let request = http::Request::get("http://test/health/live").body(Empty::new()).unwrap();
            let Ok(reply) = sender.send_request(request).await else { return };
            drop(reply.into_body().collect().await);
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(WAIT_LIMIT, others).await.is_ok(), "the connection stays open");
    connection.await.unwrap();
    drop(unread);
}

#[tokio::test]
async fn a_slow_response_that_progresses_is_sent_whole() {
    let store = store();
    let server = TestServer::start(&store, "[timeouts]\nwrite_timeout_seconds = 0.4").await;
    let (mut sender, _connection) = http2(&server).await;
    let (mut body, mut length) = (get(&mut sender, TABLE).await.into_body(), 0);
    let begin = Instant::now();
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().into_data().unwrap().len();
        sleep(Duration::from_millis(1)).await;
    }
    // The text and its quotes.
    assert_eq!(length, (20 << 20) + 2);
    assert!(begin.elapsed() > Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn an_idle_connection_of_http_2_ends_and_one_in_use_does_not() {
    let store = TestStore::with(&[PUBLIC]);
    let toml = "[timeouts]\nheader_timeout_seconds = 1\nwrite_timeout_seconds = 0.1";
    let server = TestServer::start(&store, toml).await;
    let (mut sender, connection) = http2(&server).await;
    for _ in 0..5 {
        let reply = get(&mut sender, "/v1/catalog.json").await;
        assert_eq!(reply.status(), 200);
        reply.into_body().collect().await.unwrap();
        // A complete response has no deadline.
        sleep(Duration::from_millis(400)).await;
    }
    assert!(timeout(WAIT_LIMIT, connection).await.is_ok(), "the idle connection stays open");
    let (_unused, connection) = http2(&server).await;
    assert!(timeout(WAIT_LIMIT, connection).await.is_ok(), "the unused connection stays open");
}

#[tokio::test]
async fn uncompressed_responses_over_the_memory_limit_return_503() {
    let store = store();
    let server = TestServer::start(&store, "[limits]\nresponse_memory_mb = 30").await;
    let mut held = TcpStream::connect(server.address()).await.unwrap();
    let request = format!("GET {TABLE} HTTP/1.1\r\nhost: test\r\n\r\n");
    held.write_all(request.as_bytes()).await.unwrap();
    held.read_exact(&mut [0; 12]).await.unwrap();
    let refused = server.get(OTHER).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"));
    assert_eq!(refused.header("cache-control"), "no-store");
    let report = server.admin("/metrics").await.text();
    assert!(
        report.contains("tileserve_rejected_total{reason=\"response-memory\"} 1\n"),
        "{report}"
    );
    // The same table is in memory already, and one with gzip needs none.
    assert_eq!(server.get(TABLE).await.body.len(), (20 << 20) + 2);
    let gzip = server.send("GET", OTHER, &[("accept-encoding", "gzip")]).await;
    assert_eq!(gzip.status, 200);
    drop(held);
    server.until(OTHER, |response| response.status == 200).await;
}
