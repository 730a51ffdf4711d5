//! Reads the orders of the look-back.

use super::error::TimelineError;
use super::months::Months;
use super::spec::TimelineSpec;
use crate::orders::calendar::Day;
use crate::orders::dataset::OrderDataset;
use crate::orders::read::{LoadedOrders, ReadOptions};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::SpillWriter;
use crate::orders::source::RowGroup;
use crate::orders::window::ReadRange;
use crate::polygons::AreaSets;
use crate::publish::guards::job::OrderGuards;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// Memory of an order until it is counted, in bytes: packed order, user, id, detail and area set.
const BYTES_PER_ORDER: u64 = 32;

/// Memory that does not depend on the number of orders, in bytes.
const FIXED_BYTES: u64 = 128 << 20;

/// Reads the orders of the look-back.
pub(super) struct Reader<'a> {
    pub(super) spec: &'a TimelineSpec,
    pub(super) dataset: &'a OrderDataset<'a>,
    pub(super) sets: Option<&'a AreaSets>,
    pub(super) progress: Progress,
}

/// The orders of the look-back, and how they were read.
pub(super) struct ReadMonths {
    pub(super) months: Months,
    pub(super) range: ReadRange,
    pub(super) spilled: bool,
    pub(super) orders: LoadedOrders,
}

impl Reader<'_> {
    /// Reads the orders up to the newest complete day with a valid order that the guards accept.
    pub(super) fn read(
        &self,
        guards: &mut OrderGuards<'_>,
        watch: &mut Stopwatch,
    ) -> Result<ReadMonths, TimelineError> {
        let mut newest = self.dataset.newest;
        loop {
            let read = self.read_until(newest, watch)?;
            let (range, counts) = (read.range, &read.orders.counts);
            let mut earlier = guards.earlier_last_day(self.dataset, range, counts)?;
            if earlier.is_none() {
                earlier = guards.check(counts, &read.orders.lines, range)?;
            }
            let Some(day) = earlier else { return Ok(read) };
            newest = day;
        }
    }

    fn read_until(&self, last: Day, watch: &mut Stopwatch) -> Result<ReadMonths, TimelineError> {
        let input = &self.spec.input;
        let months = Months::covering(last, self.spec.look_back);
        let range = ReadRange { days: months.days(), rejects_older: false };
        let groups: Vec<_> =
            self.dataset.overlapping(range).into_iter().map(|group| group.group).collect();
        let rows = groups.iter().map(RowGroup::rows).fold(0, u64::saturating_add);
        let bytes = rows.saturating_mul(BYTES_PER_ORDER).saturating_add(FIXED_BYTES);
        let spilled = bytes > input.memory_bytes / 2;
        let spill = SpillWriter::new(spilled.then_some(input.temp_dir.as_path()));
        let options = ReadOptions {
            range,
            partitions: &Partitions::covering(&input.config.cities),
            spill: spill.map_err(|source| input.temporary_error(source))?,
            areas: self.sets,
            keeps_details: true,
            // Lines are named in each archive, so their indices do not depend on what is published.
            published_lines: &[],
            progress: self.progress,
        };
        let orders = input.read(&groups, options, watch)?;
        Ok(ReadMonths { months, range, spilled, orders })
    }
}
