//! Deletes the days of orders that are older than the retention period of raw orders.
//!
//! Only files of `tilegen fetch orders` are deleted. Of a day, the replaced files go first, then the manifest, then the
//! file that it named: if the command is killed between them, builds still read the orders of the day once or not
//! at all.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use crate::fetch::day_store::{DayStore, DayStoreError, is_part};
use crate::orders::day_manifest::DAY_MANIFEST;
use crate::store::StoreError;

/// The shortest retention period in days: a public window of 28 days, the one after it, and three days of grace.
pub const MIN_DAYS: i64 = 59;

/// Why no orders were deleted.
#[derive(Debug, thiserror::Error)]
pub enum RetireInputsError {
    /// The inputs could not be read or changed.
    #[error(transparent)]
    Days(#[from] DayStoreError),
    /// The period is too short.
    #[error(
        "orders of fewer than {MIN_DAYS} days are not enough for the next public window; give at least {MIN_DAYS}d, and not less than the longest window of your builds"
    )]
    TooShort,
    /// Every day would be deleted.
    #[error(
        "every day would be deleted: the newest one is {newest}; check the clock, and whether days are still fetched"
    )]
    Everything {
        /// The newest day.
        newest: Date,
    },
}

impl From<StoreError> for RetireInputsError {
    fn from(error: StoreError) -> Self {
        Self::Days(error.into())
    }
}

/// What was deleted, or would be deleted in a dry run.
#[derive(Clone, Debug, Serialize)]
pub struct RetiredInputs {
    /// Whether nothing was deleted.
    pub dry_run: bool,
    /// The first day that is kept.
    pub first_kept: Date,
    /// Deleted days.
    pub days: Vec<Date>,
    /// Number of deleted files.
    pub files: u64,
    /// Older files that another program wrote. They are kept.
    pub foreign_files: Vec<String>,
    /// The first day of which orders are left; the slot `all` of the next build starts there.
    pub oldest_left: Option<Date>,
}

/// Deletes the days that lie more than `keep_days` days before `today`.
///
/// # Errors
/// If the period is too short, if no day would be left, or if the inputs cannot be read or changed.
pub fn retire_inputs(
    address: &str,
    keep_days: i64,
    today: Date,
    dry_run: bool,
) -> Result<RetiredInputs, RetireInputsError> {
    if keep_days < MIN_DAYS {
        return Err(RetireInputsError::TooShort);
    }
    let store = DayStore::open(address)?;
    let first_kept = today.checked_sub(jiff::Span::new().days(keep_days)).unwrap_or(Date::MIN);
    let mut by_day: BTreeMap<Date, Vec<String>> = BTreeMap::new();
    for (day, name) in store.order_files()? {
        by_day.entry(day).or_default().push(name);
    }
    let mut left = by_day.split_off(&first_kept);
    if let (Some((&newest, _)), true) = (by_day.last_key_value(), left.is_empty()) {
        return Err(RetireInputsError::Everything { newest });
    }
    let mut retired = RetiredInputs {
        dry_run,
        first_kept,
        days: Vec::new(),
        files: 0,
        foreign_files: Vec::new(),
        oldest_left: None,
    };
    for (day, names) in by_day {
        let (own, foreign): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| is_part(name));
        retired.foreign_files.extend(foreign.iter().map(|name| store.address_of(day, name)));
        if !foreign.is_empty() {
            left.entry(day).or_default().extend(foreign);
        }
        if own.is_empty() {
            continue;
        }
        if !dry_run {
            delete(&store, day, &own)?;
        }
        retired.files += own.len() as u64;
        retired.days.push(day);
    }
    retired.oldest_left = left.keys().next().copied();
    Ok(retired)
}

fn delete(store: &DayStore, day: Date, names: &[String]) -> Result<(), RetireInputsError> {
    let current = store.manifest(day)?.map(|manifest| manifest.file);
    let (last, replaced): (Vec<_>, Vec<_>) =
        names.iter().partition(|name| Some(*name) == current.as_ref());
    for name in replaced {
        store.remove(day, name)?;
    }
    store.remove(day, DAY_MANIFEST)?;
    for name in last {
        store.remove(day, name)?;
    }
    Ok(())
}

