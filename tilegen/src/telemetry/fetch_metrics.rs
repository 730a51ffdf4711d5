//! Metrics of the sources of inputs: a text file for the textfile collector of Prometheus' node exporter.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::job_metrics::MetricsError;
use super::textfile::{Family, TextFile};

const ROWS: Family = ("tilegen_fetch_rows", "Rows that the last run fetched from a source");
const BYTES: Family = ("tilegen_fetch_bytes", "Bytes of the files that the last run wrote");
const SECONDS: Family = ("tilegen_fetch_seconds", "Duration of the last run");
const RETRIES: Family = ("tilegen_fetch_retries", "Requests that the last run repeated");
const FAILED: Family =
    ("tilegen_fetch_failed", "1 if the last run did not fetch all that was wanted");
const SUCCESS: Family = (
    "tilegen_fetch_success_timestamp_seconds",
    "Time at which all that was wanted had last been fetched",
);

const DATA: Family =
    ("tilegen_fetch_data_timestamp_seconds", "Time at which the rows of a source were current");
const MAX_AGE: Family =
    ("tilegen_fetch_max_age_seconds", "Age at which the rows of a source are too old");

/// Every family, in the order of the file.
const FAMILIES: [Family; 8] = [ROWS, BYTES, SECONDS, RETRIES, FAILED, SUCCESS, DATA, MAX_AGE];

/// The figures of one run.
#[derive(Clone, Copy, Debug, Default)]
pub struct FetchStats {
    /// Rows fetched.
    pub rows: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Requests repeated.
    pub retries: u64,
    /// Whether all that was wanted was fetched.
    pub is_complete: bool,
    /// How old its rows are, if the source has a maximum age.
    pub age: Option<RowAge>,
}

/// How old the rows of a source are.
#[derive(Clone, Copy, Debug)]
pub struct RowAge {
    /// When they were current.
    pub data_at: Timestamp,
    /// The age at which they are too old.
    pub max_age: Duration,
}

impl FetchStats {
    /// Writes the figures of a source. The time of the last success stays if this run failed.
    pub fn write(
        &self,
        path: &Path,
        source: &str,
        took: Duration,
        now: Timestamp,
    ) -> Result<(), MetricsError> {
        let mut file = TextFile::read(path, &FAMILIES);
        let labels = [("source", source)];
        for (family, value) in [
            (ROWS, self.rows as f64),
            (BYTES, self.bytes as f64),
            (SECONDS, took.as_secs_f64()),
            (RETRIES, self.retries as f64),
            (FAILED, f64::from(u8::from(!self.is_complete))),
        ] {
            file.set(family, &labels, value);
        }
        if self.is_complete {
            file.set(SUCCESS, &labels, now.as_millisecond() as f64 / 1000.0);
        }
        if let Some(RowAge { data_at, max_age }) = self.age {
            file.set(DATA, &labels, data_at.as_millisecond() as f64 / 1000.0);
            file.set(MAX_AGE, &labels, max_age.as_secs_f64());
        }
        file.write(path, &FAMILIES).map_err(|source| MetricsError::new(path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_run_keeps_the_time_of_the_last_success() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fetch.prom");
        let mut stats = FetchStats { rows: 5, is_complete: true, ..FetchStats::default() };
        let at = |second| Timestamp::from_second(second).unwrap();
        stats.write(&path, "orders", Duration::from_secs(2), at(1_000)).unwrap();
        stats.is_complete = false;
        stats.write(&path, "orders", Duration::from_secs(3), at(2_000)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for line in [
            "tilegen_fetch_seconds{source=\"orders\"} 3",
            "tilegen_fetch_failed{source=\"orders\"} 1",
            "tilegen_fetch_success_timestamp_seconds{source=\"orders\"} 1000",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
