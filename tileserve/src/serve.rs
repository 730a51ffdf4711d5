//! The server: a listening socket, its connections, and their orderly end.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{debug, info, warn};

use crate::access::{Access, AccessError};
use crate::admin::AdminService;
use crate::config::Config;
use crate::disk::{DiskCache, DiskError};
use crate::document::Document;
use crate::follower::{Follower, LiveMap};
use crate::generation::OpenOptions;
use crate::limits::RateLimit;
use crate::metrics::{Metrics, Present};
use crate::page::{Page, PageError};
use crate::reply::{Headers, Reply};
use crate::service::{Service, Shared};
use crate::store::{Store, StoreError};
use crate::tile_cache::TileCache;

/// Most bytes of a request's head; a tile's path has some hundred.
const MAX_HEAD_BYTES: usize = 16 << 10;

/// Wait after an accept that failed, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    map: Arc<LiveMap>,
    unready: Duration,
    stop: watch::Sender<()>,
    accepting: Vec<JoinHandle<()>>,
    following: JoinHandle<()>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of the disk cache cannot be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Tokens or keys cannot be read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The page cannot be read.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The address is taken or not ours.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl Server {
    /// Opens the store and the page, looks for the map once and begins to answer. Without a map
    /// it answers all the same, is not ready and keeps looking.
    pub async fn start(config: &Config) -> Result<Self, ServeError> {
        let metrics = Arc::new(Metrics::new());
        let store = Store::open(&config.store, config.store_deadline, metrics.store.clone())?;
        let disk = config.disk_cache.as_deref().map(DiskCache::open).transpose()?;
        let page = match &config.page {
            Some(folder) => Some(Page::read(folder, &config.page_origins)?),
            None => None,
        };
        let (listener, address) = listen(config.listen).await?;
        let admin = match config.admin_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };

        let access = Access::open(config.access.clone())?;
        let has_access = access.is_configured();
        let map = Arc::new(LiveMap::default());
        let tiles = TileCache::new(
            store.clone(),
            config.tile_cache_bytes,
            config.tile_deadline,
            metrics.cache.clone(),
        );
        let shared = Arc::new(Shared {
            map: Arc::clone(&map),
            tiles,
            headers: Headers::new(&config.lifetimes, config.internal_cors),
            metrics: Arc::clone(&metrics),
            rate: RateLimit::new(&config.limits),
            most_waiting: config.limits.waiting,
            finish: config.finish.clone(),
            holes: config.holes,
            public_url: config.public_url.clone(),
            page,
            openapi: Document::json_text(OPENAPI),
            access,
            serve_internal: config.serve_internal,
        });
        let (stop, stopped) = watch::channel(());
        let (head, drain) = (config.head_deadline, config.drain_deadline);
        let most = config.limits.connections;
        let limits = Limits { head, drain, most, metrics: Some(Arc::clone(&metrics)) };
        let own = Arc::clone(&shared);
        let serve = move |peer| Service { shared: Arc::clone(&own), peer };
        let mut accepting = vec![tokio::spawn(accept(listener, serve, limits, stopped.clone()))];
        info!(%address, store = %config.store, "listening");
        let admin_address = admin.map(|(listener, address)| {
            let own = Arc::clone(&shared);
            let serve = move |_| AdminService(Arc::clone(&own));
            let limits = Limits { head, drain, most: ADMIN_CONNECTIONS, metrics: None };
            accepting.push(tokio::spawn(accept(listener, serve, limits, stopped)));
            info!(%address, "listening for those who run the server");
            address
        });

        let options = OpenOptions {
            serve_internal: config.serve_internal || has_access,
            tell_internal: config.serve_internal,
            public_url: config.public_url.clone(),
            memory_bytes: config.memory_bytes,
            disk,
            disk_bytes: config.disk_bytes,
            keep: config.keep,
            metrics,
        };
        let mut follower = Follower::new(store, options, config.pace, Arc::clone(&map));
        let poll = config.pace.poll;
        let refreshing = async move {
            let mut seen = None;
            loop {
                shared.access.refresh(&mut seen);
                tokio::time::sleep(poll).await;
            }
        };
        let following = tokio::spawn(async move {
            follower.look().await;
            tokio::join!(follower.run(), refreshing);
        });
        let unready = config.unready;
        Ok(Self { address, admin_address, map, unready, stop, accepting, following })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for those who run it.
    #[must_use]
    pub const fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Says that it is not ready, and after a while takes no more connections, lets requests in flight finish, ends.
    pub async fn stop(self) {
        self.following.abort();
        self.map.begin_to_stop();
        tokio::time::sleep(self.unready).await;
        drop(self.stop);
        for accepting in self.accepting {
            if accepting.await.is_err() {
                warn!("an accept loop ended by a panic");
            }
        }
        info!("stopped");
    }
}

#[derive(Clone)]
struct Limits {
    head: Duration,
    drain: Duration,
    /// Connections that may be open.
    most: usize,
    /// Where they are counted.
    metrics: Option<Arc<Metrics>>,
}

/// The description of the API, as `docs/api.md` has it in words.
const OPENAPI: &str = include_str!("../../docs/openapi.json");

/// Connections that operators may hold open.
const ADMIN_CONNECTIONS: usize = 64;

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Takes connections until the sender of `stopped` is gone, then lets those that are open finish.
async fn accept<S>(
    listener: TcpListener,
    serve: impl Fn(IpAddr) -> S,
    limits: Limits,
    mut stopped: watch::Receiver<()>,
) where
    S: hyper::service::Service<Request<Incoming>, Response = Reply, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.head)
        .max_header_list_size(MAX_HEAD_BYTES as u32);
    let connections = GracefulShutdown::new();
    let counted = limits.metrics.as_ref().map(|metrics| metrics.connections.clone());
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
        if usize::try_from(open.get()).is_ok_and(|open| open >= limits.most) {
            if let Some(metrics) = &limits.metrics {
                metrics.reject("connections");
            }
            // Closed at once: the client learns it sooner than by waiting.
            continue;
        }
        let watcher = connections.watcher();
        let (builder, service) = (builder.clone(), serve(peer));
        let open = Present::begin(&open);
        tokio::spawn(async move {
            let _open = open;
            if !has_spoken(&stream, limits.head).await {
                return;
            }
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            if let Err(error) = watcher.watch(connection.into_owned()).await {
                debug!(error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, connections.shutdown()).await.is_err() {
        warn!("some requests were still running at the end of the drain time");
    }
}

/// Whether the client says anything in time. Which protocol it speaks is told by its first bytes,
/// and only from then on the protocol's own deadline runs.
async fn has_spoken(stream: &TcpStream, deadline: Duration) -> bool {
    // Tiles are written whole; waiting for more would only delay them.
    let is_ready = stream.set_nodelay(true).is_ok();
    let first = tokio::time::timeout(deadline, stream.peek(&mut [0])).await;
    is_ready && matches!(first, Ok(Ok(1)))
}
