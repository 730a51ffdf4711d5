//! The modification time of an input file.

use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp, Unit};

use super::regular::check_regular;

/// How much later than now a file may have been modified: clocks of two machines differ.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// A file was modified in the future, so its age is unknown.
#[derive(Debug, thiserror::Error)]
#[error(
    "{file} was modified at {modified}, which is {later} later than now ({now}); correct the clock, or touch the file"
)]
pub struct ModifiedInFuture {
    /// The file.
    pub file: String,
    /// Its modification time.
    pub modified: Timestamp,
    /// The clock.
    pub now: Timestamp,
    /// The difference, as text.
    pub later: String,
}

/// Rejects a modification time that is more than a minute after `now`.
pub(crate) fn check_modified(
    file: &str,
    modified: Timestamp,
    now: Timestamp,
) -> Result<(), ModifiedInFuture> {
    let later = modified.duration_since(now);
    if later <= TOLERANCE {
        return Ok(());
    }
    let later = match later.as_secs() {
        seconds if seconds < 3570 => units(seconds, 60, "minute"),
        seconds if seconds < 84_600 => units(seconds, 3600, "hour"),
        seconds => units(seconds, 86_400, "day"),
    };
    let second = |time: Timestamp| time.round(Unit::Second).unwrap_or(time);
    Err(ModifiedInFuture {
        file: file.to_owned(),
        modified: second(modified),
        now: second(now),
        later,
    })
}

/// A number of seconds in units, to the nearest whole number: 2 h 59 min 59 s are 3 hours.
fn units(seconds: i64, unit: i64, name: &str) -> String {
    match (seconds + unit / 2) / unit {
        1 => format!("1 {name}"),
        number => format!("{number} {name}s"),
    }
}

/// The modification time of a local file, which must be a regular one.
pub(crate) fn modified_at(path: &Path) -> io::Result<Timestamp> {
    check_regular(path)?;
    let modified = std::fs::metadata(path)?.modified()?;
    Ok(Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_a_minute_later_than_now() {
        let now: Timestamp = "2026-11-23T08:30:00Z".parse().unwrap();
        for seconds in [-86_400, 0, 30, 60] {
            let modified = now + SignedDuration::from_secs(seconds);
            assert!(check_modified("v.csv", modified, now).is_ok(), "{seconds}");
        }
        for (seconds, later) in [
            (61, "1 minute"),
            (7200, "2 hours"),
            (10_799, "3 hours"),
            (86_000, "1 day"),
            (400 * 86_400, "400 days"),
        ] {
            let modified = now + SignedDuration::from_secs(seconds);
            let error = check_modified("v.csv", modified, now).unwrap_err().to_string();
            for part in ["v.csv", later, "2026-11-23T08:30:00Z", "clock", "touch"] {
                assert!(error.contains(part), "{part} is not in: {error}");
            }
        }
    }
}
