//! TLS: both protocols, renewed certificates, and unfinished handshakes.

#![allow(unreachable_pub, reason = "one module of a test program")]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{PUBLIC, TILE, TestServer, TestStore};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const PATH: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

struct Fixture {
    folder: tempfile::TempDir,
    _store: TestStore,
    server: TestServer,
}

impl Fixture {
    /// A server with a new certificate, and the certificate.
    async fn new(toml: &str) -> (Self, CertificateDer<'static>) {
        let folder = tempfile::tempdir().unwrap();
        let certificate = write_certificate(folder.path());
        let store = TestStore::with(&[PUBLIC]);
        let file = |name: &str| folder.path().join(name).display().to_string();
        let tls = format!(
            "[tls]\ncertificate = \"{}\"\nkey = \"{}\"\n{toml}",
            file("tls.crt"),
            file("tls.key")
        );
        let server = TestServer::start(&store, &tls).await;
        (Self { folder, _store: store, server }, certificate)
    }

    async fn connect(
        &self,
        root: &CertificateDer<'static>,
        protocol: &str,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        connect(self.server.address(), root, protocol).await
    }
}

/// Connects to a server whose certificate is `root`.
pub async fn connect(
    address: SocketAddr,
    root: &CertificateDer<'static>,
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("map.example").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// Writes a new certificate for `map.example` and its key to `tls.crt` and `tls.key`.
pub fn write_certificate(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["map.example".to_owned()]).unwrap();
    fs::write(folder.join("tls.key"), signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("tls.crt"), cert.pem()).unwrap();
    cert.der().clone()
}

#[tokio::test]
async fn tiles_are_served_over_http_1_and_http_2() {
    let (fixture, root) = Fixture::new("").await;
    let mut stream = fixture.connect(&root, "http/1.1").await.unwrap();
    let request = format!("GET {PATH} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
    let body = crate::common::plain(TILE, "first");
    assert!(response.ends_with(&body));

    let stream = fixture.connect(&root, "h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let request = http::Request::get(format!("https://map.example{PATH}"));
    let reply = sender.send_request(request.body(Empty::<bytes::Bytes>::new()).unwrap()).await;
    let reply = reply.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.into_body().collect().await.unwrap().to_bytes(), body);
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_an_invalid_one_is_not() {
    let (fixture, first) = Fixture::new("").await;
    assert!(fixture.connect(&first, "h2").await.is_ok());
    let second = write_certificate(fixture.folder.path());
    let mut tries = 0;
    while fixture.connect(&second, "h2").await.is_err() {
        tries += 1;
        assert!(tries < 500, "the new certificate was not loaded");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(fixture.connect(&first, "h2").await.is_err(), "the old certificate is still used");
    let report = fixture.server.admin("/metrics").await.text();
    let ends = report
        .lines()
        .find_map(|line| line.strip_prefix("tileserve_certificate_expiry_timestamp_seconds "));
    // rcgen's default: the first day of the year 4096.
    assert_eq!(ends, Some("67090118400"));
    fs::write(fixture.folder.path().join("tls.key"), "no key").unwrap();
    fixture.server.server.reload();
    assert!(fixture.connect(&second, "h2").await.is_ok());
}

#[tokio::test]
async fn an_unfinished_handshake_or_request_times_out() {
    let (fixture, root) = Fixture::new("[timeouts]\nheader_timeout_seconds = 0.2").await;
    let mut plain = TcpStream::connect(fixture.server.address()).await.unwrap();
    plain.write_all(&[22]).await.unwrap();
    let mut silent = fixture.connect(&root, "http/1.1").await.unwrap();
    let mut half = fixture.connect(&root, "http/1.1").await.unwrap();
    half.write_all(b"GET / HT").await.unwrap();
    let mut mute = fixture.connect(&root, "h2").await.unwrap();
    let mut begun = fixture.connect(&root, "h2").await.unwrap();
    begun.write_all(b"PRI * HT").await.unwrap();
    let deadline = Duration::from_secs(5);
    for closed in [
        tokio::time::timeout(deadline, plain.read_to_end(&mut Vec::new())).await.is_ok(),
        tokio::time::timeout(deadline, silent.read_to_end(&mut Vec::new())).await.is_ok(),
        tokio::time::timeout(deadline, half.read_to_end(&mut Vec::new())).await.is_ok(),
        tokio::time::timeout(deadline, mute.read_to_end(&mut Vec::new())).await.is_ok(),
        tokio::time::timeout(deadline, begun.read_to_end(&mut Vec::new())).await.is_ok(),
    ] {
        assert!(closed);
    }
}

#[tokio::test]
async fn a_key_without_its_certificate_prevents_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    write_certificate(folder.path());
    write_certificate(other.path());
    let store = TestStore::with(&[PUBLIC]);
    let args = tileserve::Args {
        store: Some(store.path().display().to_string()),
        listen: Some("127.0.0.1:0".to_owned()),
        ..tileserve::Args::default()
    };
    let start = async |certificate: &Path, key: &Path| {
        let toml = format!(
            "[tls]\ncertificate = \"{}\"\nkey = \"{}\"",
            certificate.display(),
            key.display()
        );
        let config = tileserve::Config::parse(&args, &toml).unwrap();
        tileserve::Server::start(&config).await.unwrap_err().to_string()
    };
    let (certificate, key) = (folder.path().join("tls.crt"), other.path().join("tls.key"));
    let message = start(&certificate, &key).await;
    assert!(message.contains("cannot be used") && message.contains("tls.key"), "{message}");
    let message = start(&certificate, &folder.path().join("missing")).await;
    assert!(message.contains("could not read") && message.contains("missing"), "{message}");
    let message = tileserve::Config::parse(&args, "[tls]\nkey = \"x\"").unwrap_err().to_string();
    assert!(message.contains("one of certificate and key is missing"), "{message}");
}
