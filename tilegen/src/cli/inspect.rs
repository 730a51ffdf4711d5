//! The contents of an archive or of one tile, as JSON.

use serde_json::{Map, Value, json};
use tilecore::archive::{Lookup, MAX_TILE_BYTES, gunzip};
use tilecore::mvt::{self, GeometryKind, Value as Attribute};
use tilecore::{ArchiveDigest, TileCoord};

use crate::publish::verify::{VerifyError, open, slice};

/// Header, metadata and sizes of an archive.
pub(crate) fn inspect_archive(archive: &[u8]) -> Result<Value, VerifyError> {
    let (header, index) = open(archive)?;
    let metadata: Value =
        serde_json::from_slice(&header.unpack_metadata(slice(archive, &header.metadata))?)?;
    Ok(json!({
        "digest": ArchiveDigest::of(archive),
        "bytes": archive.len(),
        "tiles": index.tile_count(),
        "entries": index.entries().len(),
        "contents": header.tile_contents,
        "clustered": header.is_clustered,
        "minzoom": header.minzoom,
        "maxzoom": header.maxzoom,
        "bounds": header.bounds,
        "center": header.center,
        "metadata": metadata,
    }))
}

/// Every feature of one tile with its attributes, or `None` if the archive has no such tile.
pub(crate) fn inspect_tile(archive: &[u8], coord: TileCoord) -> Result<Option<Value>, VerifyError> {
    let (_, index) = open(archive)?;
    let Lookup::Found { bytes, .. } = index.find(coord) else { return Ok(None) };
    let stored = slice(archive, &bytes);
    let plain =
        gunzip(stored, MAX_TILE_BYTES).map_err(|source| VerifyError::Gzip { coord, source })?;
    let decode = |source| VerifyError::Decode { coord, source };
    let mut layers = Vec::new();
    for layer in mvt::decode(&plain).map_err(decode)? {
        let mut features = Vec::new();
        for feature in layer.features() {
            let feature = feature.map_err(decode)?;
            let parts = feature.parts().map_err(decode)?;
            let mut properties = Map::new();
            for tag in layer.tags(feature) {
                let (key, value) = tag.map_err(decode)?;
                properties.insert(layer.keys[key].to_owned(), plain_value(layer.values[value]));
            }
            features.push(match (feature.kind, &*parts) {
                (GeometryKind::Point, [point]) if point.len() == 1 => {
                    json!({ "x": point[0].0, "y": point[0].1, "properties": properties })
                }
                _ => json!({ "parts": parts, "properties": properties }),
            });
        }
        layers.push(json!({ "name": layer.name, "extent": layer.extent, "features": features }));
    }
    Ok(Some(json!({
        "tile": coord.to_string(),
        "stored_bytes": stored.len(),
        "plain_bytes": plain.len(),
        "layers": layers,
    })))
}

fn plain_value(value: Attribute<'_>) -> Value {
    match value {
        Attribute::Text(text) => text.into(),
        Attribute::Float(number) => number.into(),
        Attribute::Double(number) => number.into(),
        Attribute::Int(number) => number.into(),
        Attribute::Uint(number) => number.into(),
        Attribute::Bool(flag) => flag.into(),
    }
}
