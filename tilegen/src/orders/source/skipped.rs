//! Files at the address of the orders that are not read, counted by reason and named.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Most names that the report lists for each reason.
const MAX_NAMES: usize = 20;

/// Most names that a message lists for each reason.
const MAX_NAMES_IN_MESSAGE: usize = 3;

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// An order file, but its name or a folder of it begins with `.` or `_`.
    HiddenOrderFile,
    /// Another file whose name or folder begins with `.` or `_`, such as `_SUCCESS` or a checksum.
    HiddenOtherFile,
    /// A file without the extension of an order file.
    OtherExtension,
    /// A file or folder that was already read under another name.
    ReadAlready,
    /// A file with the same content as another one that is read.
    Copy,
    /// A link to a file or folder that does not exist.
    BrokenLink,
    /// A pipe, socket or device.
    NotRegularFile,
    /// A file of a day that another file of the day has replaced.
    Superseded,
}

impl SkipReason {
    /// A phrase that completes "N files …".
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::HiddenOrderFile => {
                "of orders that are hidden: a name in their path begins with `.` or `_`"
            }
            Self::HiddenOtherFile => "of other kinds that are hidden",
            Self::OtherExtension => "without the extension .parquet, .parq or .pq",
            Self::ReadAlready => "already read under another name",
            Self::Copy => "with the same content as another file",
            Self::BrokenLink => "behind a link whose target does not exist",
            Self::NotRegularFile => "that are pipes, sockets or devices",
            Self::Superseded => "that newer files of the same day replace",
        }
    }
}

/// The files that were skipped for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SkippedNames {
    /// Number of files.
    pub files: u64,
    /// The first of their names, relative to the folder that was searched. A folder that was skipped as a
    /// whole is named once, and its name ends with `/`.
    pub names: Vec<String>,
}

/// Files that are not read, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SkippedFiles(BTreeMap<SkipReason, SkippedNames>);

impl SkippedFiles {
    /// Counts one file.
    pub(super) fn add(&mut self, reason: SkipReason, name: &str) {
        self.add_files(reason, name, 1);
    }

    /// Counts the files of a folder, or one file.
    pub(super) fn add_files(&mut self, reason: SkipReason, name: &str, files: u64) {
        if files == 0 {
            return;
        }
        let skipped = self.0.entry(reason).or_default();
        skipped.files += files;
        let name = name.replace(char::is_control, "\u{fffd}");
        if skipped.names.len() < MAX_NAMES && skipped.names.last() != Some(&name) {
            skipped.names.push(name);
        }
    }

    /// The files that were skipped for a reason.
    #[must_use]
    pub fn of(&self, reason: SkipReason) -> Option<&SkippedNames> {
        self.0.get(&reason)
    }

    /// Number of skipped files.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().map(|skipped| skipped.files).sum()
    }

    /// Writes one line to the log. Markers and checksums are part of every export, and replaced files are kept for
    /// a while, so they do not cause a warning.
    pub(super) fn log(&self, orders: &str) {
        let files = self.total();
        let expected = [SkipReason::HiddenOtherFile, SkipReason::Superseded];
        if self.0.keys().any(|reason| !expected.contains(reason)) {
            tracing::warn!(orders, files, reasons = %self, "some files are not read");
        } else if files > 0 {
            tracing::info!(orders, files, reasons = %self, "some files are not read");
        }
    }
}

impl fmt::Display for SkippedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (reason, SkippedNames { files, names })) in self.0.iter().enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            let shown = names[..names.len().min(MAX_NAMES_IN_MESSAGE)].join(", ");
            let more = if names.len() > MAX_NAMES_IN_MESSAGE { ", …" } else { "" };
            write!(f, "{separator}{files} {} ({shown}{more})", reason.description())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_by_reason_and_the_first_ones_are_named() {
        let mut skipped = SkippedFiles::default();
        for number in 0..25 {
            skipped.add(SkipReason::OtherExtension, &format!("{number:02}.txt"));
        }
        skipped.add_files(SkipReason::HiddenOrderFile, "_temporary/", 7);
        skipped.add_files(SkipReason::HiddenOtherFile, "_empty/", 0);
        let other = skipped.of(SkipReason::OtherExtension).unwrap();
        assert_eq!((skipped.total(), other.files, other.names.len()), (32, 25, MAX_NAMES));
        assert_eq!(skipped.of(SkipReason::HiddenOtherFile), None);
        assert_eq!(
            skipped.to_string(),
            "7 of orders that are hidden: a name in their path begins with `.` or `_` (_temporary/), \
             25 without the extension .parquet, .parq or .pq (00.txt, 01.txt, 02.txt, …)"
        );
    }

    #[test]
    fn a_folder_is_named_once_and_control_characters_are_not_shown() {
        let mut skipped = SkippedFiles::default();
        skipped.add(SkipReason::HiddenOrderFile, "_tmp/");
        skipped.add(SkipReason::HiddenOrderFile, "_tmp/");
        skipped.add(SkipReason::HiddenOrderFile, "_a\u{1b}[2J");
        let hidden = skipped.of(SkipReason::HiddenOrderFile).unwrap();
        assert_eq!(hidden.files, 3);
        assert_eq!(hidden.names, ["_tmp/", "_a\u{fffd}[2J"]);
    }
}
