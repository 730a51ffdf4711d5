//! Connections: accepted, served with timeouts, and drained at shutdown.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
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
use tokio::time::{Instant, interval, timeout};
use tracing::{debug, warn};

use crate::http::response::Reply;
use crate::server::activity::{Activity, ObservedService};
use crate::server::clients::Clients;
use crate::server::timeouts::TimeoutStream;
use crate::server::tls::Tls;
use crate::server::tracked_service::TrackedService;
use crate::telemetry::metrics::{GaugeGuard, Metrics};

/// Most bytes of a request header; that of a tile has some hundred.
const MAX_HEADER_BYTES: usize = 16 << 10;

/// Most streams of a connection of HTTP/2. A map requests a few dozen tiles at a time; more of them wait
/// in the client.
const MAX_STREAMS: u32 = 32;

/// Most bytes of a stream that wait in hyper for the client: a few frames.
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// Flow-control window of requests: the least that needs no update (RFC 9113, section 6.9.2).
/// Requests have no bodies that are read.
const REQUEST_WINDOW: u32 = (1 << 16) - 1;

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
    /// Most open connections of a client, if that is limited.
    pub(crate) max_connections_per_client: Option<usize>,
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
    let clients = Clients::default();
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
        let most = config.max_connections_per_client.unwrap_or(usize::MAX);
        let Some(client) = clients.admit(peer, most) else {
            if let Some(metrics) = &config.metrics {
                metrics.reject("max-connections-per-client");
            }
            continue;
        };
        let connection = Connection {
            builder: builder.clone(),
            watcher: connections.watcher(),
            stopped: stopped.clone(),
            service: serve(peer),
        };
        let (config, guard) = (config.clone(), GaugeGuard::begin(&open));
        tokio::spawn(async move {
            let _open = (guard, client);
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
        .keep_alive_timeout(header_timeout)
        .max_concurrent_streams(MAX_STREAMS)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .initial_stream_window_size(REQUEST_WINDOW)
        .initial_connection_window_size(REQUEST_WINDOW)
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
    /// Changes when the server stops.
    stopped: watch::Receiver<()>,
    service: S,
}

impl<S> Connection<S>
where
    S: Service<Request<Incoming>, Response = Reply, Error = Infallible> + Send + 'static,
    S::Future: Send + Unpin + 'static,
{
    async fn begin(mut self, stream: TcpStream, first: u8, config: &ConnectionConfig) {
        let stream = TimeoutStream::new(stream, config.write_timeout);
        let Some(tls) = &config.tls else {
            // `P` is the start of the HTTP/2 preface or of `POST`. hyper reads on to find out.
            if first == b'P' {
                self.serve_http2(stream, config).await;
            } else {
                self.serve_http1(stream, |stream| stream, config).await;
            }
            return;
        };
        match timeout(config.header_timeout, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    self.builder = self.builder.http2_only();
                    self.serve_http2(stream, config).await;
                } else {
                    self.serve_http1(stream, |stream| stream.get_mut().0, config).await;
                }
            }
            Ok(Err(error)) => debug!(%error, "TLS handshake failed"),
            Err(_) => debug!("TLS handshake timed out"),
        }
    }

    /// Serves HTTP/1 only. The stream with timeouts has the header timeout, so hyper needs none.
    async fn serve_http1<I>(
        mut self,
        mut stream: I,
        with_timeouts: impl FnOnce(&mut I) -> &mut TimeoutStream<TcpStream>,
        config: &ConnectionConfig,
    ) where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let in_flight = with_timeouts(&mut stream).expect_headers(config.header_timeout);
        self.builder.http1().header_read_timeout(None);
        let service = TrackedService { service: self.service, in_flight };
        let builder = self.builder.http1_only();
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = self.watcher.watch(connection.into_owned()).await {
            debug!(error, "connection ended early");
        }
    }

    /// Serves HTTP/2, and HTTP/1 if the first bytes say so. The connection ends when the client sends
    /// no request, or reads nothing of a response, for too long.
    async fn serve_http2<I>(mut self, stream: I, config: &ConnectionConfig)
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // The server waits for its connections until their watchers are dropped.
        let _watcher = self.watcher;
        let activity = Activity::begin();
        let service = ObservedService { service: self.service, activity: Arc::clone(&activity) };
        let connection = self.builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let mut checks = interval(config.header_timeout.min(config.write_timeout) / 2);
        // When the client of an idle connection was notified that it ends.
        let mut ended_idle: Option<Instant> = None;
        let mut is_stopping = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        debug!(error, "connection ended early");
                    }
                    return;
                }
                _ = self.stopped.changed(), if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ = checks.tick() => {}
            }
            if activity.is_stalled(config.write_timeout) {
                debug!("client reads nothing of a response");
                return;
            }
            match (activity.idle_for(), ended_idle) {
                (Some(idle), None) if idle >= config.header_timeout => {
                    // A client that is about to send a request learns that it was not read
                    // (RFC 9113, section 6.8).
                    connection.as_mut().graceful_shutdown();
                    ended_idle = Some(Instant::now());
                }
                (Some(_), Some(since)) if since.elapsed() >= config.header_timeout => {
                    debug!("client does not close an idle connection");
                    return;
                }
                _ => {}
            }
        }
    }
}
