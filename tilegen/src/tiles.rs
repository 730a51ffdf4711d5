//! Tiles and the archives that hold them: gzip, and the PMTiles writer.
//!
//! `gzip` compresses tiles and tables, `archive` writes tiles into the bytes of an archive.

pub(crate) mod archive;
pub mod gzip;
