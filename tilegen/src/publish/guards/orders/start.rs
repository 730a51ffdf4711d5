//! The start of the data: which of its first days may be gone.
//!
//! A source may keep a fixed number of days: it loses as many at the start as it gets at the end. Days are
//! compared with what was published, not with the last build, so that many small losses add up.

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::OrdersBaseline;
use crate::config::GuardsConfig;

/// The days that a build reads.
#[derive(Clone, Copy, Debug)]
pub struct DaysRead {
    /// First day of the range; [`Date::MIN`] if all days are read.
    pub first: Date,
    /// Last day of the range.
    pub last: Date,
    /// First day with an order.
    pub first_order: Option<Date>,
}

/// Days from one day to another; 0 if the other one is earlier.
fn days_between(from: Date, to: Date) -> u64 {
    from.until(to).map_or(0, |span| u64::try_from(span.get_days()).unwrap_or(0))
}

impl OrdersBaseline {
    /// The first day that a build up to `last` must have: the first published one, without those that the
    /// source does not keep and those that were never in the window of a build.
    fn first_expected(&self, config: &GuardsConfig, last: Date) -> Option<Date> {
        let published = self.first?;
        let kept = config.retention_days.or(self.kept_days);
        let days = kept.into_iter().chain(self.window_days).min();
        let start = days.and_then(|days| {
            let back = i64::try_from(days.saturating_sub(1)).ok()?;
            last.checked_sub(back.days()).ok()
        });
        Some(start.map_or(published, |start| start.max(published)))
    }

    /// The first day to compare with the published days.
    #[must_use]
    pub fn first_compared(&self, config: &GuardsConfig, read: DaysRead) -> Date {
        let expected = self.first_expected(config, read.last);
        let (Some(expected), Some(first_order)) = (expected, read.first_order) else {
            return read.first;
        };
        let start = read.first.max(expected);
        let may_be_gone = days_between(start, first_order) <= config.max_removed_days;
        if may_be_gone { first_order.max(start) } else { start }
    }

    /// Records the start of the data of a build that has passed the guards. Returns the number of days that
    /// the source keeps, if this build shows it for the first time.
    pub fn follow_start(
        &mut self,
        before: Option<&Self>,
        config: &GuardsConfig,
        read: DaysRead,
    ) -> Option<u64> {
        let window = days_between(read.first, read.last) + 1;
        let widest = before.and_then(|before| before.window_days).unwrap_or(0);
        self.window_days = Some(window.max(widest));
        let (Some(before), Some(first_order)) = (before, read.first_order) else {
            self.first = read.first_order;
            return None;
        };
        let Some(expected) = before.first_expected(config, read.last) else {
            self.first = Some(first_order);
            return None;
        };
        let start = read.first.max(expected);
        let is_start_lost = days_between(start, first_order) > config.max_removed_days;
        let has_moved_on = before.last_day().is_some_and(|published| published < read.last);
        let sees_start = read.first <= expected && first_order > expected;
        let length = days_between(first_order, read.last) + 1;
        self.kept_days = match before.kept_days {
            // An operator has accepted that the first days are gone.
            Some(_) if is_start_lost => Some(length),
            Some(kept) => Some(kept),
            None if sees_start && has_moved_on => Some(length),
            None => None,
        };
        self.first = Some(if is_start_lost { first_order } else { expected.min(first_order) });
        let is_new = before.kept_days.is_none() && config.retention_days.is_none();
        self.kept_days.filter(|_| is_new)
    }
}
