//! The tile server: archives out of a store, over HTTP.
//!
//! Each module is a room, and a room imports only from those below it. From top to bottom:
//! [`server`] accepts connections, [`config`] reads the settings, [`handlers`] answer requests,
//! [`http`] reads and writes what HTTP defines, [`map`] follows the published map, [`storage`] reads
//! archives and caches tiles, [`telemetry`] counts and logs, and [`values`] holds small shared types.

pub mod config;
pub mod handlers;
pub mod http;
pub mod map;
pub mod server;
pub mod storage;
pub mod telemetry;
pub mod values;

pub use config::{Args, Config, ConfigError};
pub use server::{ServeError, Server};
