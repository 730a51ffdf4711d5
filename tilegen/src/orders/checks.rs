//! Checks of the orders that were read: there are some, not too many rows are rejected, and positions are not
//! swapped.

use crate::config::OrderColumns;
use crate::orders::dataset::OrderDataset;
use crate::orders::read::{OrderInput, OrdersError};
use crate::orders::validate::RowCounts;
use crate::orders::window::DayRange;

impl OrderInput {
    /// Checks that the rows contain orders, and not too many rejects.
    pub(crate) fn check_counts(
        &self,
        counts: &RowCounts,
        days: DayRange,
        dataset: &OrderDataset<'_>,
    ) -> Result<(), OrdersError> {
        self.check_rejects(counts)?;
        let rejected = counts.rejects.total();
        if counts.orders() == 0 {
            let DayRange { first, last } = dataset.days().unwrap_or(days);
            return Err(OrdersError::NoOrders {
                from: days.first.date(),
                to: days.last.date(),
                rejected,
                reasons: counts.rejects.in_brackets(),
                first: first.date(),
                last: last.date(),
            });
        }
        if let Some(suspicion) = self.swapped_positions(counts) {
            tracing::warn!("{suspicion}");
        }
        Ok(())
    }

    /// Checks that no more rows are rejected than the configuration allows.
    pub(crate) fn check_rejects(&self, counts: &RowCounts) -> Result<(), OrdersError> {
        let rejected = counts.rejects.total();
        let inside = counts.rows - counts.outside_window;
        let allowed = self.config.orders.max_reject_share;
        if rejected as f64 <= allowed * inside as f64 {
            return Ok(());
        }
        let most_common = counts.rejects.by_frequency().first().map(|&(reason, _)| reason);
        let example = most_common.and_then(|reason| counts.rejected_rows.get(&reason));
        Err(OrdersError::TooManyRejects {
            rejected,
            rows: inside,
            allowed,
            reasons: counts.rejects.in_brackets(),
            example: example.map_or_else(String::new, |row| format!("; an example is {row}")),
            hint: self.swapped_positions(counts).map_or_else(String::new, |it| format!("; {it}")),
        })
    }

    /// The suspicion that longitude and latitude are swapped, if that is so in one of 100 rows.
    fn swapped_positions(&self, counts: &RowCounts) -> Option<String> {
        let (swapped, inside) = (counts.swapped_positions, counts.rows - counts.outside_window);
        let OrderColumns { lng, lat, .. } = &self.config.orders.columns;
        let positions = match swapped {
            1 => "position outside its city is",
            _ => "positions outside their city are",
        };
        (swapped > 0 && swapped >= inside / 100).then(|| {
            format!(
                "{swapped} {positions} inside it if longitude and latitude are swapped; if they are, set lng = {lat} and lat = {lng} under [orders.columns]"
            )
        })
    }
}
