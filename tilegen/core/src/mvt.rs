//! Mapbox Vector Tiles 2.1: an encoder of point layers, and a strict reader that owes it nothing.

mod decode;
mod encode;
mod varint;

pub use decode::{DecodeError, Feature, GeometryKind, Layer, Value, decode};
pub use encode::{PointLayerEncoder, Tags};

#[cfg(test)]
mod tests;
