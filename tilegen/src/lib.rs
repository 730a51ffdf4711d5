//! Batch generator of foodmap: it reads orders (Parquet), vendor snapshots and area files, and
//! publishes PMTiles archives, tables and manifests.
//!
//! Each module is a room, listed here from top to bottom. A room imports only from rooms below it,
//! and `scripts/check arrows` verifies that. Start with [`density::build`]: it reads like the
//! pipeline, from order files to a published manifest.

pub mod cli;

pub mod catalog;

pub mod areas;
pub mod density;
pub mod vendors;

pub mod publish;

pub mod orders;
pub mod polygons;
pub mod tiles;

pub mod config;
pub mod store;
pub mod telemetry;

pub mod sample;
