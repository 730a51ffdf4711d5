//! Archives of drawn features: each tile has only what the metadata describe, and all of it.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;
use tilecore::TileCoord;
use tilecore::archive::{ArchiveIndex, gunzip};
use tilecore::mvt;

use super::{DrawnTotals, LayerClaim, MAX_TILE, VerifyError, stored_tiles};

/// The part of the metadata that can be checked against the tiles.
#[derive(Deserialize)]
pub(super) struct Claims {
    vector_layers: Vec<LayerClaim>,
    totals: BTreeMap<u8, DrawnTotals>,
}

/// Reads every tile and adds up what there is.
pub(super) fn check(
    index: &ArchiveIndex,
    archive: &[u8],
    claims: &Claims,
) -> Result<BTreeMap<u8, DrawnTotals>, VerifyError> {
    let counted: Vec<(u8, u64)> = stored_tiles(index, archive)
        .map(|(coord, stored)| Ok((coord.z(), read_tile(coord, stored, claims)?)))
        .collect::<Result<_, VerifyError>>()?;
    let mut zooms: BTreeMap<u8, DrawnTotals> = BTreeMap::new();
    for (zoom, features) in counted {
        let totals = zooms.entry(zoom).or_default();
        totals.tiles += 1;
        totals.features += features;
    }
    for &zoom in zooms.keys().chain(claims.totals.keys()) {
        let of = |zooms: &BTreeMap<u8, DrawnTotals>| zooms.get(&zoom).copied().unwrap_or_default();
        let (said, found) = (of(&claims.totals), of(&zooms));
        if said != found {
            return Err(VerifyError::DrawnTotals { zoom, said, found });
        }
    }
    Ok(zooms)
}

/// The number of features in a tile.
fn read_tile(coord: TileCoord, stored: &[u8], claims: &Claims) -> Result<u64, VerifyError> {
    let plain = gunzip(stored, MAX_TILE).map_err(|source| VerifyError::Gzip { coord, source })?;
    let decode = |source| VerifyError::Decode { coord, source };
    let wrong = |fault| VerifyError::Content { coord, fault };
    let mut features = 0;
    for layer in mvt::decode(&plain).map_err(decode)? {
        let claimed = claims.vector_layers.iter().find(|claimed| claimed.id == layer.name);
        let claimed = claimed.ok_or_else(|| wrong("the metadata do not have its layer"))?;
        if !layer.keys.iter().all(|&key| claimed.fields.contains_key(key)) {
            return Err(wrong("the metadata do not have all of its attributes"));
        }
        for feature in layer.features() {
            let feature = feature.map_err(decode)?;
            feature.parts().map_err(decode)?;
            layer.tags(feature).try_for_each(|tag| tag.map(drop)).map_err(decode)?;
            features += 1;
        }
    }
    if features == 0 { Err(wrong("it is empty")) } else { Ok(features) }
}
