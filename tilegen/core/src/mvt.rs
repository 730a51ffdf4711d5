//! Mapbox Vector Tiles 2.1: an encoder of point layers, a strict and independent decoder, the merging
//! of tiles, and the packed columns of timeline tiles.

mod columns;
mod decode;
mod encode;
mod merge;

pub use columns::{
    ColumnError, ColumnWriter, Columns, MAX_COUNTS, MAX_KEYS, Row, Schema, decode_columns,
    decode_rows,
};
pub use decode::{DecodeError, Feature, GeometryKind, Layer, Value, decode};
pub use encode::{PointLayerEncoder, Tags};
pub use merge::{MergeError, merge};

#[cfg(test)]
mod tests;
