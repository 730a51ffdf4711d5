//! Verification of archives of points that are no density: every tile is read, and what the
//! metadata claim of it is counted again.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tilecore::archive::gunzip;
use tilecore::mvt::{self, Value};
use tilecore::{TileCoord, TileHash};

use super::{MAX_TILE, VerifyError, check_hashes, check_order, coords, open, part};

/// What is true of an archive of points that passed.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedPoints {
    /// Entries of the directories.
    pub entries: usize,
    /// Length in bytes of the largest stored tile.
    pub largest_tile: u32,
    /// Figures by zoom, as counted from the tiles.
    pub zooms: BTreeMap<u8, PointTotals>,
}

/// What the tiles of a zoom add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointTotals {
    /// Tiles.
    pub tiles: u64,
    /// Features.
    pub features: u64,
    /// Sum of the attribute that the metadata name as `sum_of`, to the nearest whole number; 0
    /// where they name none.
    pub sum: u64,
}

#[derive(Deserialize)]
struct Claims {
    vector_layers: Vec<LayerClaim>,
    sum_of: Option<String>,
    totals: BTreeMap<u8, PointTotals>,
}

#[derive(Deserialize)]
struct LayerClaim {
    id: String,
    fields: BTreeMap<String, String>,
}

/// Checks an archive of points and, where they are at hand, the hashes of its tiles.
pub fn verify_points(
    archive: &[u8],
    hashes: Option<&[TileHash]>,
) -> Result<VerifiedPoints, VerifyError> {
    let (header, index) = open(archive)?;
    let claims: Claims =
        serde_json::from_slice(&header.unpack_metadata(part(archive, &header.metadata))?)?;
    check_order(&index)?;
    check_hashes(&index, archive, hashes)?;
    let tiles: Vec<(TileCoord, u64, f64)> = index
        .entries()
        .par_iter()
        .flat_map_iter(|entry| coords(entry).map(move |coord| (coord, entry)))
        .map(|(coord, entry)| {
            let (features, sum) =
                read_tile(coord, part(archive, &index.file_range(entry)), &claims)?;
            Ok((coord, features, sum))
        })
        .collect::<Result<_, VerifyError>>()?;
    let zooms = totals(&tiles);
    for zoom in header.minzoom..=header.maxzoom {
        let of =
            |totals: &BTreeMap<u8, PointTotals>| totals.get(&zoom).copied().unwrap_or_default();
        let (said, found) = (of(&claims.totals), of(&zooms));
        if said != found {
            return Err(VerifyError::PointTotals { zoom, said, found });
        }
    }
    let largest_tile = index.entries().iter().map(|entry| entry.length).max().unwrap_or(0);
    Ok(VerifiedPoints { entries: index.entries().len(), largest_tile, zooms })
}

/// Adds tiles up by zoom, in their order.
pub(crate) fn totals(tiles: &[(TileCoord, u64, f64)]) -> BTreeMap<u8, PointTotals> {
    let mut sums: BTreeMap<u8, (PointTotals, f64)> = BTreeMap::new();
    for (coord, features, sum) in tiles {
        let (totals, all) = sums.entry(coord.z()).or_default();
        totals.tiles += 1;
        totals.features += features;
        *all += sum;
    }
    let rounded =
        |(totals, sum): (PointTotals, f64)| PointTotals { sum: sum.round() as u64, ..totals };
    sums.into_iter().map(|(zoom, sums)| (zoom, rounded(sums))).collect()
}

fn read_tile(coord: TileCoord, stored: &[u8], claims: &Claims) -> Result<(u64, f64), VerifyError> {
    let plain = gunzip(stored, MAX_TILE).map_err(|source| VerifyError::Gzip { coord, source })?;
    let decode = |source| VerifyError::Decode { coord, source };
    let wrong = |fault| VerifyError::Content { coord, fault };
    let layers = mvt::decode(&plain).map_err(decode)?;
    let ([layer], [claimed]) = (layers.as_slice(), claims.vector_layers.as_slice()) else {
        return Err(wrong("it has not exactly one layer"));
    };
    if layer.name != claimed.id || !layer.keys.iter().all(|&key| claimed.fields.contains_key(key)) {
        return Err(wrong("its layer or attributes are not those of the metadata"));
    }
    let summed = layer.keys.iter().position(|&key| claims.sum_of.as_deref() == Some(key));
    let inside = 0..i64::from(layer.extent);
    let (mut features, mut sum) = (0, 0.0);
    for feature in layer.features() {
        let feature = feature.map_err(decode)?;
        let (x, y) = feature.point().map_err(decode)?;
        if !(inside.contains(&x) && inside.contains(&y)) {
            return Err(wrong("a feature lies outside its tile"));
        }
        features += 1;
        for tag in layer.tags(feature) {
            let (key, value) = tag.map_err(decode)?;
            if Some(key) == summed {
                sum += match layer.values[value] {
                    Value::Uint(number) => number as f64,
                    Value::Double(number) => number,
                    Value::Text(_) | Value::Float(_) | Value::Int(_) | Value::Bool(_) => {
                        return Err(wrong("an attribute is no number"));
                    }
                };
            }
        }
    }
    if features == 0 { Err(wrong("it is empty")) } else { Ok((features, sum)) }
}
