//! Verifies feature archives: each tile has only the layers and attributes that the metadata describe,
//! and the totals are right.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;
use tilecore::TileCoord;
use tilecore::archive::{ArchiveIndex, MAX_TILE_BYTES, gunzip};
use tilecore::mvt::{self, GeometryKind, Value};

use super::error::VerifyError;
use super::metadata::VectorLayer;
use super::reader::stored_tiles;
use crate::tiles::feature_tile::{FeatureTotals, TileStats, totals};

/// The part of the metadata that can be checked against the tiles.
#[derive(Deserialize)]
pub(super) struct FeatureMetadata {
    vector_layers: Vec<VectorLayer>,
    sum_of: Option<String>,
    totals: BTreeMap<u8, FeatureTotals>,
}

/// Decodes every tile and compares the totals with the metadata.
pub(super) fn check(
    index: &ArchiveIndex,
    archive: &[u8],
    metadata: &FeatureMetadata,
) -> Result<BTreeMap<u8, FeatureTotals>, VerifyError> {
    let counted: Vec<(u8, TileStats)> = stored_tiles(index, archive)
        .map(|(coord, stored)| Ok((coord.z(), read_tile(coord, stored, metadata)?)))
        .collect::<Result<_, VerifyError>>()?;
    check_totals(&counted, &metadata.totals)
}

/// Adds up the tiles of each zoom, in tile order, and compares the totals with those of the metadata.
pub(super) fn check_totals(
    counted: &[(u8, TileStats)],
    declared: &BTreeMap<u8, FeatureTotals>,
) -> Result<BTreeMap<u8, FeatureTotals>, VerifyError> {
    let zooms = totals(counted);
    for &zoom in zooms.keys().chain(declared.keys()) {
        let of =
            |zooms: &BTreeMap<u8, FeatureTotals>| zooms.get(&zoom).copied().unwrap_or_default();
        let (declared, found) = (of(declared), of(&zooms));
        if declared != found {
            return Err(VerifyError::FeatureTotals { zoom, declared, found });
        }
    }
    Ok(zooms)
}

fn read_tile(
    coord: TileCoord,
    stored: &[u8],
    metadata: &FeatureMetadata,
) -> Result<TileStats, VerifyError> {
    let plain =
        gunzip(stored, MAX_TILE_BYTES).map_err(|source| VerifyError::Gzip { coord, source })?;
    let decode = |source| VerifyError::Decode { coord, source };
    let wrong = |fault| VerifyError::Content { coord, fault };
    let mut seen = TileStats { features: 0, sum: metadata.sum_of.as_ref().map(|_| 0.0) };
    for layer in mvt::decode(&plain).map_err(decode)? {
        let declared = metadata.vector_layers.iter().find(|declared| declared.id == layer.name);
        let declared = declared.ok_or_else(|| wrong("its layer is not in the metadata"))?;
        if !layer.keys.iter().all(|&key| declared.fields.contains_key(key)) {
            return Err(wrong("one of its attributes is not in the metadata"));
        }
        let summed = layer.keys.iter().position(|&key| metadata.sum_of.as_deref() == Some(key));
        let inside = 0..i64::from(layer.extent);
        for feature in layer.features() {
            let feature = feature.map_err(decode)?;
            if feature.kind == GeometryKind::Point {
                let (x, y) = feature.point().map_err(decode)?;
                if !(inside.contains(&x) && inside.contains(&y)) {
                    return Err(wrong("a point is outside the tile"));
                }
            } else {
                feature.parts().map_err(decode)?;
            }
            for tag in layer.tags(feature) {
                let (key, value) = tag.map_err(decode)?;
                if Some(key) == summed {
                    let value = number(&layer.values[value]);
                    let value = value.ok_or_else(|| wrong("an attribute is not a number"))?;
                    seen.sum = seen.sum.map(|sum| sum + value);
                }
            }
            seen.features += 1;
        }
    }
    if seen.features == 0 { Err(wrong("it is empty")) } else { Ok(seen) }
}

const fn number(value: &Value<'_>) -> Option<f64> {
    match *value {
        Value::Uint(number) => Some(number as f64),
        Value::Double(number) => Some(number),
        Value::Text(_) | Value::Float(_) | Value::Int(_) | Value::Bool(_) => None,
    }
}
