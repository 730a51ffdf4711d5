//! What happened to the rows that were read.

use super::rejected_row::RejectedRows;
use crate::orders::calendar::Day;
use crate::orders::day_counts::DayCounts;
use crate::orders::rejects::Rejects;

/// What happened to the rows that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows read.
    pub rows: u64,
    /// Rows outside every window.
    pub outside_window: u64,
    /// Rows rejected.
    pub rejects: Rejects,
    /// The first row that was rejected for each reason, except duplicates.
    pub rejected_rows: RejectedRows,
    /// Rows rejected for a position outside their city that is inside it if longitude and latitude are
    /// swapped.
    pub swapped_positions: u64,
    /// Rows whose business line lost control characters or marks that reorder text.
    pub lines_cleaned: u64,
    /// Valid orders without a user.
    pub without_user: u64,
    /// The first day with a valid order.
    pub first_day: Option<Day>,
    /// The last day with a valid order.
    pub last_day: Option<Day>,
    /// Rows inside the window by day and city.
    pub by_day: DayCounts,
}

impl RowCounts {
    /// Adds the counts of another part.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.outside_window += other.outside_window;
        self.without_user += other.without_user;
        self.first_day = self.first_day.into_iter().chain(other.first_day).min();
        self.last_day = self.last_day.max(other.last_day);
        self.rejects.merge(&other.rejects);
        self.by_day.merge(&other.by_day);
        self.swapped_positions += other.swapped_positions;
        self.lines_cleaned += other.lines_cleaned;
        for (&reason, row) in &other.rejected_rows {
            let first = self.rejected_rows.entry(reason).or_insert_with(|| row.clone());
            if row < first {
                first.clone_from(row);
            }
        }
    }

    /// Rows that are valid orders.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.rows - self.outside_window - self.rejects.total()
    }
}
