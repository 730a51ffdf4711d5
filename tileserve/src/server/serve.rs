//! The server: built from the configuration, started, reloaded and stopped.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};
use url::Url;

use super::reload::{Files, fetch_keys, policy};
use crate::config::Config;
use crate::handlers::admin::AdminService;
use crate::handlers::page::beacon::Beacon;
use crate::handlers::page::{Page, PageError};
use crate::handlers::service::Service;
use crate::handlers::state::AppState;
use crate::handlers::styles::Styles;
use crate::http::access::{Access, AccessError};
use crate::http::sent_bodies::SentBodies;
use crate::map::live_map::LiveMap;
use crate::map::version::OpenOptions;
use crate::map::watcher::Watcher;
use crate::server::connections::{ConnectionConfig, accept};
use crate::server::tls::{Tls, TlsError};
use crate::storage::disk_cache::{DiskCache, DiskError};
use crate::storage::store::{Store, StoreError};
use crate::storage::tile_cache::TileCache;
use crate::telemetry::audit_log::{AuditError, AuditLog};
use crate::telemetry::metrics::Metrics;
use crate::values::document::Document;

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    map: Arc<LiveMap>,
    files: Files,
    shutdown_delay: Duration,
    stop: watch::Sender<()>,
    accepting: Vec<JoinHandle<()>>,
    watching: JoinHandle<()>,
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
    /// The audit log cannot be written.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
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
    /// Opens the store and the page, starts to listen, and polls for the map. Without a map it
    /// answers requests too, but is not ready, and keeps polling.
    ///
    /// Boxed, so that the crates of callers do not compile all of it again.
    #[must_use]
    pub fn start(config: &Config) -> BoxFuture<'_, Result<Self, ServeError>> {
        Self::begin(config).boxed()
    }

    async fn begin(config: &Config) -> Result<Self, ServeError> {
        let metrics = Arc::new(Metrics::new());
        let store = Store::open(&config.store, config.store_timeout, metrics.store.clone())?;
        let disk = config.disk_cache.as_deref().map(DiskCache::open).transpose()?;
        let page = read_page(config)?;
        let (listener, address) = listen(config.listen).await?;
        let public_url = public_url(config, address);
        let admin = match config.admin_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };

        let tls = config.tls.clone().map(Tls::open).transpose()?.map(Arc::new);
        let access = Access::open(config.access.clone())?;
        let has_access = access.is_configured();
        let map = Arc::new(LiveMap::default());
        let tiles = TileCache::new(
            store.clone(),
            config.tile_cache_bytes,
            config.tile_timeout,
            metrics.cache.clone(),
        );
        let state = Arc::new(AppState {
            map: Arc::clone(&map),
            tiles,
            bodies: SentBodies::new(config.response_bytes),
            metrics: Arc::clone(&metrics),
            store: store.clone(),
            policy: policy(config),
            styles: page.as_ref().map(|page| Styles::of(page, &public_url)).unwrap_or_default(),
            public_path: path_of(&public_url),
            public_url: public_url.clone(),
            page,
            openapi: Document::json_text(OPENAPI),
            access,
            audit: config.audit.as_ref().map(AuditLog::open).transpose()?,
            beacon: beacon(config, &metrics),
            serve_internal: config.serve_internal,
            hosts: config.allowed_hosts.clone(),
        });
        let (stop, stopped) = watch::channel(());
        let connection_config = ConnectionConfig {
            header_timeout: config.header_timeout,
            write_timeout: config.write_timeout,
            drain_timeout: config.drain_timeout,
            max_connections: config.max_connections,
            max_connections_per_client: config.max_connections_per_client,
            metrics: Some(Arc::clone(&metrics)),
            tls: tls.clone(),
        };
        let own = Arc::clone(&state);
        let serve = move |peer| Service { state: Arc::clone(&own), peer };
        let public = accept(listener, serve, connection_config.clone(), stopped.clone());
        let mut accepting = vec![tokio::spawn(public)];
        info!(%address, store = %config.store, "listening");
        let admin_address = admin.map(|(listener, address)| {
            let own = Arc::clone(&state);
            let serve = move |_| AdminService(Arc::clone(&own));
            let connection_config = ConnectionConfig {
                max_connections: ADMIN_CONNECTIONS,
                max_connections_per_client: None,
                metrics: None,
                tls: None,
                ..connection_config
            };
            accepting.push(tokio::spawn(accept(listener, serve, connection_config, stopped)));
            info!(%address, "listening for operators");
            address
        });

        let options = OpenOptions {
            serve_internal: config.serve_internal || has_access,
            list_internal: config.serve_internal,
            public_url,
            memory_bytes: config.memory_bytes,
            disk,
            disk_bytes: config.disk_bytes,
            retention: config.retention,
            metrics,
        };
        let mut watcher = Watcher::new(store, options, config.poll_intervals, Arc::clone(&map));
        let poll = config.poll_intervals.poll;
        let files = Files { state, tls, source: config.source.clone() };
        files.report_certificate();
        let reloading = files.clone();
        let refreshing = async move {
            loop {
                tokio::time::sleep(poll).await;
                reloading.refresh(false);
            }
        };
        let fetching = fetch_keys(files.clone(), poll);
        let watching = tokio::spawn(async move {
            watcher.poll().await;
            tokio::join!(watcher.run(), refreshing, fetching);
        });
        let shutdown_delay = config.shutdown_delay;
        Ok(Self { address, admin_address, map, files, shutdown_delay, stop, accepting, watching })
    }

    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that it listens on for operators.
    #[must_use]
    pub const fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Reads settings, tokens, keys and certificates again, and polls for a new map, now.
    pub fn reload(&self) {
        self.files.refresh(true);
        self.map.poll_soon();
    }

    /// Reports that it is not ready, waits for the shutdown delay, then accepts no more connections,
    /// drains the requests in flight, and ends.
    pub async fn stop(self) {
        self.watching.abort();
        self.map.begin_to_stop();
        tokio::time::sleep(self.shutdown_delay).await;
        drop(self.stop);
        for accepting in self.accepting {
            if accepting.await.is_err() {
                warn!("accept loop panicked");
            }
        }
        info!("stopped");
    }
}

/// The prefix of absolute URLs: as configured, otherwise the address itself if only this machine reaches
/// it. It is never taken from a request, because caches would keep what one client sent.
fn public_url(config: &Config, address: SocketAddr) -> String {
    if !config.public_url.is_empty() {
        return config.public_url.clone();
    }
    if address.ip().is_loopback() {
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        return format!("{scheme}://{address}");
    }
    warn!(
        "public_url is not set, so the URLs in TileJSON and styles are relative; MapLibre does not load them"
    );
    String::new()
}

/// Counts what pages report, if there is a page and its operator wants it.
fn read_page(config: &Config) -> Result<Option<Page>, PageError> {
    let read = |folder| Page::read(folder, config.page_config.as_deref(), &config.page_origins);
    config.page.as_deref().map(read).transpose()
}

fn beacon(config: &Config, metrics: &Metrics) -> Option<Beacon> {
    let is_on = config.beacon && config.page.is_some();
    is_on.then(|| Beacon::new(Arc::clone(&metrics.page), config.trusted_hops))
}

fn path_of(public_url: &str) -> String {
    let url = public_url.parse::<Url>();
    url.map_or_else(|_| String::new(), |url| url.path().trim_end_matches('/').to_owned())
}

/// The OpenAPI description; `docs/api.md` explains it.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// Connections that operators may hold open.
const ADMIN_CONNECTIONS: usize = 64;

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
