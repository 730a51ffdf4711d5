//! The layer `coverage`: cells with the numbers of vendors that cover them, and the targets of their
//! area.

use rayon::prelude::*;
use tilecore::archive::WriteError;
use tilecore::cell::CELL_LEVELS;
use tilecore::hilbert::SixLevels;
use tilecore::layer::COVERAGE;
use tilecore::mvt::Tags;
use tilecore::{CellKey, TileCoord};

use super::area_lookup::AreaLookup;
use super::point_tiles::{PointTileBuilder, attribute_names};
use super::targets::{Targets, ratio};
use crate::publish::feature_layer::{self, FeatureLayerMetadata};
use crate::tiles::archive::EncodedArchive;
use crate::tiles::feature_tile::FeatureTile;
use crate::tiles::grid::{EXTENT, centre};
use crate::vendors::coverage::rollup::{GridCell, RollupCell, RollupLevel, cells_along_curve};
use crate::vendors::coverage::{CountColumns, Coverage};
use crate::vendors::grade::GradeScale;

/// The cells of every grid, with their marketing areas.
pub(super) struct CoveredCells<'a> {
    pub(super) coverages: &'a [Coverage],
    pub(super) cells: Vec<GridCell>,
    /// For each cell the marketing area that contains its centre.
    pub(super) areas: Vec<Option<u32>>,
}

impl<'a> CoveredCells<'a> {
    pub(super) fn new(coverages: &'a [Coverage], area_lookup: &AreaLookup<'_>) -> Self {
        let cells = cells_along_curve(coverages);
        let area = |cell: &GridCell| {
            let grid = coverages[cell.coverage as usize].grid();
            let (column, row) = (grid.columns().start + cell.column, grid.rows().start + cell.row);
            area_lookup.marketing_area_at(grid.centre(column, row))
        };
        let areas = cells.par_iter().map(area).collect();
        Self { coverages, cells, areas }
    }

    pub(super) fn counts(&self, index: usize) -> &[u32] {
        let cell = self.cells[index];
        self.coverages[cell.coverage as usize].counts(cell.column, cell.row)
    }

    /// Whether the map shows a cell: if a vendor covers it, or if it lies in a marketing area.
    pub(super) fn is_shown(&self, index: usize) -> bool {
        self.areas[index].is_some() || self.counts(index)[0] > 0
    }
}

/// The indices of the attributes: `total`, `l{i}` and `g{j}` in the order of the count columns, then the
/// others.
struct Attributes {
    columns: CountColumns,
}

impl Attributes {
    const fn area(&self) -> usize {
        self.columns.count()
    }

    const fn packed(&self) -> usize {
        self.columns.count() + 1
    }

    const fn share(&self) -> usize {
        self.columns.count() + 2
    }

    const fn target(&self, line: usize) -> usize {
        self.columns.count() + 3 + line
    }

    const fn ratio(&self, line: usize) -> usize {
        self.columns.count() + 3 + self.columns.lines() + line
    }

    fn fields(lines: &[String], grades: &GradeScale) -> Vec<(String, String)> {
        let each = |letter: char, words: &'static str| {
            let named = lines.iter().enumerate();
            named.map(move |(line, name)| {
                (format!("{letter}{line}"), format!("Number: {words} {name}"))
            })
        };
        let one = |name: &str, words: &str| [(name.to_owned(), words.to_owned())];
        let grades = grades.names().iter().enumerate().map(|(index, grade)| {
            (format!("g{index}"), format!("Number: covering vendors graded {grade}"))
        });
        one("total", "Number: covering vendors; the mean at zooms below 12")
            .into_iter()
            .chain(each('l', "covering vendors of"))
            .chain(grades)
            .chain(one("area", "Number: id of the marketing area that contains the centre"))
            .chain(one("packed", "Text: covering vendors by line and grade; zoom 12 only"))
            .chain(one(
                "share",
                "Number: share of the grid cells that are covered; zooms below 12 only",
            ))
            .chain(each('t', "target of"))
            .chain(each('r', "covering vendors divided by the target of"))
            .collect()
    }
}

/// The input of the layer.
pub(super) struct CoverageLayer<'a> {
    pub(super) cells: &'a CoveredCells<'a>,
    pub(super) area_lookup: &'a AreaLookup<'a>,
    pub(super) targets: &'a Targets,
    pub(super) lines: &'a [String],
    pub(super) grades: &'a GradeScale,
}

