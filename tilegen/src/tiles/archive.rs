//! The archive writer: tiles and metadata become the bytes of a PMTiles archive.

use std::io::Cursor;

use bytes::Bytes;
use serde_json::Value;
use tilecore::archive::{ArchiveContent, StoredTile, WriteError};
use tilecore::{Cell, LayerSpec, TileHash};

/// The bytes of an archive, ready to be stored.
pub(crate) struct EncodedArchive {
    pub(crate) bytes: Bytes,
    pub(crate) hashes: Vec<TileHash>,
    pub(crate) tiles: u64,
    pub(crate) bounds: [f64; 4],
}

/// Writes an archive in memory. The tiles must be in ascending order of tile id.
pub(crate) fn write<'a>(
    tiles: impl IntoIterator<Item = &'a StoredTile, IntoIter: Clone>,
    layer: LayerSpec,
    metadata: &Value,
) -> Result<EncodedArchive, WriteError> {
    let tiles = tiles.into_iter();
    let bounds = bounds(tiles.clone());
    let content = ArchiveContent {
        minzoom: layer.minzoom,
        maxzoom: layer.maxzoom,
        bounds,
        metadata: metadata.to_string(),
    };
    let tile_bytes: usize = tiles.clone().map(|tile| tile.bytes.len()).sum();
    let mut file = Cursor::new(Vec::with_capacity(tile_bytes + tile_bytes / 8 + (64 << 10)));
    let written = tilecore::archive::write(&mut file, &content, tiles)?;
    let bytes = Bytes::from(file.into_inner());
    Ok(EncodedArchive { bytes, hashes: written.hashes, tiles: written.tiles, bounds })
}

/// The bounds of the tiles of the deepest zoom: west, south, east, north, in degrees.
fn bounds<'a>(tiles: impl Iterator<Item = &'a StoredTile> + Clone) -> [f64; 4] {
    let deepest = tiles.clone().map(|tile| tile.coord.z()).max();
    let tiles = tiles.filter(|tile| Some(tile.coord.z()) == deepest);
    let corners = tiles.map(|tile| {
        let level = tile.coord.z();
        Cell::from_key(level, tilecore::CellKey(tile.coord.position())).corners()
    });
    corners
        .map(|(low, high)| [low.lng, low.lat, high.lng, high.lat])
        .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
        .unwrap_or_default()
}
