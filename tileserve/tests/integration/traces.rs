//! Traces: what a collector receives over a real connection.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{PUBLIC, TestStore, send, text};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

const TRACE: [u8; 16] = *b"\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36";

/// Collects the messages with a key that are sent to `/v1/traces`.
async fn collect(listener: TcpListener, seen: Arc<Mutex<Vec<u8>>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let seen = Arc::clone(&seen);
        let take = service_fn(move |request: Request<Incoming>| {
            let seen = Arc::clone(&seen);
            async move {
                assert_eq!(request.uri().path(), "/v1/traces");
                let kind = request.headers()["content-type"].clone();
                assert_eq!(kind, "application/x-protobuf");
                assert_eq!(request.headers()["x-sentry-auth"], "sentry sentry_key=00ff");
                let body = request.into_body().collect().await?.to_bytes();
                seen.lock().unwrap().extend_from_slice(&body);
                Ok::<_, hyper::Error>(Response::new(Full::<Bytes>::default()))
            }
        });
        tokio::spawn(async move {
            let connection = Builder::new(TokioExecutor::new());
            let _ = connection.serve_connection(TokioIo::new(stream), take).await;
        });
    }
}

/// The number of times that a message contains a length-prefixed protobuf string.
fn count(message: &[u8], text: &str) -> usize {
    let field = [&[text.len() as u8], text.as_bytes()].concat();
    message.windows(field.len()).filter(|window| *window == field).count()
}

/// A server that sends its traces to a collector, and samples almost no request.
struct Traced {
    child: Child,
    log: BufReader<ChildStderr>,
    address: SocketAddr,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Traced {
    async fn start(store: &TestStore) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(collect(listener, Arc::clone(&seen)));

        let config = store.file("tileserve.toml");
        let settings = format!(
            "memory_mb = 0\n[manifest]\npoll_interval_seconds = 3600\n\
             [traces]\nendpoint = '{endpoint}'\nsample_rate = 1000000000\n"
        );
        fs::write(&config, settings).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tileserve"))
            .args(["--config", config.to_str().unwrap()])
            .args(["--store", store.path().to_str().unwrap(), "--listen", "127.0.0.1:0"])
            .env_remove("RUST_LOG")
            .env("OTEL_EXPORTER_OTLP_HEADERS", "x-sentry-auth=sentry sentry_key=00ff")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let (mut address, mut line) = (None, String::new());
        while !line.contains("map loaded") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the server exited");
            if line.contains("\"listening\"") {
                let report: serde_json::Value = serde_json::from_str(&line).unwrap();
                address = Some(text(&report, "address").parse().unwrap());
            }
        }
        Self { child, log, address: address.unwrap(), seen }
    }

    /// What the collector received, and the log. The server flushes pending spans when it stops.
    async fn stop(mut self) -> (Vec<u8>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").arg(&pid).status().unwrap().success());
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (self.seen.lock().unwrap().clone(), log)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_their_store_reads_are_traced() {
    let store = TestStore::with(&[PUBLIC]);
    let server = Traced::start(&store).await;
    let tile = "/v1/tiles/density-public/30d/6/40/25.mvt";
    // The server samples almost no request of its own, but every request whose caller traces it.
    assert_eq!(send(server.address, "GET", tile, &[]).await.status, 200);
    let parent = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")];
    for path in [tile, "/v1/tiles/density-public/30d/6/41/25.mvt", "/v1/nothing"] {
        send(server.address, "GET", path, &parent).await;
    }
    let (message, log) = server.stop().await;
    assert_eq!(count(&message, "request"), 3);
    assert_eq!(count(&message, "store"), 1, "the second tile came from the cache");
    assert_eq!(count(&message, tile), 1);
    assert_eq!(count(&message, "http.response.status_code"), 3);
    let of_the_caller = message.windows(16).filter(|window| *window == TRACE).count();
    assert_eq!(of_the_caller, 4);
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_request_is_traced_although_it_is_not_sampled() {
    let store = TestStore::with(&[PUBLIC]);
    let server = Traced::start(&store).await;
    let tile = "/v1/tiles/density-public/30d/6/40/25.mvt";
    fs::remove_dir_all(store.path().join("archives")).unwrap();
    assert_eq!(send(server.address, "GET", tile, &[]).await.status, 503);
    assert_eq!(send(server.address, "GET", "/v1/nothing", &[]).await.status, 404);
    let (message, _) = server.stop().await;
    assert_eq!(count(&message, "request"), 1);
    assert_eq!(count(&message, tile), 1);
}
