//! What the sources would deliver: the columns of a few rows, and three rows without ids and exact positions.

mod columns;

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use crate::config::fetch::{SourceConfig, VendorOrigin, VendorSource};
use crate::config::{Config, DegreesColumn, VENDOR_COLUMNS};
use crate::fetch::error::QueryError;
use crate::fetch::part::{PartError, PartFile};
use crate::fetch::source::Source;
use crate::fetch::window::DayWindow;
pub use columns::CheckedColumn;
use columns::Meaning;

/// Rows that a source is asked for.
const ROWS: u64 = 100;

/// Nothing is configured.
#[derive(Debug, thiserror::Error)]
#[error("no system is configured; write [fetch.orders] or [[fetch.vendors]] in the configuration")]
pub struct NoSystemError;

/// Every system that the configuration names.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    /// The systems.
    pub sources: Vec<CheckedSource>,
}

/// A system that was asked.
#[derive(Debug, Default, Serialize)]
pub struct CheckedSource {
    /// Its name, such as `orders` or `vendors-tapsifood`.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Rows that came, at most 100.
    pub rows: u64,
    /// The columns.
    pub columns: Vec<CheckedColumn>,
    /// Columns of the configuration that did not come.
    pub missing: Vec<String>,
    /// Three rows.
    pub examples: Vec<Vec<String>>,
    /// Why it cannot be used.
    pub error: Option<String>,
}

/// Asks every system for a few rows. `day` is that of orders; without it, yesterday.
///
/// # Errors
/// If no system is configured.
pub fn check_sources(
    config: &Config,
    day: Option<Date>,
    now: Timestamp,
    folder: &Path,
) -> Result<CheckReport, NoSystemError> {
    let today = config.time_zone.to_datetime(now).date();
    let day = day.or_else(|| today.yesterday().ok()).unwrap_or(today);
    let window = DayWindow::new(day, &config.time_zone);
    let mut sources = Vec::new();
    if let Some(source) = &config.fetch.orders {
        let check = Check { config, source, name: "orders".to_owned(), folder };
        sources.push(check.run(window.as_ref(), &order_meanings(config)));
    }
    for VendorSource { name, origin, .. } in &config.fetch.vendors {
        let VendorOrigin::System(source) = origin else { continue };
        let check = Check { config, source, name: format!("vendors-{name}"), folder };
        sources.push(check.run(None, &vendor_meanings(config)));
    }
    if sources.is_empty() { Err(NoSystemError) } else { Ok(CheckReport { sources }) }
}

/// A system to ask.
struct Check<'a> {
    config: &'a Config,
    source: &'a SourceConfig,
    name: String,
    folder: &'a Path,
}

impl Check<'_> {
    fn run(self, window: Option<&DayWindow>, meanings: &[Meaning]) -> CheckedSource {
        let (name, kind) = (self.name, self.source.request.to_string());
        let sample = Source::new(self.source, self.config).sample(window, ROWS, self.folder);
        let described = sample.and_then(|part| described(&part, meanings));
        match described {
            Ok(checked) => CheckedSource { name, kind, ..checked },
            Err(error) => {
                let error = Some(tilecore::error::chain(&error));
                CheckedSource { name, kind, error, ..CheckedSource::default() }
            }
        }
    }
}

fn described(part: &PartFile, meanings: &[Meaning]) -> Result<CheckedSource, QueryError> {
    let read = |source| QueryError::Part(PartError::Parquet(source));
    let file = std::fs::File::open(part.path()).map_err(PartError::Io)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(read)?;
    let schema = reader.schema().clone();
    let reader = reader.with_batch_size(ROWS as usize).build().map_err(read)?;
    let batches: Result<Vec<_>, _> = reader.collect();
    let batches = batches.map_err(|source| read(source.into()))?;
    let missing = meanings.iter().filter(|meaning| meaning.is_required);
    let missing = missing.filter(|meaning| schema.column_with_name(&meaning.column).is_none());
    Ok(CheckedSource {
        rows: part.rows,
        columns: columns::describe(&schema, &batches, meanings),
        missing: missing.map(|meaning| meaning.column.clone()).collect(),
        examples: columns::examples(&schema, &batches, meanings),
        ..CheckedSource::default()
    })
}

/// What the columns of orders mean.
fn order_meanings(config: &Config) -> Vec<Meaning> {
    let columns = &config.orders.columns;
    let plain = [
        (columns.city.name(), "city"),
        (columns.line.name(), "line"),
        (columns.organic.name(), "organic"),
    ];
    let plain = plain.into_iter().filter_map(|(column, key)| Some(Meaning::plain(column?, key)));
    let order_id = columns.order_id.as_deref().map(|column| Meaning::id(column, "order_id"));
    let required = [
        Meaning::position(&columns.lng, "lng"),
        Meaning::position(&columns.lat, "lat"),
        Meaning::id(&columns.user, "user"),
        Meaning::plain(&columns.time.column, "time"),
    ];
    // The id may be missing, and then no duplicates are found.
    let order_id = order_id.map(|meaning| meaning.required_if(false));
    plain.chain(required).chain(order_id).collect()
}

/// What the columns of vendors mean. The first eight are required.
fn vendor_meanings(config: &Config) -> Vec<Meaning> {
    let meaning = |(index, key): (usize, &&'static str)| {
        let column = config.vendors.of(key);
        let in_degrees = || DegreesColumn { column: column.to_owned(), scale: 1.0 };
        let meaning = match *key {
            "vendor_code" | "vendor_name" => Meaning::id(column, key),
            "latitude" | "longitude" => Meaning::position(&in_degrees(), key),
            key => Meaning::plain(column, key),
        };
        meaning.required_if(index < 8)
    };
    VENDOR_COLUMNS.iter().enumerate().map(meaning).collect()
}

impl CheckReport {
    /// The first system that cannot be used, with the reason.
    #[must_use]
    pub fn first_failure(&self) -> Option<(&str, String)> {
        self.sources.iter().find_map(|source| {
            let missing = (!source.missing.is_empty())
                .then(|| format!("it has no column {}", source.missing.join(", ")));
            Some((&*source.name, source.error.clone().or(missing)?))
        })
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.sources {
            writeln!(f, "{} ({}): {} rows", source.name, source.kind, source.rows)?;
            for column in &source.columns {
                writeln!(f, "  {column}")?;
            }
            for column in &source.missing {
                writeln!(f, "  {column}: missing")?;
            }
            for example in &source.examples {
                writeln!(f, "  {}", example.join(" | "))?;
            }
            if let Some(error) = &source.error {
                writeln!(f, "  cannot be used: {error}")?;
            }
        }
        Ok(())
    }
}
