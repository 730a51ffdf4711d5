//! The audit log: who read which internal layer of which city, in which hour. It is never sampled.
//!
//! Each day (UTC) has one file with one JSON object per line. A thread writes them, so that no request
//! waits for the disk.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use tilecore::error::chain;
use tracing::{error, info};

/// Where the log is written, and for how long it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditOptions {
    /// The folder of its files. Each server needs its own.
    pub folder: PathBuf,
    /// Days for which a file is kept.
    pub keep_days: u16,
}

/// Why the log cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the audit log in {}; create the folder, and let the server write to it", folder.display())]
pub struct AuditError {
    folder: PathBuf,
    #[source]
    source: io::Error,
}

/// A holder of access read a layer of a city in an hour.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Line {
    /// The start of the hour.
    hour: Timestamp,
    /// `person` or `credential` (a token or a key).
    kind: String,
    name: String,
    /// The layer or table.
    layer: String,
    /// The key of the city, `all` or `elsewhere`.
    city: String,
}

/// The log.
#[derive(Debug)]
pub struct AuditLog {
    seen: Mutex<Seen>,
    lines: Option<Sender<Line>>,
    writer: Option<JoinHandle<()>>,
}

/// The lines of the current hour.
#[derive(Debug, Default)]
struct Seen {
    hour: Timestamp,
    lines: HashSet<Line>,
}

impl AuditLog {
    /// Opens the log, and checks that it can be written.
    pub fn open(options: &AuditOptions) -> Result<Self, AuditError> {
        Self::open_at(options, Timestamp::now())
    }

    fn open_at(options: &AuditOptions, now: Timestamp) -> Result<Self, AuditError> {
        let failed = |source| AuditError { folder: options.folder.clone(), source };
        open_file(&options.folder, date_of(now)).map_err(failed)?;
        let seen = Seen { hour: hour_of(now), lines: written(&options.folder, hour_of(now)) };
        let (lines, received) = channel();
        let writer = std::thread::Builder::new()
            .name("audit log".to_owned())
            .spawn({
                let options = options.clone();
                move || write_all(&options, &received)
            })
            .map_err(failed)?;
        Ok(Self { seen: Mutex::new(seen), lines: Some(lines), writer: Some(writer) })
    }

    /// Records that a holder read a layer of a city. Only the first time in an hour makes a line.
    pub fn record(&self, kind: &str, name: &str, layer: &str, city: &str) {
        self.record_at(Timestamp::now(), [kind, name, layer, city]);
    }

    fn record_at(&self, now: Timestamp, words: [&str; 4]) {
        let [kind, name, layer, city] = words.map(str::to_owned);
        let line = Line { hour: hour_of(now), kind, name, layer, city };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.hour != line.hour {
            *seen = Seen { hour: line.hour, lines: HashSet::new() };
        }
        if seen.lines.insert(line.clone())
            && let Some(lines) = &self.lines
            && lines.send(line).is_err()
        {
            error!("the audit log has no writer");
        }
    }
}

impl Drop for AuditLog {
    /// Waits until every line is written.
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            error!("the writer of the audit log panicked");
        }
    }
}

fn write_all(options: &AuditOptions, lines: &Receiver<Line>) {
    let mut day = None;
    for line in lines {
        let date = date_of(line.hour);
        if day.replace(date) != Some(date) {
            remove_old(options, date);
        }
        // A line that the disk does not take goes to the ordinary log, so it is not lost.
        if let Err(cause) = append(&options.folder, date, &line) {
            let Line { hour, kind, name, layer, city } = &line;
            error!(%hour, kind, name, layer, city, cause = chain(&cause), "audit line not written");
        }
    }
}

fn append(folder: &Path, date: Date, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    open_file(folder, date)?.write_all(text.as_bytes())
}

fn open_file(folder: &Path, date: Date) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(file_of(folder, date))
}

fn file_of(folder: &Path, date: Date) -> PathBuf {
    folder.join(format!("audit-{date}.jsonl"))
}

