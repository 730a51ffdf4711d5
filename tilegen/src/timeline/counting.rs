//! Counts the orders of the look-back, and stores the archives and tables of each month.

use rayon::prelude::*;
use tilecore::layer::TIMELINE_LAYERS;
use tilecore::manifest::TableName;
use tilecore::mvt::Schema;
use tilecore::{DEEPEST_LEVEL, LayerSpec};

use super::archive::{MonthMetadata, encode_month};
use super::error::TimelineError;
use super::families::{Family, KeyMaker, LAYERS, MonthLines, Orders, Users};
use super::gather::Gather;
use super::keys::{CELL_BITS, Counted};
use super::months::Months;
use super::places::{PlaceRows, Places};
use super::publication::{NewEntry, Publication};
use super::pyramid::{self, ArchiveTiles};
use super::report::{MonthReport, TableReport};
use super::spec::TimelineSpec;
use super::tables::{PlaceCounts, TABLE, TABLE_LAYERS};
use crate::orders::calendar::Day;
use crate::orders::read::LoadedOrders;
use crate::orders::sort::partition::Partitions;
use crate::orders::window::DayRange;
use crate::polygons::Area;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// What the layers are counted from.
pub(super) struct Counting<'a> {
    spec: &'a TimelineSpec,
    months: &'a Months,
    lines: MonthLines,
    gather: Gather<'a>,
    partitions: Partitions,
    first_order: Day,
    progress: Progress,
}

impl<'a> Counting<'a> {
    pub(super) fn new(
        spec: &'a TimelineSpec,
        months: &'a Months,
        orders: &'a LoadedOrders,
        has_areas: bool,
        progress: Progress,
    ) -> Result<Self, TimelineError> {
        let DayRange { first, last } = months.days();
        let last_day = (last.0 - first.0) as u16;
        let gather = Gather { read: orders, last_day, has_areas };
        let partitions = Partitions::covering(&spec.input.config.cities);
        // The deepest cells of the timeline are one level above the deepest level, so they need two bits less.
        if 2 * u32::from(DEEPEST_LEVEL - partitions.level()) > CELL_BITS + 2 {
            return Err(TimelineError::CitiesTooLarge);
        }
        let lines = MonthLines::find(&gather, &partitions, months)
            .map_err(|source| spec.input.temporary_error(source))?;
        let first_order = orders.counts.first_day.unwrap_or(first);
        Ok(Self { spec, months, lines, gather, partitions, first_order, progress })
    }

    const fn maker(&self) -> KeyMaker<'_> {
        KeyMaker { months: self.months, lines: &self.lines }
    }

    /// Builds and stores the archives of a family of layers.
    pub(super) fn build<F: Family>(
        &self,
        publication: &mut Publication<'_>,
        watch: &mut Stopwatch,
    ) -> Result<Vec<MonthReport>, TimelineError> {
        let tiles =
            pyramid::build::<F>(&self.gather, &self.partitions, &self.maker(), self.progress);
        let mut tiles = tiles.map_err(|source| self.spec.input.temporary_error(source))?;
        watch.record_step("count and encode");
        let mut months = Vec::new();
        for (position, index) in F::LAYERS.into_iter().enumerate() {
            for month in 0..self.months.list().len() {
                months.push((index, month, tiles.take(position, month)));
            }
        }
        months.retain(|(.., tiles)| !tiles.is_empty());
        let months = months
            .into_par_iter()
            .map(|(index, month, tiles)| self.store_month(index, month, &tiles, publication));
        let months: Vec<_> = months.collect::<Result<_, _>>()?;
        let reports = months.into_iter().map(|(entry, report)| {
            publication.add(entry);
            report
        });
        let reports = reports.collect();
        watch.record_step("store and verify");
        Ok(reports)
    }

    fn store_month(
        &self,
        index: usize,
        number: usize,
        tiles: &ArchiveTiles,
        publication: &Publication<'_>,
    ) -> Result<(NewEntry, MonthReport), TimelineError> {
        let (layer, schema) = (TIMELINE_LAYERS[index], Schema::ALL[index]);
        let month = &self.months.list()[number];
        let metadata = self.metadata(number);
        let archive = encode_month(layer, schema, tiles, &metadata).map_err(|source| {
            TimelineError::Write { layer: layer.id, slot: month.slot.clone(), source }
        })?;
        let orders = orders_of(layer, schema, tiles);
        let days = metadata.days;
        let new = publication.store_archive(layer, &month.slot, &archive, (days, orders))?;
        let entry = &new.entry;
        let mut lengths: Vec<usize> = tiles.iter().map(|tile| tile.tile.bytes.len()).collect();
        lengths.sort_unstable();
        let report = MonthReport {
            layer: layer.id,
            slot: month.slot.clone(),
            digest: entry.digest,
            bytes: entry.bytes,
            tiles: entry.tiles,
            rows: tiles.iter().map(|tile| tile.stats.features).sum(),
            largest_tile: lengths.last().copied().unwrap_or_default(),
            p99_tile: lengths[(lengths.len() * 99 / 100).min(lengths.len() - 1)],
        };
        Ok((new, report))
    }

    fn metadata(&self, month: usize) -> MonthMetadata<'_> {
        let DayRange { first, last } = self.months.list()[month].days;
        MonthMetadata {
            days: DayRange { first: first.max(self.first_order), last },
            lines: self.lines.names(month),
            time_zone: &self.spec.input.config.time_zone_name,
            history_from: self.months.days().first,
        }
    }

    /// Builds and stores the tables of each city and month.
    pub(super) fn tables(
        &self,
        areas: &[Area],
        places: &Places,
        publication: &mut Publication<'_>,
    ) -> Result<Vec<TableReport>, TimelineError> {
        let cities = &self.spec.input.config.cities;
        let counted = self.count_places(places)?;
        let counts = PlaceCounts { counted, cities, areas };
        let mut reports = Vec::new();
        for (number, city) in cities.iter().enumerate() {
            for (index, month) in self.months.list().iter().enumerate() {
                let table = counts.table(number, index, &self.metadata(index))?;
                let Some(table) = table else { continue };
                let name: TableName = format!("{TABLE}/{}", city.key).parse()?;
                let entry = publication.add_table(name, &month.slot, &table)?;
                reports.push(TableReport {
                    name: entry.name.to_string(),
                    slot: month.slot.clone(),
                    bytes: entry.bytes,
                });
            }
        }
        Ok(reports)
    }

    fn count_places(&self, places: &Places) -> Result<[Vec<Counted>; TABLE_LAYERS], TimelineError> {
        let temporary = |source| self.spec.input.temporary_error(source);
        let (gather, partitions, maker) = (&self.gather, &self.partitions, self.maker());
        let days = [true, true, false, false];
        let orders = places.count::<Orders>(gather, partitions, &maker, days).map_err(temporary)?;
        let users =
            places.count::<Users>(gather, partitions, &maker, [true; LAYERS]).map_err(temporary)?;
        let PlaceRows([orders, totals, ..]) = orders;
        let PlaceRows([users, user_totals, line_users, line_totals]) = users;
        Ok([orders, totals, users, user_totals, line_users, line_totals])
    }
}

/// Number of orders of an archive, or 0 if it counts users.
fn orders_of(layer: LayerSpec, schema: Schema, tiles: &ArchiveTiles) -> u64 {
    if schema.counts[0] != "orders" {
        return 0;
    }
    let shallowest = tiles.iter().filter(|tile| tile.tile.coord.z() == layer.minzoom);
    shallowest.filter_map(|tile| tile.stats.sum).sum::<f64>() as u64
}
