//! Batch generator of foodmap: it reads orders (Parquet), vendor snapshots and area files, and
//! publishes PMTiles archives, tables and manifests.
//!
//! The modules are rooms, in groups from top to bottom. A room imports only from the groups below
//! its own; `scripts/check arrows` verifies that imports point downwards. Start with
//! [`density::build`]: it goes from order files to a published manifest.

pub mod cli;

pub mod catalog;

pub mod fetch;

pub mod areas;
pub mod density;
pub mod timeline;
pub mod vendors;

pub mod publish;

pub mod orders;

pub mod polygons;
pub mod tiles;

pub mod files;

pub mod config;
pub mod store;
pub mod telemetry;

pub mod sample;
