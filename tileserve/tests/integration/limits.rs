//! Limits: rate, requests in flight, and connections.

use std::time::Duration;

use crate::common::{PUBLIC, TestServer, TestStore, send};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const LATEST: &str = "/v1/tiles/density-public/30d/6/40/25.mvt";

#[tokio::test]
async fn the_rate_limit_applies_to_each_client_separately() {
    let store = TestStore::with(&[PUBLIC]);
    let limits = "[limits]\nrequests_per_second = 0.01\nburst = 5\ntrusted_hops = 1";
    let server = TestServer::start(&store, limits).await;
    let from =
        async |client: &str| server.send("GET", LATEST, &[("x-forwarded-for", client)]).await;
    for _ in 0..5 {
        assert_eq!(from("9.9.9.9, 1.1.1.1").await.status, 200);
    }
    let refused = from("8.8.8.8, 1.1.1.1").await;
    assert_eq!((refused.status, refused.header("cache-control")), (429, "no-store"));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((90..=101).contains(&wait), "{wait}");
    assert!(refused.has("x-request-id"));
    assert_eq!(from("1.1.1.2").await.status, 200);
    let metrics = server.admin("/metrics").await.text();
    assert!(metrics.contains("tileserve_rejected_total{reason=\"rate-limit\"} 1\n"), "{metrics}");
    // The operators' listener has no rate limit.
    for _ in 0..10 {
        assert_eq!(server.admin("/health/live").await.status, 200);
    }
}

#[tokio::test]
async fn requests_that_would_wait_for_the_store_are_limited() {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, "memory_mb = 0\n[limits]\nmax_in_flight = 0").await;
    let response = server.get(LATEST).await;
    assert_eq!((response.status, response.header("retry-after")), (503, "1"));
    // Responses that need no store are not affected.
    assert_eq!(server.get("/v1/catalog.json").await.status, 200);
    assert_eq!(server.get("/v1/tiles/density-public/30d/6/0/0.mvt").await.status, 204);
}

#[tokio::test]
async fn requests_for_unknown_digests_have_their_own_limit() {
    let store = TestStore::with(&[PUBLIC]);
    let unknown = format!("/v1/tiles/density-public/30d@{}/6/40/25.mvt", "0".repeat(32));
    let server = TestServer::start(&store, "memory_mb = 0\n[limits]\nmax_in_flight = 0").await;
    // They wait although no other request may.
    assert_eq!(server.get(&unknown).await.status, 404);
    assert_eq!(server.get(LATEST).await.status, 503);

    let toml = "memory_mb = 0\ntile_cache_mb = 0\n[manifest]\npoll_interval_seconds = 3600\n\
                [limits]\nmax_in_flight = 1\nmax_connections_per_client = 0";
    let server = TestServer::start(&store, toml).await;
    let mut refused = 0;
    while refused == 0 {
        let flood = futures::future::join_all((0..400).map(|_| server.get(&unknown)));
        let (answers, tile) = tokio::join!(flood, server.get(LATEST));
        assert_eq!(tile.status, 200);
        assert!(answers.iter().all(|answer| [404, 503].contains(&answer.status)));
        refused = answers.iter().filter(|answer| answer.status == 503).count();
    }
    let metrics = server.admin("/metrics").await.text();
    let count = format!("tileserve_rejected_total{{reason=\"unknown-digests\"}} {refused}\n");
    assert!(metrics.contains(&count), "{metrics}");
}

#[tokio::test]
async fn connections_above_the_limit_are_closed_at_once() {
    for limit in ["max_connections = 2", "max_connections_per_client = 2"] {
        third_connection_is_closed(limit).await;
    }
}

async fn third_connection_is_closed(limit: &str) {
    let store = TestStore::with(&[PUBLIC]);
    let server = TestServer::start(&store, &format!("[limits]\n{limit}")).await;
    let open = async || TcpStream::connect(server.address()).await.unwrap();
    let held = [open().await, open().await];
    let is_open = async |number: &str| {
        let metrics = server.admin("/metrics").await.text();
        metrics.contains(&format!("tileserve_connections {number}\n"))
    };
    while !is_open("2").await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut third = open().await;
    assert_eq!(third.read(&mut [0]).await.unwrap_or(0), 0);
    let reason = limit.split(' ').next().unwrap().replace('_', "-");
    let metrics = server.admin("/metrics").await.text();
    assert!(metrics.contains(&format!("rejected_total{{reason=\"{reason}\"}} 1\n")), "{metrics}");
    drop(held);
    while !is_open("0").await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(send(server.address(), "GET", LATEST, &[]).await.status, 200);
}

#[tokio::test]
async fn the_connections_of_trusted_proxies_are_not_limited_by_client() {
    let store = TestStore::with(&[PUBLIC]);
    let limits = "[limits]\nmax_connections_per_client = 1\ntrusted_hops = 1";
    let server = TestServer::start(&store, limits).await;
    let _held = TcpStream::connect(server.address()).await.unwrap();
    assert_eq!(send(server.address(), "GET", LATEST, &[]).await.status, 200);
}
