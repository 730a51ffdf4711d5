//! Connections: accepted, served with timeouts, and drained at shutdown.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::http::response::Reply;
use crate::server::timeouts::TimeoutStream;
use crate::server::tls::Tls;
use crate::server::tracked_service::{InFlight, TrackedService};
use crate::telemetry::metrics::{GaugeGuard, Metrics};

/// Most bytes of a request header; that of a tile has some hundred.
const MAX_HEADER_BYTES: usize = 16 << 10;

/// Length of the preface of HTTP/2 (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;

/// Pause after a failed accept, usually for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits of the connections of a listener.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionConfig {
    /// Time for a request header, for a TLS handshake, and until the next request.
    pub(crate) header_timeout: Duration,
    /// Time for the client to read some of what is sent.
    pub(crate) write_timeout: Duration,
    /// Time for requests in flight at shutdown.
    pub(crate) drain_timeout: Duration,
    /// Most open connections.
    pub(crate) max_connections: usize,
    /// The metrics that count them, if they are counted.
    pub(crate) metrics: Option<Arc<Metrics>>,
    /// TLS, if they are encrypted.
    pub(crate) tls: Option<Arc<Tls>>,
}

/// Accepts connections until the sender of `stopped` is dropped, then drains those that are open.
/// `serve` makes the service for the address of a client.
pub(crate) async fn accept<S>(
    listener: TcpListener,
    serve: impl Fn(IpAddr) -> S,
    config: ConnectionConfig,
    mut stopped: watch::Receiver<()>,
) where
    S: Service<Request<Incoming>, Response = Reply, Error = Infallible> + Send + 'static,
    S::Future: Send + Unpin + 'static,
{
    let builder = builder(config.header_timeout);
    let connections = GracefulShutdown::new();
    let counted = config.metrics.as_ref().map(|metrics| metrics.connections.clone());
    let open = counted.unwrap_or_default();
    loop {
        let (stream, peer) = tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => (stream, peer.ip()),
                Err(error) => {
                    warn!(%error, "connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        if usize::try_from(open.get()).is_ok_and(|open| open >= config.max_connections) {
            if let Some(metrics) = &config.metrics {
                metrics.reject("max-connections");
            }
            // Closed at once: the client learns sooner than from a timeout.
            continue;
        }
        let connection = Connection {
            builder: builder.clone(),
            watcher: connections.watcher(),
            service: TrackedService { service: serve(peer), in_flight: InFlight::default() },
        };
        let (config, guard) = (config.clone(), GaugeGuard::begin(&open));
        tokio::spawn(async move {
            let _open = guard;
            if let Some(first) = first_byte(&stream, config.header_timeout).await {
                connection.begin(stream, first, &config).await;
            }
        });
    }
    drop(listener);
    if timeout(config.drain_timeout, connections.shutdown()).await.is_err() {
        warn!("requests were still in flight at the end of the drain timeout");
    }
}

fn builder(header_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(MAX_HEADER_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(header_timeout)
        .max_header_list_size(MAX_HEADER_BYTES as u32);
    builder
}

/// The first byte from the client, if it arrives in time. The timeouts of the protocols start only
/// then.
async fn first_byte(stream: &TcpStream, deadline: Duration) -> Option<u8> {
    // Tiles are written whole, so Nagle's algorithm would only delay them.
    stream.set_nodelay(true).ok()?;
    let mut first = [0];
    let peeked = timeout(deadline, stream.peek(&mut first)).await;
    matches!(peeked, Ok(Ok(1))).then_some(first[0])
}

struct Connection<S> {
    builder: Builder<TokioExecutor>,
    watcher: Watcher,
    service: TrackedService<S>,
}

impl<S> Connection<S>
where
    S: Service<Request<Incoming>, Response = Reply, Error = Infallible> + Send + 'static,
    S::Future: Send + Unpin + 'static,
{
    async fn begin(mut self, stream: TcpStream, first: u8, config: &ConnectionConfig) {
        let mut stream = TimeoutStream::new(stream, config.write_timeout);
        let Some(tls) = &config.tls else {
            // `P` is the start of the HTTP/2 preface or of `POST`. hyper reads on to find out, without
            // a timeout.
            if first == b'P' {
                stream.expect_bytes(PREFACE_BYTES, config.header_timeout);
            } else {
                self = self.http1(&mut stream, config.header_timeout);
            }
            return self.serve(stream).await;
        };
        match timeout(config.header_timeout, tls.acceptor().accept(stream)).await {
            Ok(Ok(mut stream)) => {
                let (timeout_stream, session) = stream.get_mut();
                // The protocol is negotiated, so its timeout starts at once.
                if session.alpn_protocol() == Some(b"h2") {
                    self.builder = self.builder.http2_only();
                    let mut stream = TimeoutStream::new(stream, config.write_timeout);
                    stream.expect_bytes(PREFACE_BYTES, config.header_timeout);
                    return self.serve(stream).await;
                }
                self = self.http1(timeout_stream, config.header_timeout);
                self.serve(stream).await;
            }
            Ok(Err(error)) => debug!(%error, "TLS handshake failed"),
            Err(_) => debug!("TLS handshake timed out"),
        }
    }

    /// Serves HTTP/1 only. The stream has the header timeout, so hyper needs none.
    fn http1<I>(mut self, stream: &mut TimeoutStream<I>, header_timeout: Duration) -> Self {
        self.builder.http1().header_read_timeout(None);
        self.builder = self.builder.http1_only();
        self.service.in_flight = stream.expect_headers(header_timeout);
        self
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let connection = self.builder.serve_connection(TokioIo::new(stream), self.service);
        if let Err(error) = self.watcher.watch(connection.into_owned()).await {
            debug!(error, "connection ended early");
        }
    }
}
