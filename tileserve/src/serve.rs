//! The server: a listening socket, its connections, and their orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tilecore::Visibility;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::{debug, info, warn};

use crate::config::Config;
use crate::disk::{DiskCache, DiskError};
use crate::follower::{Follower, LiveMap};
use crate::generation::OpenOptions;
use crate::page::{Page, PageError};
use crate::reply::Headers;
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
    stop: oneshot::Sender<()>,
    accepting: JoinHandle<()>,
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
        let store = Store::open(&config.store, config.store_deadline)?;
        let disk = config.disk_cache.as_deref().map(DiskCache::open).transpose()?;
        let page = match &config.page {
            Some(folder) => Some(Page::read(folder, &config.page_origins)?),
            None => None,
        };
        let address = config.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| ServeError::Listen { address, source })?;
        let address =
            listener.local_addr().map_err(|source| ServeError::Listen { address, source })?;

        let serves_internal = config.open_options.serve_internal;
        let catalog_visibility =
            if serves_internal { Visibility::Internal } else { Visibility::Public };
        let map = Arc::new(LiveMap::default());
        let service = Service(Arc::new(Shared {
            map: Arc::clone(&map),
            tiles: TileCache::new(store.clone(), config.tile_cache_bytes, config.tile_deadline),
            headers: Headers::new(&config.lifetimes, config.internal_cors),
            page,
            catalog_visibility,
        }));
        let (stop, stopped) = oneshot::channel();
        let limits = Limits { head: config.head_deadline, drain: config.drain_deadline };
        let accepting = tokio::spawn(accept(listener, service, limits, stopped));
        info!(%address, store = %config.store, "listening");

        let options = OpenOptions { disk, ..config.open_options.clone() };
        let mut follower = Follower::new(store, options, config.pace, map);
        let following = tokio::spawn(async move {
            follower.look().await;
            follower.run().await;
        });
        Ok(Self { address, stop, accepting, following })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, lets requests in flight finish, ends.
    pub async fn stop(self) {
        self.following.abort();
        // The receiver lives as long as the loop that we wait for next.
        let _ = self.stop.send(());
        if self.accepting.await.is_err() {
            warn!("the accept loop ended by a panic");
        }
        info!("stopped");
    }
}

#[derive(Clone, Copy)]
struct Limits {
    head: Duration,
    drain: Duration,
}

async fn accept(
    listener: TcpListener,
    service: Service,
    limits: Limits,
    mut stopped: oneshot::Receiver<()>,
) {
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
    loop {
        let stream = tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let watcher = connections.watcher();
        let (builder, service) = (builder.clone(), service.clone());
        tokio::spawn(async move {
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
