//! Connections: taken in, given deadlines, served, and let finish at the end.

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
use crate::server::timeouts::Patient;
use crate::server::tls::Tls;
use crate::server::tracked_service::{Answering, Telling};
use crate::telemetry::metrics::{Metrics, Present};

/// Most bytes of a request's head; a tile's path has some hundred.
const MAX_HEAD_BYTES: usize = 16 << 10;

/// Length of what HTTP/2 begins with (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;

/// Wait after an accept that failed, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What connections of a listener may take.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Time for a request's head, a handshake, and the next request to begin.
    pub(crate) head: Duration,
    /// Time for the other end to take something of what is sent.
    pub(crate) write: Duration,
    /// Time for requests in flight at the end.
    pub(crate) drain: Duration,
    /// Connections that may be open.
    pub(crate) most: usize,
    /// Where they are counted.
    pub(crate) metrics: Option<Arc<Metrics>>,
    /// How they are made secret.
    pub(crate) tls: Option<Arc<Tls>>,
}

/// Takes connections until the sender of `stopped` is gone, then lets those that are open finish.
/// Each is answered by what `serve` makes for its other end.
pub(crate) async fn accept<S>(
    listener: TcpListener,
    serve: impl Fn(IpAddr) -> S,
    terms: Terms,
    mut stopped: watch::Receiver<()>,
) where
    S: Service<Request<Incoming>, Response = Reply, Error = Infallible> + Send + 'static,
    S::Future: Send + Unpin + 'static,
{
    let builder = builder(terms.head);
    let connections = GracefulShutdown::new();
    let counted = terms.metrics.as_ref().map(|metrics| metrics.connections.clone());
    let open = counted.unwrap_or_default();
    loop {
        let (stream, peer) = tokio::select! {
            _ = stopped.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => (stream, peer.ip()),
                Err(error) => {
                    warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        if usize::try_from(open.get()).is_ok_and(|open| open >= terms.most) {
            if let Some(metrics) = &terms.metrics {
                metrics.reject("connections");
            }
            // Closed at once: the client learns it sooner than by waiting.
            continue;
        }
        let connection = Connection {
            builder: builder.clone(),
            watcher: connections.watcher(),
            service: Telling { service: serve(peer), answering: Answering::default() },
        };
        let (terms, present) = (terms.clone(), Present::begin(&open));
        tokio::spawn(async move {
            let _open = present;
            if let Some(first) = first_byte(&stream, terms.head).await {
                connection.begin(stream, first, &terms).await;
            }
        });
    }
    drop(listener);
    if timeout(terms.drain, connections.shutdown()).await.is_err() {
        warn!("some requests were still running at the end of the drain time");
    }
}

fn builder(head: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(MAX_HEAD_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(head)
        .max_header_list_size(MAX_HEAD_BYTES as u32);
    builder
}

/// What the client says first, if it says anything in time. Only from then on a protocol's own
/// deadlines run.
async fn first_byte(stream: &TcpStream, deadline: Duration) -> Option<u8> {
    // Tiles are written whole; waiting for more would only delay them.
    stream.set_nodelay(true).ok()?;
    let mut first = [0];
    let told = timeout(deadline, stream.peek(&mut first)).await;
    matches!(told, Ok(Ok(1))).then_some(first[0])
}

struct Connection<S> {
    builder: Builder<TokioExecutor>,
    watcher: Watcher,
    service: Telling<S>,
}

impl<S> Connection<S>
where
    S: Service<Request<Incoming>, Response = Reply, Error = Infallible> + Send + 'static,
    S::Future: Send + Unpin + 'static,
{
    async fn begin(mut self, stream: TcpStream, first: u8, terms: &Terms) {
        let mut stream = Patient::new(stream, terms.write);
        let Some(tls) = &terms.tls else {
            // `P` may begin the preface of HTTP/2 or `POST`: which it is hyper asks without a deadline.
            if first == b'P' {
                stream.expect_bytes(PREFACE_BYTES, terms.head);
            } else {
                self = self.http1(&mut stream, terms.head);
            }
            return self.serve(stream).await;
        };
        match timeout(terms.head, tls.acceptor().accept(stream)).await {
            Ok(Ok(mut stream)) => {
                let (patient, session) = stream.get_mut();
                // Both ends know by now which protocol they speak, so its deadline runs at once.
                if session.alpn_protocol() == Some(b"h2") {
                    self.builder = self.builder.http2_only();
                    let mut stream = Patient::new(stream, terms.write);
                    stream.expect_bytes(PREFACE_BYTES, terms.head);
                    return self.serve(stream).await;
                }
                self = self.http1(patient, terms.head);
                self.serve(stream).await;
            }
            Ok(Err(error)) => debug!(%error, "a handshake failed"),
            Err(_) => debug!("a handshake took too long"),
        }
    }

    /// Speaks HTTP/1 and nothing else. For heads the stream has a deadline, so hyper needs none.
    fn http1<I>(mut self, stream: &mut Patient<I>, head: Duration) -> Self {
        self.builder.http1().header_read_timeout(None);
        self.builder = self.builder.http1_only();
        self.service.answering = stream.expect_heads(head);
        self
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let connection = self.builder.serve_connection(TokioIo::new(stream), self.service);
        if let Err(error) = self.watcher.watch(connection.into_owned()).await {
            debug!(error, "a connection ended early");
        }
    }
}
