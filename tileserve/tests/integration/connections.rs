//! Connections: both protocols, many requests, slow clients.

use crate::common::{EMPTY, PUBLIC, TILE, TestServer, TestStore, packed, public};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};

#[tokio::test]
async fn http_2_without_tls_works_on_the_same_port() {
    let (_store, server, pinned_path) = public().await;
    let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    for method in ["GET", "HEAD"] {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://{}{pinned_path}/{TILE}.mvt", server.address()))
            .header("accept-encoding", "gzip")
            .body(Empty::<bytes::Bytes>::new())
            .unwrap();
        let reply = sender.send_request(request).await.unwrap();
        assert_eq!(reply.status(), 200);
        let length = reply.headers()["content-length"].to_str().unwrap().to_owned();
        let stored = packed(TILE, "first");
        assert_eq!(length, stored.len().to_string());
        let body = reply.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body.len(), if method == "GET" { stored.len() } else { 0 }, "{method}");
    }
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (_store, server, pinned_path) = public().await;
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let request = format!("GET {pinned_path}/{EMPTY}.mvt HTTP/1.1\r\nhost: test\r\n\r\n");
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 204 "), "{}", String::from_utf8_lossy(&head));
    }
}

#[tokio::test]
async fn a_slow_request_header_times_out() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "[timeouts]\nheader_timeout_seconds = 0.1").await;
    for beginning in [
        "",
        "GET /health/live HT",
        "GET /health/live HTTP/1.1\r\nhost: te",
        "P",
        "POST /health/live HT",
        "PRI * HT",
    ] {
        let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest);
        let closed = tokio::time::timeout(std::time::Duration::from_secs(5), closed).await;
        assert!(closed.is_ok(), "`{beginning}` stays open");
    }
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_disconnected() {
    use tokio::io::AsyncWriteExt;
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "[timeouts]\nwrite_timeout_seconds = 0.2").await;
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    // The responses are larger than the buffers in between, and the client reads nothing.
    let request = "GET /v1/tiles/density-public/30d/5/20/12.mvt HTTP/1.1\r\nhost: test\r\n\r\n";
    let requests = request.repeat(1000);
    let flood = async { while stream.write_all(requests.as_bytes()).await.is_ok() {} };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), flood).await;
    assert!(ended.is_ok(), "the connection stays open");
    assert_eq!(server.get("/health/live").await.status, 200);
}