/// The day of a file.
fn day_of(path: &Path) -> Option<Date> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix("audit-")?.strip_suffix(".jsonl")?.parse().ok()
}

/// Removes the files of days that are no longer kept.
fn remove_old(options: &AuditOptions, today: Date) {
    let Ok(files) = fs::read_dir(&options.folder) else { return };
    let first = today.saturating_sub(i64::from(options.keep_days).days());
    for path in files.filter_map(|file| Some(file.ok()?.path())) {
        if day_of(&path).is_some_and(|day| day < first) {
            match fs::remove_file(&path) {
                Ok(()) => info!(file = %path.display(), "old audit log removed"),
                Err(cause) => {
                    error!(file = %path.display(), cause = chain(&cause), "old audit log not removed");
                }
            }
        }
    }
}

/// The lines of an hour that were written before a restart.
fn written(folder: &Path, hour: Timestamp) -> HashSet<Line> {
    let text = fs::read_to_string(file_of(folder, date_of(hour))).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    lines.filter(|line: &Line| line.hour == hour).collect()
}

fn hour_of(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().div_euclid(3600) * 3600).unwrap_or(now)
}

fn date_of(now: Timestamp) -> Date {
    Offset::UTC.to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(folder: &Path, day: &str) -> Vec<String> {
        let text =
            fs::read_to_string(folder.join(format!("audit-{day}.jsonl"))).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_person_layer_city_and_hour_has_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let options = AuditOptions { folder: folder.path().to_owned(), keep_days: 30 };
        let log = AuditLog::open(&options).unwrap();
        for _ in 0..50 {
            for city in ["tehran", "shiraz"] {
                log.record_at(at("2026-11-30T08:10:00Z"), ["person", "sara", "density", city]);
                log.record_at(at("2026-11-30T08:50:00Z"), ["person", "sara", "density", city]);
            }
        }
        log.record_at(at("2026-11-30T09:00:00Z"), ["person", "sara", "density", "tehran"]);
        log.record_at(at("2026-12-01T00:00:00Z"), ["credential", "etl", "density", "all"]);
        drop(log);
        let first = lines(folder.path(), "2026-11-30");
        assert_eq!(first.len(), 3, "{first:?}");
        assert_eq!(
            first[0],
            r#"{"hour":"2026-11-30T08:00:00Z","kind":"person","name":"sara","layer":"density","city":"tehran"}"#
        );
        assert_eq!(lines(folder.path(), "2026-12-01").len(), 1);
    }

    #[test]
    fn a_restart_within_an_hour_repeats_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let options = AuditOptions { folder: folder.path().to_owned(), keep_days: 30 };
        for start in ["2026-11-30T08:10:00Z", "2026-11-30T08:20:00Z", "2026-11-30T09:00:00Z"] {
            let log = AuditLog::open_at(&options, at(start)).unwrap();
            log.record_at(at(start), ["person", "sara", "density", "tehran"]);
        }
        assert_eq!(lines(folder.path(), "2026-11-30").len(), 2);
    }

    #[test]
    fn files_are_removed_after_the_days_that_they_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["audit-2026-10-30.jsonl", "audit-2026-11-01.jsonl", "notes.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let options = AuditOptions { folder: folder.path().to_owned(), keep_days: 30 };
        let log = AuditLog::open(&options).unwrap();
        log.record_at(at("2026-11-30T08:10:00Z"), ["person", "sara", "density", "tehran"]);
        drop(log);
        let exists = |name: &str| folder.path().join(name).exists();
        assert!(!exists("audit-2026-10-30.jsonl"));
        assert!(exists("audit-2026-11-01.jsonl") && exists("notes.txt"));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let options = AuditOptions { folder: PathBuf::from("/nowhere/audit"), keep_days: 30 };
        let error = AuditLog::open(&options).unwrap_err();
        assert!(error.to_string().contains("/nowhere/audit"), "{error}");
    }
}
