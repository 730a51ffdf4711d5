//! What the metadata of every archive say about its layers.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The part of every archive's metadata that can be checked against the tiles.
#[derive(Deserialize)]
pub(super) struct LayerClaims {
    pub(super) vector_layers: Vec<LayerClaim>,
}

/// What the metadata say about one source layer.
#[derive(Deserialize)]
pub(super) struct LayerClaim {
    pub(super) id: String,
    pub(super) fields: BTreeMap<String, String>,
}
