//! Starts and stops the server, and accepts its connections.
//!
//! Read `serve` first: it builds the server from the configuration. `connections` accepts clients,
//! with `tls` for encryption, `clients` for the connections of each client, `timeouts` for the timeouts of
//! a stream, `tracked_service` for the responses in flight of HTTP/1, and `activity` for those of
//! HTTP/2. `reload` reads changed files again. `probe` is the client side: the health
//! check of a container.

mod activity;
mod clients;
mod connections;
pub mod probe;
mod reload;
mod serve;
pub mod timeouts;
pub mod tls;
mod tracked_service;

pub use self::serve::{ServeError, Server};
