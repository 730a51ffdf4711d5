//! Tests of the built server, `tileserve`, one file a subject. One program, because each program is linked on its own.

mod access;
mod archives;
mod attack;
mod common;
mod composition;
mod connections;
mod documents;
mod following;
mod headers;
mod http;
mod limits;
mod metrics;
mod page;
mod people;
mod program;
mod raw;
mod rebuild;
mod reload;
mod retries;
mod tables;
mod tls;
#[cfg(feature = "otlp")]
mod traces;
