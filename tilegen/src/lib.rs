//! Batch generator of foodmap: order parquet and vendor snapshots in, PMTiles archives out.
//!
//! A density build reads top to bottom in [`density`]: source, validate, bin, tile, archive,
//! verify, publish. A build of areas reads the same way in [`area_layers`].

mod archive;
pub mod area;
pub mod area_layers;
pub mod area_orders;
mod area_tiles;
pub mod bin;
pub mod buckets;
pub mod calendar;
pub mod catalog;
mod clip;
pub mod config;
mod count;
pub mod coverage;
pub mod dedup;
pub mod density;
pub mod distinct;
pub mod drawn;
pub mod fetch;
pub mod floor;
pub mod grade;
pub mod inspect;
pub mod lease;
pub mod lineage;
pub mod lines;
pub mod metrics;
pub mod order;
pub mod order_input;
pub mod packer;
pub mod period;
pub mod population;
pub mod progress;
pub mod publish;
mod pyramid;
pub mod quantiles;
pub mod rejects;
pub mod report;
pub mod requests;
pub mod runs;
pub mod sample;
pub mod schedule;
pub mod snapshot;
pub mod source;
pub mod store;
pub mod tile;
mod topology;
pub mod validate;
pub mod vendor;
pub mod verify;
pub mod window;
