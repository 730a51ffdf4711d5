//! Mapbox Vector Tiles 2.1: an encoder of point layers, a strict and independent decoder, and the merging
//! of tiles.

mod decode;
mod encode;
mod merge;

pub use decode::{DecodeError, Feature, GeometryKind, Layer, Value, decode};
pub use encode::{PointLayerEncoder, Tags};
pub use merge::{MergeError, merge};

#[cfg(test)]
mod tests;
