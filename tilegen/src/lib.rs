//! Batch generator of foodmap: order parquet and vendor snapshots in, PMTiles archives out.

pub mod sample;
