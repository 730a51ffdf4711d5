//! What was fetched, day by day.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::check::CheckError;
use crate::fetch::day_store::DayStoreError;
use crate::fetch::error::QueryError;
use crate::fetch::source::Delivery;
use crate::orders::day_manifest::DayManifest;
use crate::orders::validate::RowCounts;

/// What a run fetched.
#[derive(Debug, Default, Serialize)]
pub struct OrdersReport {
    /// The days that have a new file, in the order in which they ended.
    pub fetched: Vec<FetchedDay>,
    /// The days that keep what they had.
    pub failed: Vec<FailedDay>,
    /// Days that were not tried after several failures in a row.
    pub days_not_tried: u64,
    /// Days whose count still equals that of the source.
    pub days_rechecked: u64,
    /// Files that were removed, because another file replaced them more than a day ago.
    pub removed_files: u64,
    /// Failures since the last day that was fetched.
    #[serde(skip)]
    pub(super) failures_in_a_row: usize,
}

/// A day with a new file.
#[derive(Debug, Serialize)]
pub struct FetchedDay {
    /// The day.
    pub date: Date,
    /// Name of its file.
    pub file: String,
    /// Rows in the file.
    pub rows: u64,
    /// Rows that a build will reject.
    pub rejected: u64,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Rows by the source's own count. Without it, only the protocol proves that all rows came.
    pub source_rows: Option<u64>,
    /// Requests that were repeated.
    pub retries: u64,
    /// Seconds from the first request to the complete file.
    pub seconds: f64,
}

/// A day that was not fetched.
#[derive(Debug, Serialize)]
pub struct FailedDay {
    /// The day.
    pub date: Date,
    /// Why, with all causes.
    pub error: String,
}

/// Why a day was not fetched. The day keeps the file that it had.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    /// The source did not deliver.
    #[error("the source did not deliver its orders")]
    Query(#[from] QueryError),
    /// What it delivered cannot be the orders of the day.
    #[error("the data that the source delivered are not used")]
    Check(#[from] CheckError),
    /// The file could not be stored.
    #[error("its file could not be stored")]
    Store(#[from] DayStoreError),
}

impl FetchedDay {
    pub(super) fn new(manifest: &DayManifest, delivery: &Delivery, counts: &RowCounts) -> Self {
        Self {
            date: manifest.date,
            file: manifest.file.clone(),
            rows: manifest.rows,
            rejected: counts.rejects.total(),
            bytes: manifest.bytes,
            source_rows: manifest.source_rows,
            retries: delivery.retries,
            seconds: delivery.seconds,
        }
    }
}

impl OrdersReport {
    pub(super) fn add(&mut self, date: Date, result: Result<FetchedDay, DayError>) {
        match result {
            Ok(day) => {
                self.failures_in_a_row = 0;
                self.fetched.push(day);
            }
            Err(error) => {
                self.failures_in_a_row += 1;
                let error = tilecore::error::chain(&error);
                tracing::error!(day = %date, error, "day not fetched");
                self.failed.push(FailedDay { date, error });
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.fetched.extend(other.fetched);
        self.failed.extend(other.failed);
        self.days_not_tried += other.days_not_tried;
    }

    /// Whether the run has tried a day.
    pub(super) fn has(&self, date: Date) -> bool {
        self.fetched.iter().any(|day| day.date == date)
            || self.failed.iter().any(|day| day.date == date)
    }

    /// Whether every day that was wanted is there.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.days_not_tried == 0
    }

    /// Rows of all days that were fetched.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.fetched.iter().map(|day| day.rows).sum()
    }
}

impl fmt::Display for OrdersReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for day in &self.fetched {
            let FetchedDay { date, rows, rejected, bytes, seconds, .. } = day;
            write!(f, "{date}: {rows} rows, {rejected} rejected, {bytes} bytes, {seconds:.1} s")?;
            let unproven = "; the source has no count_query to compare with";
            writeln!(f, "{}", if day.source_rows.is_none() { unproven } else { "" })?;
        }
        for FailedDay { date, error } in &self.failed {
            writeln!(f, "{date}: not fetched: {error}")?;
        }
        if self.days_not_tried > 0 {
            writeln!(f, "{} more days were not tried", self.days_not_tried)?;
        }
        writeln!(
            f,
            "{} days fetched, {} failed, {} rechecked without a difference",
            self.fetched.len(),
            self.failed.len(),
            self.days_rechecked
        )
    }
}
