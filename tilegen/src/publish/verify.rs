//! Verification: reads an archive back and compares its tiles with its header and metadata.
//!
//! `reader` opens the archive, `density`, `features` and `timeline` check the tiles of the three kinds of
//! archive, and this file checks what all kinds have: the order of tiles and their hashes.

mod density;
mod error;
mod features;
mod metadata;
mod reader;
mod timeline;
mod totals;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;
use tilecore::archive::ArchiveIndex;
use tilecore::layer::DENSITY;
use tilecore::mvt::Schema;
use tilecore::{TileCoord, TileHash};

use crate::tiles::feature_tile::FeatureTotals;
pub use error::VerifyError;
use metadata::ArchiveMetadata;
pub(crate) use reader::{open, slice};
pub use totals::ZoomTotals;

/// Figures of an archive that passed verification.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedArchive {
    /// Number of directory entries.
    pub entries: usize,
    /// Length in bytes of the largest stored tile.
    pub largest_tile: u32,
    /// Length in bytes that 99 % of the stored tiles do not exceed.
    pub p99_tile: u32,
    /// Totals by zoom, counted from the tiles of a density archive; empty for other archives.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zooms: BTreeMap<u8, ZoomTotals>,
    /// Totals by zoom, counted from the tiles of a feature archive; empty for density archives.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub feature_totals: BTreeMap<u8, FeatureTotals>,
}

/// Checks an archive and, if they are given, the hashes of its tiles.
pub fn verify(archive: &[u8], hashes: Option<&[TileHash]>) -> Result<VerifiedArchive, VerifyError> {
    let (header, index) = open(archive)?;
    let metadata = header.unpack_metadata(slice(archive, &header.metadata))?;
    let ArchiveMetadata { vector_layers } = serde_json::from_slice(&metadata)?;
    check_order(&index)?;
    check_hashes(&index, archive, hashes)?;
    let is_density = vector_layers.iter().any(|layer| DENSITY.source_layers.contains(&&*layer.id));
    let (zooms, feature_totals) = if is_density {
        (density::check(&index, archive, &serde_json::from_slice(&metadata)?)?, BTreeMap::new())
    } else if let Some(schema) = vector_layers.iter().find_map(|layer| Schema::of(&layer.id)) {
        let metadata = serde_json::from_slice(&metadata)?;
        (BTreeMap::new(), timeline::check(&index, archive, schema, &metadata)?)
    } else {
        let totals = features::check(&index, archive, &serde_json::from_slice(&metadata)?)?;
        (BTreeMap::new(), totals)
    };
    let mut lengths: Vec<_> = index.entries().iter().map(|entry| entry.length).collect();
    lengths.sort_unstable();
    let at = |share: f64| lengths.get(((lengths.len() as f64 * share) as usize).saturating_sub(1));
    Ok(VerifiedArchive {
        entries: lengths.len(),
        largest_tile: lengths.last().copied().unwrap_or(0),
        p99_tile: at(0.99).copied().unwrap_or(0),
        zooms,
        feature_totals,
    })
}

fn check_order(index: &ArchiveIndex) -> Result<(), VerifyError> {
    let (mut end, mut contents) = (0, 0);
    for entry in index.entries() {
        // New tile bytes follow the previous ones; earlier bytes may be referenced again.
        if entry.offset > end {
            return Err(VerifyError::NotClustered);
        }
        if entry.offset == end {
            end += u64::from(entry.length);
            contents += 1;
        }
    }
    if !index.header().is_clustered {
        return Err(VerifyError::NotClustered);
    }
    let header = index.header();
    for (what, declared, found) in [
        ("tiles", header.addressed_tiles, index.tile_count()),
        ("entries", header.tile_entries, index.entries().len() as u64),
        ("contents", header.tile_contents, contents),
        ("bytes of tiles", header.tiles.end - header.tiles.start, end),
    ] {
        if declared != found {
            return Err(VerifyError::HeaderCount { what, declared, found });
        }
    }
    Ok(())
}

fn check_hashes(
    index: &ArchiveIndex,
    archive: &[u8],
    hashes: Option<&[TileHash]>,
) -> Result<(), VerifyError> {
    let Some(hashes) = hashes else { return Ok(()) };
    let entries = index.entries().len();
    if hashes.len() != entries {
        return Err(VerifyError::HashCount { hashes: hashes.len(), entries });
    }
    index.entries().par_iter().zip(hashes).try_for_each(|(entry, hash)| {
        let range = index.file_range(entry);
        if TileHash::of(&archive[range.start as usize..range.end as usize]) == *hash {
            return Ok(());
        }
        let coord = TileCoord::from_id(entry.tile_id).unwrap_or_else(|| TileCoord::at(0, 0));
        Err(VerifyError::Hash { coord })
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use serde_json::{Value, json};
    use tilecore::archive::{ArchiveContent, FORMAT_VERSION, StoredTile, write};
    use tilecore::mvt::PointLayerEncoder;

    use super::*;
    use crate::tiles::gzip::gzip_encoder;

    fn archive(metadata: &Value) -> Vec<u8> {
        let mut encoder = PointLayerEncoder::new("vendors", 4096, vec!["code".to_owned()]);
        encoder.point(1, 2, |tags| tags.push(0, 7));
        let tile: StoredTile = gzip_encoder().encode_tile(TileCoord::at(6, 5), &encoder.finish());
        let metadata = metadata.to_string();
        let content = ArchiveContent { minzoom: 6, maxzoom: 6, bounds: [0.0; 4], metadata };
        let mut file = Cursor::new(Vec::new());
        write(&mut file, &content, [&tile]).unwrap();
        file.into_inner()
    }

    #[test]
    fn archives_with_and_without_a_format_version_pass() {
        let mut metadata = json!({
            "generator": "tilegen 0.1.0",
            "vector_layers": [{ "id": "vendors", "fields": { "code": "Code" } }],
            "totals": { "6": { "tiles": 1, "features": 1 } },
        });
        verify(&archive(&metadata), None).unwrap();
        metadata["format_version"] = FORMAT_VERSION.into();
        verify(&archive(&metadata), None).unwrap();
    }
}
