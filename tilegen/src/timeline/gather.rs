//! Takes the orders of a partition out of the spill.

use std::io;

use crate::orders::lines::LineCode;
use crate::orders::order::{OrderDetail, Organic, PackedOrder};
use crate::orders::read::LoadedOrders;

/// An order of the timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimelineOrder {
    /// Key of its cell at the deepest level.
    pub(super) cell: u64,
    /// Its user, if known.
    pub(super) user: Option<u64>,
    /// Counted from the first day of the look-back.
    pub(super) day: u16,
    pub(super) hour: u8,
    /// Number of its city in the configuration.
    pub(super) city: usize,
    /// Index of its line among all lines of the look-back.
    pub(super) line: LineCode,
    pub(super) organic: Organic,
    /// Number of its set of areas; 0 without areas.
    pub(super) area_set: u32,
}

/// The orders of a build, and the number of days in its look-back before the last one.
pub(super) struct Gather<'a> {
    pub(super) read: &'a LoadedOrders,
    pub(super) last_day: u16,
    pub(super) has_areas: bool,
}

impl Gather<'_> {
    /// Number of orders of a partition, with duplicates.
    pub(super) fn len(&self, partition: usize) -> usize {
        let segments = self.read.spill.segments();
        segments.iter().map(|segment| segment.partition(partition).len()).sum()
    }

    /// Calls `on_order` for each order of a partition, except duplicates.
    pub(super) fn for_each(
        &self,
        partition: usize,
        mut on_order: impl FnMut(TimelineOrder),
    ) -> io::Result<()> {
        let LoadedOrders { spill, duplicates, .. } = self.read;
        let (mut packed, mut users) = (Vec::new(), Vec::new());
        let (mut details, mut sets) = (Vec::new(), Vec::new());
        for (index, segment) in spill.segments().iter().enumerate() {
            packed.clear();
            users.clear();
            details.clear();
            sets.clear();
            for range in duplicates.ranges_without(index, segment.partition(partition)) {
                spill.append_packed(segment, range.clone(), &mut packed)?;
                spill.append_users(segment, range.clone(), &mut users)?;
                spill.append_details(segment, range.clone(), &mut details)?;
                if self.has_areas {
                    spill.append_area_sets(segment, range, &mut sets)?;
                }
            }
            for (position, &order) in packed.iter().enumerate() {
                let detail = OrderDetail(details[position]);
                let area_set = sets.get(position).copied().unwrap_or_default();
                on_order(self.order(PackedOrder(order), users[position], detail, area_set));
            }
        }
        Ok(())
    }

    #[inline]
    fn order(
        &self,
        order: PackedOrder,
        user: u64,
        detail: OrderDetail,
        area_set: u32,
    ) -> TimelineOrder {
        TimelineOrder {
            cell: order.key().0,
            user: order.is_user_known().then_some(user),
            day: self.last_day - order.days_back(),
            hour: detail.hour(),
            city: detail.city(),
            line: self.read.lines.index(order.line()),
            organic: order.organic(),
            area_set,
        }
    }
}
