//! Verifies timeline archives: the rows of each tile are inside the tile, the month and the lines of the
//! metadata, their counts agree, and every zoom has all orders.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;
use tilecore::TileCoord;
use tilecore::archive::{ArchiveIndex, MAX_TILE_BYTES, gunzip};
use tilecore::mvt::{Row, Schema, decode_rows};

use super::error::VerifyError;
use super::features::check_totals;
use super::reader::stored_tiles;
use crate::tiles::feature_tile::{FeatureTotals, TileStats};

/// The part of the metadata that can be checked against the tiles.
#[derive(Deserialize)]
pub(super) struct TimelineMetadata {
    cell_levels: u8,
    #[serde(default)]
    lines: Vec<String>,
    totals: BTreeMap<u8, FeatureTotals>,
}

impl TimelineMetadata {
    /// Number of cells in a tile.
    fn cells(&self) -> usize {
        1usize.checked_shl(2 * u32::from(self.cell_levels)).unwrap_or(usize::MAX)
    }
}

/// Days of the longest month.
const DAYS: u16 = 31;

/// Decodes every tile and compares the totals with the metadata.
pub(super) fn check(
    index: &ArchiveIndex,
    archive: &[u8],
    schema: Schema,
    metadata: &TimelineMetadata,
) -> Result<BTreeMap<u8, FeatureTotals>, VerifyError> {
    let counted: Vec<(TileCoord, TileStats)> = stored_tiles(index, archive)
        .map(|(coord, stored)| Ok((coord, read_tile(coord, stored, schema, metadata)?)))
        .collect::<Result<_, VerifyError>>()?;
    let stats: Vec<_> = counted.iter().map(|(coord, stats)| (coord.z(), *stats)).collect();
    let zooms = check_totals(&stats, &metadata.totals)?;
    // A user counts in each cell of a zoom, but an order only once.
    if schema.counts[0] == "orders" {
        let mut zooms = zooms.iter();
        let first = zooms.next();
        let other =
            zooms.find(|(_, totals)| first.is_some_and(|(_, first)| first.sum != totals.sum));
        if let Some(((&zoom, &declared), (_, &found))) = first.zip(other) {
            return Err(VerifyError::FeatureTotals { zoom, declared, found });
        }
    }
    Ok(zooms)
}

fn read_tile(
    coord: TileCoord,
    stored: &[u8],
    schema: Schema,
    metadata: &TimelineMetadata,
) -> Result<TileStats, VerifyError> {
    let plain =
        gunzip(stored, MAX_TILE_BYTES).map_err(|source| VerifyError::Gzip { coord, source })?;
    let rows =
        decode_rows(&plain, schema).map_err(|source| VerifyError::Columns { coord, source })?;
    for row in &rows {
        if let Some(fault) = fault(row, schema, metadata) {
            return Err(VerifyError::Content { coord, fault });
        }
    }
    let orders: u64 = rows.iter().map(|row| u64::from(row.counts[0])).sum();
    Ok(TileStats { features: rows.len() as u64, sum: Some(orders as f64) })
}

/// What is wrong with a row.
fn fault(row: &Row, schema: Schema, metadata: &TimelineMetadata) -> Option<&'static str> {
    for (name, &key) in schema.keys.iter().zip(&row.keys) {
        let (limit, fault) = match *name {
            "cell" => (metadata.cells(), "a cell is outside the tile"),
            "line" => (metadata.lines.len(), "a line is not in the metadata"),
            "day" => (usize::from(DAYS), "a day is not in a month"),
            "weekday" => (7, "a day is not in a week"),
            "hour" => (24, "an hour is not in a day"),
            _ => continue,
        };
        if usize::from(key) >= limit {
            return Some(fault);
        }
    }
    let [first, organic, unknown] = row.counts.map(u64::from);
    (organic + unknown > first).then_some("a row has more organic and unknown orders than orders")
}
