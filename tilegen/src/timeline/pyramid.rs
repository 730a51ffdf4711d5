//! The tiles of a family of layers: 32 × 32 cells a tile, every zoom from the same orders.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;

use rayon::prelude::*;
use tilecore::archive::GzipEncoder;
use tilecore::layer::TIMELINE_LAYERS;
use tilecore::mvt::{Columns, Schema};
use tilecore::{DEEPEST_LEVEL, LayerSpec, TileCoord, TileId};

use super::families::{Family, KeyMaker, LAYERS, RowSink, zoom_out};
use super::gather::Gather;
use super::keys::{CELL_LEVELS, Counted, RowLayout, TILE_BITS, cell_of, month_of, with_cell};
use crate::orders::sort::partition::Partitions;
use crate::telemetry::progress::Progress;
use crate::tiles::feature_tile::{FeatureTile, TileStats};
use crate::tiles::gzip::gzip_encoder;

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

/// Builds the tiles of a family. The partitions with the most orders come first, so that all threads end at
/// about the same time.
pub(super) fn build<F: Family>(
    gather: &Gather<'_>,
    partitions: &Partitions,
    maker: &KeyMaker<'_>,
    progress: Progress,
) -> io::Result<FamilyTiles> {
    let months = maker.months.list().len();
    let bar = progress.step("counting orders", gather.read.spill.len() as u64);
    let builder = PyramidBuilder::<F>::new(months, partitions);
    let mut order: Vec<usize> = (0..partitions.len()).collect();
    order.sort_by_cached_key(|&partition| Reverse(gather.len(partition)));
    let built = order.into_iter().par_bridge().map(|partition| {
        let mut items = Vec::with_capacity(gather.len(partition));
        gather.for_each(partition, |order| {
            items.extend(F::item(maker, &order, builder.deepest_cell(order.cell)));
        })?;
        let orders = items.len() as u64;
        let tiles = builder.partition_tiles(maker, partitions.key(partition), items);
        bar.advance(orders);
        Ok((partition, tiles))
    });
    let mut built: Vec<(usize, PartitionTiles)> = built.collect::<io::Result<_>>()?;
    built.sort_unstable_by_key(|(partition, _)| *partition);
    let built = built.into_iter().map(|(_, tiles)| tiles);
    Ok(FamilyTiles { archives: builder.join(built), months })
}

struct PyramidBuilder<F> {
    layers: [(LayerSpec, RowLayout); LAYERS],
    months: usize,
    partition_level: u8,
    family: PhantomData<fn() -> F>,
}

impl<F: Family> PyramidBuilder<F> {
    fn new(months: usize, partitions: &Partitions) -> Self {
        let layers =
            F::LAYERS.map(|layer| (TIMELINE_LAYERS[layer], RowLayout::new(Schema::ALL[layer])));
        Self { layers, months, partition_level: partitions.level(), family: PhantomData }
    }

    /// The deepest zoom of any layer.
    fn deepest_zoom(&self) -> u8 {
        self.layers.iter().map(|(layer, _)| layer.maxzoom).max().unwrap_or_default()
    }

    /// The cell of the deepest zoom that contains a cell of the deepest level, inside its partition.
    #[inline]
    fn deepest_cell(&self, cell: u64) -> u32 {
        let level = self.deepest_zoom() + CELL_LEVELS;
        let cell = cell >> (2 * (DEEPEST_LEVEL - level));
        (cell & ((1 << (2 * (level - self.partition_level))) - 1)) as u32
    }

    /// Counts the items of a partition at every zoom, from the deepest to the shallowest.
    fn partition_tiles(
        &self,
        maker: &KeyMaker<'_>,
        partition: u64,
        items: Vec<F::Item>,
    ) -> PartitionTiles {
        let mut out = PartitionTiles::default();
        let mut encoder = gzip_encoder();
        let mut rows = F::rows(items);
        let deepest = self.deepest_zoom();
        let shallowest = self.layers.iter().map(|(layer, _)| layer.minzoom).min();
        for zoom in (shallowest.unwrap_or(deepest)..=deepest).rev() {
            if zoom < deepest {
                rows = zoom_out(&rows);
            }
            let needed = std::array::from_fn(|layer| {
                (self.layers[layer].0.minzoom..=self.layers[layer].0.maxzoom).contains(&zoom)
            });
            let sink = &mut TileSink {
                builder: self,
                partition,
                zoom,
                encoder: &mut encoder,
                out: &mut out,
            };
            F::count(maker, &rows, needed, sink);
        }
        out
    }

    /// Joins the parts of tiles. Partitions ascend along the curve, and so do the cells of their parts.
    fn join(&self, built: impl Iterator<Item = PartitionTiles>) -> Vec<ArchiveTiles> {
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

/// Encodes the tiles of a zoom of a partition.
struct TileSink<'a, F> {
    builder: &'a PyramidBuilder<F>,
    partition: u64,
    zoom: u8,
    encoder: &'a mut GzipEncoder,
    out: &'a mut PartitionTiles,
}

impl<F: Family> RowSink for TileSink<'_, F> {
    fn add(&mut self, layer: usize, rows: impl Iterator<Item = Counted>) {
        let mut rows = rows.peekable();
        let Some(&(key, _)) = rows.peek() else { return };
        let Self { builder, partition, zoom, .. } = *self;
        let archive = layer * builder.months + month_of(key);
        // Cells are counted from the first one of the partition.
        let first = partition << (2 * (zoom + CELL_LEVELS - builder.partition_level));
        let position = (first | u64::from(cell_of(key))) >> TILE_BITS;
        let in_tile = |cell: u32| (first as u32 | cell) & ((1 << TILE_BITS) - 1);
        let rows = rows.map(|(key, counts)| (with_cell(key, in_tile(cell_of(key))), counts));
        let Some(columns) = builder.layers[layer].1.columns(rows) else { return };
        if zoom >= builder.partition_level {
            let tile = tile(self.encoder, TileCoord::at(zoom, position), &columns);
            self.out.tiles.push((archive, tile));
        } else {
            self.out.parts.push(((archive, zoom, position), columns));
        }
    }
}

fn tile(encoder: &mut GzipEncoder, coord: TileCoord, columns: &Columns) -> FeatureTile {
    FeatureTile {
        tile: encoder.encode_tile(coord, &columns.tile()),
        stats: TileStats { features: columns.rows(), sum: Some(columns.total() as f64) },
    }
}
