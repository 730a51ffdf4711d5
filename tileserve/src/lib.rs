//! The tile server: archives out of a store, over HTTP.
//!
//! A request runs top to bottom through the modules: `route` reads the address, `generation` knows
//! which archive that is, `archive` finds the tile, `reply` says it with the right headers. Beside
//! them the `follower` watches the store and swaps the whole generation.

pub mod access;
pub mod admin;
pub mod answer_log;
pub mod archive;
pub mod body;
pub mod catalog;
pub mod config;
mod connections;
pub mod disk;
pub mod document;
pub mod encoding;
pub mod etag;
pub mod finish;
pub mod follower;
pub mod generation;
mod heads;
pub mod health;
pub mod limits;
pub mod logging;
pub mod memory;
pub mod metrics;
pub mod page;
pub mod patience;
pub mod policy;
pub mod probe;
pub mod random;
pub mod ranges;
pub mod reload;
pub mod reply;
pub mod route;
pub mod serve;
pub mod service;
pub mod store;
pub mod styles;
pub mod table;
pub mod tile_cache;
pub mod tls;
pub mod traces;

pub use config::{Args, Config, ConfigError};
pub use serve::{ServeError, Server};
