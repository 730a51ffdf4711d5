//! What each source of vendors delivered.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::check::VendorSourceError;
use super::source_store::LastRows;
use crate::config::fetch::VendorSource;

/// What a run fetched.
#[derive(Debug, Default, Serialize)]
pub struct VendorsReport {
    /// Key of the joined file; `None` if no source delivered, or one never has.
    pub file: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// Every source, in the order of the configuration.
    pub sources: Vec<VendorSourceReport>,
    /// Files that were removed, because others replaced them more than a day ago.
    pub removed_files: u64,
}

/// A source of vendors.
#[derive(Debug, Default, Serialize)]
pub struct VendorSourceReport {
    /// Its name.
    pub name: String,
    /// The platform of its vendors.
    pub platform: &'static str,
    /// Rows that it has in the joined file.
    pub rows: u64,
    /// Rows that a build will reject.
    pub rejected: u64,
    /// Bytes that it sent.
    pub bytes: u64,
    /// When its rows were current; `None` if it never delivered.
    pub data_at: Option<Timestamp>,
    /// The age in seconds at which they are too old.
    pub max_age_seconds: u64,
    /// Whether they are too old.
    pub is_too_old: bool,
    /// Whether its file had not changed.
    pub is_unchanged: bool,
    /// Requests that were repeated.
    pub retries: u64,
    /// Seconds until its rows were stored.
    pub seconds: f64,
    /// Why it did not deliver. It keeps the rows that it delivered last.
    pub error: Option<String>,
}

impl VendorsReport {
    /// Adds a source with the rows that it has now.
    pub(super) fn add(
        &mut self,
        source: &VendorSource,
        last: &LastRows,
        seconds: f64,
        now: Timestamp,
    ) {
        let age = now.duration_since(last.data_at).as_secs();
        let max_age_seconds = source.max_age.as_secs();
        self.sources.push(VendorSourceReport {
            name: source.name.clone(),
            platform: source.platform,
            rows: last.rows,
            rejected: last.rejected,
            data_at: Some(last.data_at),
            max_age_seconds,
            is_too_old: u64::try_from(age).is_ok_and(|age| age > max_age_seconds),
            seconds,
            ..VendorSourceReport::default()
        });
    }

    /// Says how the rows of the last source came.
    pub(super) fn add_transfer(&mut self, last: &LastRows, is_unchanged: bool, retries: u64) {
        if let Some(source) = self.sources.last_mut() {
            source.bytes = if is_unchanged { 0 } else { last.bytes };
            source.is_unchanged = is_unchanged;
            source.retries = retries;
        }
    }

    /// Adds a source that failed, with the rows that it keeps.
    pub(super) fn add_failure(
        &mut self,
        source: &VendorSource,
        last: Option<&LastRows>,
        error: &VendorSourceError,
        seconds: f64,
        now: Timestamp,
    ) {
        let error = tilecore::error::chain(error);
        tracing::error!(source = source.name, error, "vendors of a source not fetched");
        match last {
            Some(last) => self.add(source, last, seconds, now),
            None => self.sources.push(VendorSourceReport {
                name: source.name.clone(),
                platform: source.platform,
                max_age_seconds: source.max_age.as_secs(),
                is_too_old: true,
                seconds,
                ..VendorSourceReport::default()
            }),
        }
        if let Some(source) = self.sources.last_mut() {
            source.error = Some(error);
        }
    }

    /// Sources that delivered.
    pub(super) fn delivered(&self) -> usize {
        self.sources.iter().filter(|source| source.error.is_none()).count()
    }

    /// The first source that failed, with the reason.
    #[must_use]
    pub fn first_failure(&self) -> Option<(&str, &str)> {
        self.sources.iter().find_map(|source| Some((&*source.name, source.error.as_deref()?)))
    }
}

impl fmt::Display for VendorsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            let VendorSourceReport { name, rows, rejected, bytes, seconds, .. } = source;
            write!(f, "{name}: {rows} rows, {rejected} rejected, {bytes} bytes, {seconds:.1} s")?;
            if let Some(data_at) = source.data_at {
                let old = if source.is_too_old { ", too old" } else { "" };
                write!(f, ", of {data_at:.0}{old}")?;
            }
            let error = source.error.as_ref().map(|error| format!("; not fetched: {error}"));
            writeln!(f, "{}", error.unwrap_or_default())?;
        }
        match &self.file {
            Some(file) => writeln!(f, "{} vendors in {file}", self.rows),
            None => writeln!(f, "no file written"),
        }
    }
}