impl fmt::Display for RetiredInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.dry_run { "would be deleted" } else { "deleted" };
        for day in &self.days {
            writeln!(f, "{day}")?;
        }
        for file in &self.foreign_files {
            writeln!(f, "kept, because tilegen did not write it: {file}")?;
        }
        let (days, files, first) = (self.days.len(), self.files, self.first_kept);
        writeln!(f, "{days} days ({files} files) before {first} {verb}")?;
        match self.oldest_left {
            Some(day) => writeln!(f, "the slot `all` of the next build starts on {day}"),
            None => writeln!(f, "no day is left"),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::store::Store;

    const TODAY: Date = Date::constant(2026, 11, 23);

    fn part(digit: char) -> String {
        format!("part-{}.parquet", digit.to_string().repeat(32))
    }

    /// Days with a manifest, an old one with a file of another program, and one that only has such a file.
    fn inputs() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().to_str().unwrap(), true).unwrap();
        for day in ["2025-01-01", "2025-10-18", "2025-10-19", "2026-11-22"] {
            let manifest = serde_json::json!({
                "format": 1, "date": day, "file": part('a'), "rows": 1, "bytes": 1, "source_rows": null,
                "columns": [], "source": "postgresql", "fetched_at": "2026-11-23T00:00:00Z",
            });
            let files = [(part('a'), Bytes::new()), (part('b'), Bytes::new())];
            let manifest = (DAY_MANIFEST.to_owned(), Bytes::from(manifest.to_string()));
            for (name, bytes) in files.into_iter().chain([manifest]) {
                store.create(&format!("orders/date={day}/{name}"), bytes).unwrap();
            }
        }
        for day in ["2025-01-01", "2024-12-01"] {
            store.create(&format!("orders/date={day}/own.parquet"), Bytes::new()).unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let store = Store::open(folder.path().to_str().unwrap(), false).unwrap();
        let listed = store.list("").unwrap();
        let keys = listed.iter().map(|object| object.location.to_string());
        keys.map(|key| key["orders/date=".len()..].replace(".parquet", "")).collect()
    }

    #[test]
    fn days_before_the_retention_period_are_deleted_and_files_of_others_are_kept() {
        let folder = inputs();
        let address = folder.path().to_str().unwrap();
        let before = names(&folder);
        let planned = retire_inputs(address, 400, TODAY, true).unwrap();
        assert_eq!(names(&folder), before, "a dry run");
        let retired = retire_inputs(address, 400, TODAY, false).unwrap();
        assert_eq!(retired.first_kept, Date::constant(2025, 10, 19));
        let days = [Date::constant(2025, 1, 1), Date::constant(2025, 10, 18)];
        assert_eq!((&retired.days[..], retired.files), (&days[..], 4));
        assert_eq!(planned.days, retired.days);
        assert_eq!(retired.foreign_files.len(), 2);
        let text = retired.to_string();
        assert!(text.contains("`all` of the next build starts on 2024-12-01"), "{text}");
        let left = names(&folder);
        assert_eq!(left.iter().filter(|name| name.starts_with("2025-10-19")).count(), 3);
        assert!(left.contains(&"2025-01-01/own".to_owned()) && left.len() == 8, "{left:?}");
    }

    #[test]
    fn a_short_period_and_a_clock_that_is_wrong_are_refused() {
        let folder = inputs();
        let address = folder.path().to_str().unwrap();
        let refused = |days, today| retire_inputs(address, days, today, false).unwrap_err();
        assert!(matches!(refused(58, TODAY), RetireInputsError::TooShort));
        let error = refused(59, Date::constant(2036, 1, 1)).to_string();
        assert!(error.contains("2026-11-22") && error.contains("clock"), "{error}");
    }

    #[test]
    fn a_killed_run_is_finished_by_the_next_one() {
        let folder = inputs();
        let address = folder.path().to_str().unwrap();
        let store = DayStore::open(address).unwrap();
        store.remove(Date::constant(2025, 10, 18), DAY_MANIFEST).unwrap();
        assert_eq!(retire_inputs(address, 400, TODAY, false).unwrap().files, 4);
        assert!(!names(&folder).iter().any(|name| name.starts_with("2025-10-18")));
    }
}
