//! The grid of tiles and cells.
//!
//! `hilbert` is the curve, `coord` has tile addresses on it, `mercator` the projection, and `cell` the
//! cells that nest in tiles.

pub mod cell;
pub mod coord;
pub mod hilbert;
pub mod mercator;
