//! Errors of a snapshot build. After each of them the last published layers stay unchanged.

use std::path::PathBuf;

use jiff::Timestamp;
use tilecore::archive::WriteError;
use tilecore::manifest::TableNameError;
use tilecore::text::{counted, was_or_were};

use crate::files::{CsvError, DamagedParquet, EncodingError, ModifiedInFuture};
use crate::orders::lines::TooManyLines;
use crate::polygons::AreaError;
use crate::publish::OutputError;
use crate::publish::guards::{Acceptance, GuardStop};

/// An error of a snapshot build.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file could not be read.
    #[error("could not read {name}")]
    Io {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The file name has an unknown extension.
    #[error("the name of {name} must end with .parquet, .csv, .jsonl or .ndjson")]
    UnknownFormat {
        /// The file.
        name: String,
    },
    /// The file is empty, or in another encoding or format.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// The file was modified in the future.
    #[error(transparent)]
    Modified(#[from] ModifiedInFuture),
    /// The file changed while it was read.
    #[error(
        "{name} changed while it was read: {read} bytes were read, and it has {size}; run the job again"
    )]
    Changed {
        /// The file.
        name: String,
        /// Number of bytes that were read.
        read: u64,
        /// Size in bytes after that.
        size: u64,
    },
    /// The Parquet file is damaged or truncated.
    #[error(transparent)]
    Damaged(#[from] DamagedParquet),
    /// A page of the Parquet file is too long.
    #[error(
        "column `{column}` of {name} has a page of {bytes} bytes, more than {max}; shorten its long values, or write it with smaller pages"
    )]
    LongPage {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Length of the page when it is decompressed.
        bytes: u64,
        /// Greatest length.
        max: u64,
    },
    /// A text is longer than a code or a name may be.
    #[error(
        "{name}, row {row}: column `{column}` contains a text of {bytes} bytes, longer than {max} bytes; correct the row",
        max = crate::files::MAX_VALUE_BYTES
    )]
    LongText {
        /// The file.
        name: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
        /// Length of the text.
        bytes: usize,
    },
    /// Rows of the Parquet file could not be decoded.
    #[error("could not read the rows of {name}")]
    Decode {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: arrow_schema::ArrowError,
    },
    /// The CSV file is malformed or truncated.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// A JSON object contains a key twice.
    #[error(
        "line {line} of {name} contains the key `{key}` more than once; keep one of its values"
    )]
    RepeatedKey {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// The key.
        key: String,
    },
    /// A line is not a JSON object.
    #[error("line {line} of {name} is not a complete JSON object")]
    Json {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// A required column is missing.
    #[error(
        "{name} has no column `{column}`; its columns are {found}; if the column has another name, set `{key}` in [{section}.columns]"
    )]
    MissingColumn {
        /// The file.
        name: String,
        /// Section of the configuration.
        section: &'static str,
        /// Key of the configuration.
        key: String,
        /// The column.
        column: String,
        /// The columns of the file.
        found: String,
    },
    /// A column has the wrong type.
    #[error("{name}: column `{column}` contains {found}, but must contain {expected}")]
    WrongType {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The actual type or value.
        found: String,
        /// The expected type.
        expected: &'static str,
    },
    /// A code is a number with a fraction, or too large for its type.
    #[error(
        "{name}, row {row}: column `{column}` contains {value}, which is not a whole number up to 2^53; write the codes as text or whole numbers"
    )]
    FractionalCode {
        /// The file.
        name: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A value of a binary column is not UTF-8.
    #[error("{name}, row {row}: column `{column}` contains bytes that are not UTF-8 text")]
    BinaryNotUtf8 {
        /// The file.
        name: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
    },
    /// A grades file has an unknown layout.
    #[error(
        "{name} is not a grades file: its columns are {found}; expected {expected}; if the columns have other names, set them in [grades.columns]"
    )]
    GradesLayout {
        /// The file.
        name: String,
        /// The columns of the file.
        found: String,
        /// The columns of the known layouts.
        expected: String,
    },
    /// The folder contains no targets.
    #[error(
        "{folder} contains no targets file; name each file after the key of a city, such as tehran.csv"
    )]
    NoTargets {
        /// The folder.
        folder: PathBuf,
    },
    /// The name of a file of targets does not begin with the key of a city.
    #[error("the name of {path} does not begin with the key of a city; the keys are {known}")]
    TargetsCity {
        /// The file.
        path: PathBuf,
        /// Keys of the cities.
        known: String,
    },
    /// A city has more than one file of targets.
    #[error("{first} and {second} are both target files for the city {city}; remove the old one")]
    TwoTargetFiles {
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
        /// The key of the city.
        city: String,
    },
    /// A file of targets has no rows.
    #[error("{path} has no rows below its header; add targets, or remove the file")]
    NoTargetRows {
        /// The file.
        path: PathBuf,
    },
    /// A column of a file of targets has no name.
    #[error("{path}: column {column} has no name; name it after a business line, or remove it")]
    UnnamedColumn {
        /// The file.
        path: PathBuf,
        /// The column, from 1.
        column: usize,
    },
    /// A row of targets has no area.
    #[error("{path}, line {line} has no marketing area in the column `{column}`")]
    TargetWithoutArea {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column of areas.
        column: String,
    },
    /// A target is not a whole number.
    #[error(
        "{path}, line {line}, column `{column}`: `{text}` is not a whole number of vendors, 0 or more"
    )]
    Target {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column, which is a business line.
        column: String,
        /// The value.
        text: String,
    },
    /// An area has two rows of targets.
    #[error(
        "{path}, line {line}: the area `{area}` is already in line {first}; remove one of the two rows"
    )]
    TargetTwice {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The area.
        area: String,
        /// The line of the first row.
        first: u64,
    },
    /// Targets name unknown areas or lines.
    #[error(
        "the targets name {}; correct the names, or set allow_unmatched_targets",
        unmatched(areas, lines)
    )]
    UnmatchedTargets {
        /// The names of areas, with their files.
        areas: Vec<String>,
        /// The names of business lines, with their files.
        lines: Vec<String>,
    },
    /// The snapshot is too old.
    #[error(
        "the snapshot {name} is stale: it was written at {written_at}, {} ago, and max_age_minutes is {allowed}",
        counted(age.unsigned_abs(), "minute")
    )]
    Stale {
        /// The file.
        name: String,
        /// When it was written.
        written_at: Timestamp,
        /// The age in minutes.
        age: i64,
        /// The maximum age in minutes.
        allowed: u32,
    },
    /// The published snapshot is newer.
    #[error(
        "the snapshot {name} was written at {written_at}, before the published snapshot of {newest}"
    )]
    OlderThanPublished {
        /// The file.
        name: String,
        /// When it was written.
        written_at: Timestamp,
        /// When the published snapshot was written.
        newest: Timestamp,
    },
    /// A guard stopped the build.
    #[error(transparent)]
    Guard(#[from] GuardStop),
    /// There are no rows.
    #[error("{name} has no rows of vendors")]
    NoRows {
        /// The file.
        name: String,
    },
    /// There are no valid vendors.
    #[error(
        "{name} contains no valid vendors: {} read, {reasons}; correct them",
        counted(*rows, "row")
    )]
    NoVendors {
        /// The file.
        name: String,
        /// Number of rows read.
        rows: u64,
        /// Rejected rows by reason.
        reasons: String,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {} of {name} {} rejected ({reasons}), and max_reject_share is {allowed}; correct the rows",
        counted(*rows, "row"),
        was_or_were(*rejected)
    )]
    TooManyRejects {
        /// The file.
        name: String,
        /// Number of rows rejected.
        rejected: u64,
        /// Number of rows read.
        rows: u64,
        /// Rejected rows by reason, most frequent first.
        reasons: String,
        /// Maximum share of rejected rows.
        allowed: f64,
    },
    /// Longitude and latitude seem to be swapped.
    #[error(
        "{swapped} of {} of {name} are outside their city, and inside it if longitude and latitude are swapped; set longitude = {lat:?} and latitude = {lng:?} under [vendors.columns]",
        counted(*vendors, "vendor")
    )]
    SwappedPositions {
        /// The file.
        name: String,
        /// Vendors that are inside their city only if their coordinates are swapped.
        swapped: u64,
        /// Number of vendors.
        vendors: u64,
        /// The column of longitudes.
        lng: String,
        /// The column of latitudes.
        lat: String,
    },
    /// The radii are not kilometres.
    #[error(
        "the median of the column `{column}` of {name} is {median} km, and the limit is {limit} km; give the radius in kilometres, not in metres"
    )]
    LargeRadii {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The median in kilometres.
        median: f64,
        /// The limit in kilometres.
        limit: u32,
    },
    /// The number of vendors has dropped since the published snapshot.
    #[error(
        "{name} has {} of {scope}, but the published snapshot has {before}, and max_shrink_share is {allowed}",
        counted(*now, "vendor")
    )]
    TooFewVendors {
        /// The file.
        name: String,
        /// The key of a city, or `all cities`.
        scope: String,
        /// Number of vendors in the published snapshot.
        before: u64,
        /// Number of vendors in this snapshot.
        now: u64,
        /// Maximum share of missing vendors.
        allowed: f64,
    },
    /// There are too many business lines.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
    /// Areas could not be read.
    #[error("could not read the areas")]
    Areas(#[from] AreaError),
    /// An archive could not be written.
    #[error("could not write the archive of {layer}/now")]
    Write {
        /// The layer.
        layer: &'static str,
        /// Cause.
        #[source]
        source: WriteError,
    },
    /// A table could not be written.
    #[error("could not write the table {name}")]
    Table {
        /// The table.
        name: String,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// The key of a city is not valid in a table name.
    #[error("the key of a city is not valid in the name of a table")]
    TableName(#[from] TableNameError),
    /// The output could not be stored or published.
    #[error(transparent)]
    Output(OutputError),
}

impl<E> From<E> for SnapshotError
where
    OutputError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Output(error.into())
    }
}

/// The names of targets that do not exist, by their kind.
fn unmatched(areas: &[String], lines: &[String]) -> String {
    let kinds = [("areas", areas), ("business lines", lines)];
    let named = kinds.into_iter().filter(|(_, names)| !names.is_empty());
    let named =
        named.map(|(kind, names)| format!("{kind} that do not exist: {}", names.join(", ")));
    named.collect::<Vec<_>>().join("; and ")
}

impl SnapshotError {
    /// If a guard stopped the build, the `--accept` values with which it would publish. Without them, a retry
    /// stops again.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        if let Self::Guard(stop) = self { Some(stop.acceptances()) } else { None }
    }
}
