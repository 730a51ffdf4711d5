//! The tiles of a family of layers: 32 × 32 cells a tile, every zoom from the same orders.

use std::collections::BTreeMap;
use std::io;

use rayon::prelude::*;
use tilecore::layer::TIMELINE_LAYERS;
use tilecore::mvt::{Columns, Schema};
use tilecore::{DEEPEST_LEVEL, LayerSpec, TileCoord, TileId};

use super::families::{Family, KeyMaker, LAYERS, PlaceNumbers};
use super::gather::Gather;
use super::keys::{RowLayout, count, month_of};
use crate::orders::sort::partition::Partitions;
use crate::telemetry::progress::Progress;
use crate::tiles::feature_tile::{FeatureTile, TileStats};
use crate::tiles::gzip::gzip_encoder;

/// Levels between a tile and its cells: 2⁵ = 32 cells along each side.
pub(super) const CELL_LEVELS: u8 = 5;

/// The tiles of one archive, sorted by tile id.
pub(super) type ArchiveTiles = Vec<FeatureTile>;

/// The address of columns: the archive (layer of the family and month), zoom and position of the tile.
type TileKey = (usize, u8, u64);

/// The tiles of a family, by layer and month.
pub(super) struct FamilyTiles {
    archives: Vec<ArchiveTiles>,
    months: usize,
}

impl FamilyTiles {
    /// Takes the tiles of a month of a layer of the family.
    pub(super) fn take(&mut self, layer: usize, month: usize) -> ArchiveTiles {
        std::mem::take(&mut self.archives[layer * self.months + month])
    }
}

/// The tiles of one partition, and the parts of tiles that several partitions share.
#[derive(Default)]
struct PartitionTiles {
    tiles: Vec<(usize, FeatureTile)>,
    parts: Vec<(TileKey, Columns)>,
}

/// Builds the tiles of a family.
pub(super) fn build<F: Family>(
    gather: &Gather<'_>,
    partitions: &Partitions,
    maker: &KeyMaker<'_>,
    progress: Progress,
) -> io::Result<FamilyTiles> {
    let months = maker.months.list().len();
    let bar = progress.step("counting orders", gather.read.spill.len() as u64);
    let builder = PyramidBuilder::<F>::new(months, partitions.level());
    let built: Vec<PartitionTiles> = (0..partitions.len())
        .into_par_iter()
        .map(|partition| {
            let mut items = Vec::new();
            gather.for_each(partition, |order| items.extend(F::item(&order, order.cell)))?;
            let orders = items.len() as u64;
            let tiles = builder.partition_tiles(maker, items);
            bar.advance(orders);
            Ok(tiles)
        })
        .collect::<io::Result<_>>()?;
    Ok(FamilyTiles { archives: builder.join(built), months })
}

struct PyramidBuilder<F> {
    layers: [(LayerSpec, RowLayout); LAYERS],
    months: usize,
    partition_level: u8,
    family: std::marker::PhantomData<fn() -> F>,
}

impl<F: Family> PyramidBuilder<F> {
    fn new(months: usize, partition_level: u8) -> Self {
        let layers =
            F::LAYERS.map(|layer| (TIMELINE_LAYERS[layer], RowLayout::new(Schema::ALL[layer])));
        Self { layers, months, partition_level, family: std::marker::PhantomData }
    }

    /// Counts the items of a partition at every zoom, from the deepest to the shallowest: the sorted visits of
    /// four cells are merged into those of their parent.
    fn partition_tiles(&self, maker: &KeyMaker<'_>, mut items: Vec<F::Item>) -> PartitionTiles {
        let mut out = PartitionTiles::default();
        let mut encoder = gzip_encoder();
        items.sort_unstable_by_key(F::place);
        let zooms = self.layers.iter().map(|(layer, _)| (layer.minzoom, layer.maxzoom));
        let (lowest, highest) =
            zooms.fold((u8::MAX, 0), |(low, high), (first, last)| (low.min(first), high.max(last)));
        for zoom in (lowest..=highest).rev() {
            let shift = 2 * u32::from(DEEPEST_LEVEL - CELL_LEVELS - zoom);
            let numbers = PlaceNumbers { shift, mask: (1 << (2 * CELL_LEVELS)) - 1 };
            let tile_of = |item: &F::Item| F::place(item) >> (shift + 2 * u32::from(CELL_LEVELS));
            for items in items.chunk_by_mut(|a, b| tile_of(a) == tile_of(b)) {
                let position = tile_of(&items[0]);
                let keys = F::keys(maker, numbers, items);
                for (index, ((layer, layout), keys)) in self.layers.iter().zip(&keys).enumerate() {
                    if zoom > layer.maxzoom {
                        continue;
                    }
                    for keys in keys.chunk_by(|&a, &b| month_of(a) == month_of(b)) {
                        let archive = index * self.months + month_of(keys[0]);
                        let Some(columns) = layout.columns(count(keys)) else { continue };
                        if zoom >= self.partition_level {
                            let tile = tile(&mut encoder, TileCoord::at(zoom, position), &columns);
                            out.tiles.push((archive, tile));
                        } else {
                            out.parts.push(((archive, zoom, position), columns));
                        }
                    }
                }
            }
        }
        out
    }

    /// Joins the parts of tiles. Partitions ascend along the curve, and so do the cells of their parts.
    fn join(&self, built: Vec<PartitionTiles>) -> Vec<ArchiveTiles> {
        let mut shared: BTreeMap<TileKey, Columns> = BTreeMap::new();
        let mut archives: Vec<ArchiveTiles> = Vec::new();
        archives.resize_with(LAYERS * self.months, Vec::new);
        for PartitionTiles { tiles, parts } in built {
            for (archive, tile) in tiles {
                archives[archive].push(tile);
            }
            for (key, columns) in parts {
                match shared.get_mut(&key) {
                    Some(tile) => tile.append(&columns),
                    None => {
                        shared.insert(key, columns);
                    }
                }
            }
        }
        let joined: Vec<(usize, FeatureTile)> = shared
            .into_par_iter()
            .map_init(gzip_encoder, |encoder, ((archive, zoom, position), columns)| {
                (archive, tile(encoder, TileCoord::at(zoom, position), &columns))
            })
            .collect();
        for (archive, tile) in joined {
            archives[archive].push(tile);
        }
        archives
            .par_iter_mut()
            .for_each(|tiles| tiles.sort_unstable_by_key(|tile| TileId::from(tile.tile.coord)));
        archives
    }
}

fn tile(
    encoder: &mut tilecore::archive::GzipEncoder,
    coord: TileCoord,
    columns: &Columns,
) -> FeatureTile {
    FeatureTile {
        tile: encoder.encode_tile(coord, &columns.tile()),
        stats: TileStats { features: columns.rows(), sum: Some(columns.total() as f64) },
    }
}
