//! Tile and cell addresses, layers, slots, manifests and PMTiles archives of foodmap.
//!
//! The types that the generator and the server share. Except for `process`, nothing here reads a clock,
//! a file or a socket: functions take bytes and return values.

pub mod archive;
pub mod config_file;
pub mod digest;
pub mod error;
mod grid;
pub mod hash;
pub mod layer;
pub mod lineage;
pub mod manifest;
pub mod mvt;
pub mod object_key;
pub mod process;
pub mod slot;
pub mod text;
pub mod varint;

pub use cell::{Cell, CellKey, DEEPEST_LEVEL, LngLat};
pub use coord::{CoordError, TileCoord, TileId};
pub use digest::{ArchiveDigest, TileHash};
pub use grid::{cell, coord, hilbert, mercator};
pub use layer::{LAYERS, LayerSpec, Visibility};
pub use manifest::{Job, JobError, rebuild_request};
pub use slot::{Slot, SlotError};
