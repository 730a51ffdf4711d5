//! Tiles and the archives that contain them: gzip, and the PMTiles writer.
//!
//! `grid` positions the cells of a tile, `gzip` compresses tiles and tables, `feature_tile` is a tile
//! of a feature layer, and `archive` writes tiles into an archive.

pub(crate) mod archive;
pub mod feature_tile;
pub mod grid;
pub mod gzip;