impl CoverageLayer<'_> {
    /// Encodes the archive.
    pub(super) fn encode(&self) -> Result<EncodedArchive, WriteError> {
        let attributes =
            Attributes { columns: CountColumns::new(self.lines.len(), self.grades.count()) };
        let fields = Attributes::fields(self.lines, self.grades);
        let mut by_zoom = vec![self.deepest_tiles(&attributes, &fields)];
        let mut level =
            RollupLevel::parent_of_grid(self.cells.coverages, &self.cells.cells, |at| {
                self.cells.is_shown(at)
            });
        for zoom in COVERAGE.zooms().rev().skip(1) {
            if let Some(current) = &level {
                by_zoom.push(self.coarser_tiles(zoom, current, &attributes, &fields));
                level = Some(current.zoom_out());
            }
        }
        by_zoom.reverse();
        let metadata = FeatureLayerMetadata {
            layer: COVERAGE,
            fields: vec![fields],
            sum_of: Some("total"),
            extra: attribute_names(self.lines, self.grades),
        };
        let tiles: Vec<_> = by_zoom.into_iter().flatten().collect();
        feature_layer::encode(&tiles, metadata)
    }

    fn deepest_tiles(
        &self,
        attributes: &Attributes,
        fields: &[(String, String)],
    ) -> Vec<FeatureTile> {
        let shown: Vec<(CellKey, usize)> = (0..self.cells.cells.len())
            .filter(|&index| self.cells.is_shown(index))
            .map(|index| (self.cells.cells[index].key, index))
            .collect();
        tiles(COVERAGE.maxzoom, &shown, fields, |tags, index| {
            let cell = self.cells.cells[index];
            let counts = self.cells.counts(index);
            tags.push(0, u64::from(counts[0]));
            for (column, &count) in counts.iter().enumerate().skip(1) {
                if count > 0 {
                    tags.push(column, u64::from(count));
                }
            }
            let packed = self.cells.coverages[cell.coverage as usize].packed(cell.column, cell.row);
            if !packed.is_empty() {
                tags.push_text(attributes.packed(), packed);
            }
            let count = |line| f64::from(counts[attributes.columns.line(line)]);
            self.write_attributes(tags, attributes, self.cells.areas[index], |line, target| {
                ratio(count(line), target)
            });
            f64::from(counts[0])
        })
    }

    fn coarser_tiles(
        &self,
        zoom: u8,
        level: &RollupLevel,
        attributes: &Attributes,
        fields: &[(String, String)],
    ) -> Vec<FeatureTile> {
        let shown: Vec<(CellKey, RollupCell<'_>)> =
            level.cells().filter(RollupCell::is_shown).map(|cell| (cell.key, cell)).collect();
        tiles(zoom, &shown, fields, |tags, cell| {
            tags.push_decimal(0, cell.mean(0));
            for column in 1..attributes.columns.count() {
                let mean = cell.mean(column);
                if mean > 0.0 {
                    tags.push_decimal(column, mean);
                }
            }
            tags.push_decimal(attributes.share(), cell.share_covered());
            let area = self.area_lookup.marketing_area_at(level.centre(cell.key));
            self.write_attributes(tags, attributes, area, |line, target| {
                // Rounded down to thousandths, so a ratio below a class limit stays below it.
                (ratio(cell.mean(attributes.columns.line(line)), target) * 1000.0).floor() / 1000.0
            });
            cell.mean(0)
        })
    }

    /// Writes the area, the targets and the ratios.
    fn write_attributes(
        &self,
        tags: &mut Tags,
        attributes: &Attributes,
        area: Option<u32>,
        ratio: impl Fn(usize, u32) -> f64,
    ) {
        let Some(area) = area else { return };
        tags.push(attributes.area(), self.area_lookup.areas[area as usize].id.get());
        for (line, &target) in self.targets.of(area as usize).unwrap_or_default().iter().enumerate()
        {
            if let Some(target) = target {
                tags.push(attributes.target(line), u64::from(target));
                tags.push_decimal(attributes.ratio(line), ratio(line, target));
            }
        }
    }
}

/// Encodes the tiles of a zoom from its cells along the curve. `write_attributes` returns the total of
/// the cell.
fn tiles<T: Copy + Sync>(
    zoom: u8,
    cells: &[(CellKey, T)],
    fields: &[(String, String)],
    write_attributes: impl Fn(&mut Tags, T) -> f64 + Sync,
) -> Vec<FeatureTile> {
    let of_tile = |key: CellKey| key.zoom_out(CELL_LEVELS).0;
    let groups: Vec<_> = cells.chunk_by(|a, b| of_tile(a.0) == of_tile(b.0)).collect();
    let names = || fields.iter().map(|(name, _)| name.clone()).collect();
    let tiles = groups.into_par_iter().map_init(
        || PointTileBuilder::new(&COVERAGE, EXTENT, names()),
        |builder, group| {
            let coord = TileCoord::at(zoom, of_tile(group[0].0));
            let cell_positions = SixLevels::below(zoom, coord.position());
            let mut sum = 0.0;
            for &(key, cell) in group {
                let (column, row) = cell_positions.get(key.0);
                let (x, y) = (centre(column), centre(row));
                builder.encoder.point(x, y, |tags| sum += write_attributes(tags, cell));
            }
            builder.finish(coord, group.len(), sum)
        },
    );
    tiles.collect()
}
