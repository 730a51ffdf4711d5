//! Arguments: what was written on the command line, or in the environment.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use url::Url;

/// Serve the map tiles of a store, and the page that shows them.
#[derive(Clone, Debug, Default, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Arguments override environment variables, which override the configuration file. \
                  Credentials of a store come from the environment only.\n\n\
                  Example: tileserve --store /var/lib/foodmap/store --page public/dist"
)]
pub struct Args {
    /// What to do instead of serving
    #[command(subcommand)]
    pub job: Option<Job>,
    /// Check the configuration and the files of tokens, keys and certificates, report errors, and exit
    #[arg(long)]
    pub check_config: bool,
    /// Read the configuration from this TOML file
    #[arg(long, value_name = "FILE", env = "TILESERVE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Serve the map in this store: a folder, or a URL (file, s3, gs, az, http or https)
    #[arg(long, value_name = "URL", env = "TILESERVE_STORE")]
    pub store: Option<String>,
    /// Listen on this address and port [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "TILESERVE_LISTEN")]
    pub listen: Option<String>,
    /// Listen on this address and port for metrics, health checks and rebuild requests of operators
    ///
    /// This listener has no access control except for rebuilds. Keep it on an internal network. Without
    /// it there are no metrics.
    #[arg(long, value_name = "ADDRESS", env = "TILESERVE_ADMIN_LISTEN")]
    pub admin_listen: Option<String>,
    /// Serve internal layers to every client
    ///
    /// Use it only on a private network: any client that reaches the port sees them.
    #[arg(long, env = "TILESERVE_SERVE_INTERNAL")]
    pub serve_internal: bool,
    /// Serve the built page in this folder at /
    #[arg(long, value_name = "DIR", env = "TILESERVE_PAGE")]
    pub page: Option<PathBuf>,
    /// Use this URL of the server, as clients see it, in TileJSON and styles
    ///
    /// Without it, their URLs begin with the listen address if that is a loopback address, otherwise with
    /// a slash.
    #[arg(long, value_name = "URL", env = "TILESERVE_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Answer requests with this many threads [default: one per core]
    #[arg(long, value_name = "N", env = "TILESERVE_THREADS")]
    pub threads: Option<usize>,
    /// Keep up to this many megabytes of archives in memory [default: 512]
    #[arg(long, value_name = "MB", env = "TILESERVE_MEMORY_MB")]
    pub memory_mb: Option<u64>,
}

/// What the program does other than serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Job {
    /// Print the query string of a signed URL, which gives access to a part of the map
    Sign {
        /// The path to give access to, with everything below it, such as /v1/tiles/density/30d
        #[arg(value_name = "PATH")]
        prefix: String,
        /// Sign with the first key of this file
        #[arg(long, value_name = "FILE")]
        keys: PathBuf,
        /// Let the signature expire after this many hours
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        hours: u32,
    },
    /// Check a running server: exit with status 0 if it answers 200, otherwise with status 1
    Health {
        /// The URL to request
        #[arg(value_name = "URL", default_value = "http://127.0.0.1:8080/health/live")]
        url: Url,
    },
}
