//! Answers requests: one handler for each kind of address.
//!
//! Read `service` first: each request passes through it. It asks `router`, which calls one of
//! `tiles`, `composed`, `archives`, `tables`, `documents`, `session`, `styles`, `page` and `health`. They share
//! `state`, `request`, `pending` and `exchange`. `admin` answers on the listener of the operators.

pub mod admin;
mod archives;
mod composed;
mod documents;
mod exchange;
pub mod health;
pub mod page;
mod pending;
mod request;
mod router;
pub mod service;
mod session;
pub mod state;
pub mod styles;
mod tables;
mod tiles;
