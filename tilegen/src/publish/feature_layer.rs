//! Feature layers (vendors, coverage cells, areas, population dots): encodes their tiles as an archive,
//! stores it, and returns its manifest entry.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tilecore::archive::{FORMAT_VERSION, WriteError};
use tilecore::manifest::LayerEntry;
use tilecore::{ArchiveDigest, LayerSpec, Slot};

use crate::publish::{Provenance, PublishError, store_archive};
use crate::store::Store;
use crate::tiles::archive::{EncodedArchive, write};
use crate::tiles::feature_tile::{FeatureTile, FeatureTotals, totals};

/// Names and descriptions of the attributes of one source layer.
pub(crate) type Fields = Vec<(String, String)>;

/// Attributes with fixed names.
pub(crate) fn fields(fields: &[(&str, &str)]) -> Fields {
    fields.iter().map(|&(name, description)| (name.to_owned(), description.to_owned())).collect()
}

/// The metadata of a feature archive.
pub(crate) struct FeatureLayerMetadata {
    pub(crate) layer: LayerSpec,
    /// Attributes, for each source layer of `layer`.
    pub(crate) fields: Vec<Fields>,
    /// The attribute that verification adds up. Every tile must then have a sum.
    pub(crate) sum_of: Option<&'static str>,
    /// Further metadata.
    pub(crate) extra: Map<String, Value>,
}

/// Encodes tiles, sorted by tile id, as an archive in memory.
pub(crate) fn encode(
    tiles: &[FeatureTile],
    metadata: FeatureLayerMetadata,
) -> Result<EncodedArchive, WriteError> {
    let FeatureLayerMetadata { layer, fields, sum_of, extra } = metadata;
    let describe = |(&id, fields): (&&str, Fields)| {
        let fields: Map<_, _> = fields
            .into_iter()
            .map(|(name, description)| (name, Value::from(description)))
            .collect();
        json!({
            "id": id,
            "description": layer.description,
            "minzoom": layer.minzoom,
            "maxzoom": layer.maxzoom,
            "fields": fields,
        })
    };
    let layers: Vec<_> = layer.source_layers.iter().zip(fields).map(describe).collect();
    let counted: Vec<_> = tiles.iter().map(|tile| (tile.tile.coord.z(), tile.stats)).collect();
    let mut metadata = json!({
        "name": layer.id,
        "description": layer.description,
        "type": "overlay",
        "format": "pbf",
        "format_version": FORMAT_VERSION,
        "vector_layers": layers,
        "totals": totals(&counted),
    });
    if let Value::Object(metadata) = &mut metadata {
        metadata.extend(extra);
        if let Some(sum_of) = sum_of {
            metadata.insert("sum_of".to_owned(), sum_of.into());
        }
    }
    write(tiles.iter().map(|tile| &tile.tile), layer, &metadata)
}

/// A published feature archive.
#[derive(Clone, Debug, Serialize)]
pub struct FeatureLayerReport {
    /// Layer.
    pub layer: &'static str,
    /// Digest of its bytes.
    pub digest: ArchiveDigest,
    /// Length in bytes.
    pub bytes: u64,
    /// Largest stored tile, in bytes.
    pub largest_tile: u32,
    /// Totals by zoom.
    pub zooms: BTreeMap<u8, FeatureTotals>,
}

/// Stores and verifies an archive with data of one day.
pub(crate) fn store_feature_layer(
    store: &Store,
    layer: LayerSpec,
    archive: &EncodedArchive,
    provenance: &Provenance,
    day: Date,
) -> Result<(LayerEntry, FeatureLayerReport), PublishError> {
    let slot = Slot::now();
    let stored = store_archive(store, layer.id, &slot, &archive.bytes, &archive.hashes)?;
    let entry = stored.entry(layer, slot, archive, provenance, (day, day));
    let report = FeatureLayerReport {
        layer: layer.id,
        digest: stored.digest(),
        bytes: stored.bytes(),
        largest_tile: stored.verified.largest_tile,
        zooms: stored.verified.feature_totals,
    };
    Ok((entry, report))
}
