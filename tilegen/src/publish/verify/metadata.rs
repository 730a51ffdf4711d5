//! The part of the metadata that every archive has.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The part of every archive's metadata that can be checked against the tiles.
#[derive(Deserialize)]
pub(super) struct ArchiveMetadata {
    pub(super) vector_layers: Vec<VectorLayer>,
}

/// One source layer in the metadata.
#[derive(Deserialize)]
pub(super) struct VectorLayer {
    pub(super) id: String,
    pub(super) fields: BTreeMap<String, String>,
}
