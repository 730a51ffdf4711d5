//! Arguments: what was written on the command line, or in the environment.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use url::Url;

/// Serves the tiles of a store, and the page that shows them.
#[derive(Clone, Debug, Default, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do instead of serving
    #[command(subcommand)]
    pub job: Option<Job>,
    /// Look whether the configuration can be used, name everything that is wrong with it, and end
    #[arg(long)]
    pub check_config: bool,
    /// Configuration file (TOML); what is given here on the command line goes before it
    #[arg(long, value_name = "FILE", env = "TILESERVE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder or URL (file, s3, gs, az, http, https) that holds archives and manifests
    #[arg(long, value_name = "URL", env = "TILESERVE_STORE")]
    pub store: Option<String>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "TILESERVE_LISTEN")]
    pub listen: Option<String>,
    /// Address and port for metrics and health, which only those who run the server should reach
    #[arg(long, value_name = "ADDR", env = "TILESERVE_ADMIN_LISTEN")]
    pub admin_listen: Option<String>,
    /// Serve internal layers too; only for a private network
    #[arg(long, env = "TILESERVE_SERVE_INTERNAL")]
    pub serve_internal: bool,
    /// Folder of the built page, served at /
    #[arg(long, value_name = "DIR", env = "TILESERVE_PAGE")]
    pub page: Option<PathBuf>,
    /// What the URLs in TileJSON begin with, as clients see this server
    #[arg(long, value_name = "URL", env = "TILESERVE_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Threads that answer requests [default: one a core]
    #[arg(long, value_name = "N", env = "TILESERVE_THREADS")]
    pub threads: Option<usize>,
    /// Megabytes of archives kept in memory [default: 512]
    #[arg(long, value_name = "MB", env = "TILESERVE_MEMORY_MB")]
    pub memory_mb: Option<u64>,
}

/// What the program does beside serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Job {
    /// Print the query that opens a part of the map to whoever has it
    Sign {
        /// What it opens, with all below it: /v1/tiles/density/30d
        prefix: String,
        /// File with the keys that sign; the first one does
        #[arg(long, value_name = "FILE")]
        keys: PathBuf,
        /// Hours for which it does
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        hours: u32,
    },
    /// Ask a running server how it is, and end with status 0 if it answers 200
    Health {
        /// What to ask
        #[arg(value_name = "URL", default_value = "http://127.0.0.1:8080/health/live")]
        url: Url,
    },
}
