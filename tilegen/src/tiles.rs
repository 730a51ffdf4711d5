//! Tiles and the archives that hold them: gzip, and the PMTiles writer.
//!
//! `grid` says where the cells of a tile lie, `gzip` compresses tiles and tables, `feature_tile` is a
//! tile of features that are drawn as they are, and `archive` writes tiles into an archive.

pub(crate) mod archive;
pub mod feature_tile;
pub mod grid;
pub mod gzip;
