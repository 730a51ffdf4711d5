//! Drawn layers: tiles whose features are drawn as they are (vendors, cells of coverage, areas,
//! dots) become an archive, and that archive an entry of the manifest.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tilecore::archive::WriteError;
use tilecore::manifest::LayerEntry;
use tilecore::{ArchiveDigest, LayerSpec, Slot};

use crate::publish::{Origin, PublishError, store_archive};
use crate::store::{GENERATOR, Store};
use crate::tiles::archive::{EncodedArchive, write};
use crate::tiles::feature_tile::{DrawnTile, DrawnTotals, totals};

/// Names and meanings of the attributes of one source layer.
pub(crate) type Fields = Vec<(String, String)>;

/// Attributes whose names are known beforehand.
pub(crate) fn fields(fields: &[(&str, &str)]) -> Fields {
    fields.iter().map(|&(name, words)| (name.to_owned(), words.to_owned())).collect()
}

/// What is said about an archive beside its tiles.
pub(crate) struct DrawnFacts {
    pub(crate) layer: LayerSpec,
    /// Attributes, for each source layer of `layer`.
    pub(crate) fields: Vec<Fields>,
    /// The attribute that verification adds up. Every tile must then have a sum.
    pub(crate) sum_of: Option<&'static str>,
    /// Whatever else the metadata say.
    pub(crate) more: Map<String, Value>,
}

/// Writes tiles, which come by rising id, as an archive in memory.
pub(crate) fn encode(tiles: &[DrawnTile], facts: DrawnFacts) -> Result<EncodedArchive, WriteError> {
    let DrawnFacts { layer, fields, sum_of, more } = facts;
    let describe = |(&id, fields): (&&str, Fields)| {
        let fields: Map<_, _> =
            fields.into_iter().map(|(name, words)| (name, Value::from(words))).collect();
        json!({
            "id": id,
            "description": layer.description,
            "minzoom": layer.minzoom,
            "maxzoom": layer.maxzoom,
            "fields": fields,
        })
    };
    let layers: Vec<_> = layer.source_layers.iter().zip(fields).map(describe).collect();
    let counted: Vec<_> = tiles.iter().map(|tile| (tile.tile.coord.z(), tile.figures)).collect();
    let mut metadata = json!({
        "name": layer.id,
        "description": layer.description,
        "type": "overlay",
        "format": "pbf",
        "generator": GENERATOR,
        "vector_layers": layers,
        "totals": totals(&counted),
    });
    if let Value::Object(metadata) = &mut metadata {
        metadata.extend(more);
        if let Some(sum_of) = sum_of {
            metadata.insert("sum_of".to_owned(), sum_of.into());
        }
    }
    write(tiles.iter().map(|tile| &tile.tile), layer, &metadata)
}

/// One archive of drawn features.
#[derive(Clone, Debug, Serialize)]
pub struct DrawnReport {
    /// Layer.
    pub layer: &'static str,
    /// Name of its bytes.
    pub digest: ArchiveDigest,
    /// Length of the archive.
    pub bytes: u64,
    /// Largest stored tile, in bytes.
    pub largest_tile: u32,
    /// What is shown, by zoom.
    pub zooms: BTreeMap<u8, DrawnTotals>,
}

/// Stores and verifies an archive made from data of one day.
pub(crate) fn store_drawn(
    store: &Store,
    layer: LayerSpec,
    archive: &EncodedArchive,
    origin: &Origin,
    day: Date,
) -> Result<(LayerEntry, DrawnReport), PublishError> {
    let slot = Slot::now();
    let stored = store_archive(store, layer.id, &slot, &archive.bytes, &archive.hashes)?;
    let entry = stored.entry(layer, slot, archive, origin, (day, day));
    let report = DrawnReport {
        layer: layer.id,
        digest: stored.digest(),
        bytes: stored.bytes(),
        largest_tile: stored.verified.largest_tile,
        zooms: stored.verified.drawn,
    };
    Ok((entry, report))
}
