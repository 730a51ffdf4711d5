//! Archives of drawn features: each tile has only what the metadata describe, and all of it.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;
use tilecore::TileCoord;
use tilecore::archive::{ArchiveIndex, gunzip};
use tilecore::mvt::{self, GeometryKind, Value};

use super::claims::LayerClaim;
use super::error::VerifyError;
use super::reading::{MAX_TILE, stored_tiles};
use crate::tiles::feature_tile::{DrawnTotals, TileFigures, totals};

/// The part of the metadata that can be checked against the tiles.
#[derive(Deserialize)]
pub(super) struct Claims {
    vector_layers: Vec<LayerClaim>,
    sum_of: Option<String>,
    totals: BTreeMap<u8, DrawnTotals>,
}

/// Reads every tile and adds up what there is.
pub(super) fn check(
    index: &ArchiveIndex,
    archive: &[u8],
    claims: &Claims,
) -> Result<BTreeMap<u8, DrawnTotals>, VerifyError> {
    let counted: Vec<(u8, TileFigures)> = stored_tiles(index, archive)
        .map(|(coord, stored)| Ok((coord.z(), read_tile(coord, stored, claims)?)))
        .collect::<Result<_, VerifyError>>()?;
    let zooms = totals(&counted);
    for &zoom in zooms.keys().chain(claims.totals.keys()) {
        let of = |zooms: &BTreeMap<u8, DrawnTotals>| zooms.get(&zoom).copied().unwrap_or_default();
        let (said, found) = (of(&claims.totals), of(&zooms));
        if said != found {
            return Err(VerifyError::DrawnTotals { zoom, said, found });
        }
    }
    Ok(zooms)
}

fn read_tile(coord: TileCoord, stored: &[u8], claims: &Claims) -> Result<TileFigures, VerifyError> {
    let plain = gunzip(stored, MAX_TILE).map_err(|source| VerifyError::Gzip { coord, source })?;
    let decode = |source| VerifyError::Decode { coord, source };
    let wrong = |fault| VerifyError::Content { coord, fault };
    let mut seen = TileFigures { features: 0, sum: claims.sum_of.as_ref().map(|_| 0.0) };
    for layer in mvt::decode(&plain).map_err(decode)? {
        let claimed = claims.vector_layers.iter().find(|claimed| claimed.id == layer.name);
        let claimed = claimed.ok_or_else(|| wrong("the metadata do not have its layer"))?;
        if !layer.keys.iter().all(|&key| claimed.fields.contains_key(key)) {
            return Err(wrong("the metadata do not have all of its attributes"));
        }
        let summed = layer.keys.iter().position(|&key| claims.sum_of.as_deref() == Some(key));
        let inside = 0..i64::from(layer.extent);
        for feature in layer.features() {
            let feature = feature.map_err(decode)?;
            if feature.kind == GeometryKind::Point {
                let (x, y) = feature.point().map_err(decode)?;
                if !(inside.contains(&x) && inside.contains(&y)) {
                    return Err(wrong("a point lies outside its tile"));
                }
            } else {
                feature.parts().map_err(decode)?;
            }
            for tag in layer.tags(feature) {
                let (key, value) = tag.map_err(decode)?;
                if Some(key) == summed {
                    let value = number(&layer.values[value]);
                    let value = value.ok_or_else(|| wrong("an attribute is no number"))?;
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
