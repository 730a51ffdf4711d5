//! `tilegen sample`: deterministic demo data in the layouts that the other commands read.
//!
//! The same seed gives the same bytes on any number of threads. Three cities are laid out with hot
//! spots, streets and buildings (`places`, `city`); users live in them (`users`) and order again
//! from the same few addresses (`orders`); a fixed share of rows is dirty in every way that real
//! files are (`flaws`). `trends` has what changes from day to day and area to area, and
//! `year` the events of a whole year. `files` writes it all.

mod calendar;
mod city;
mod demand;
mod error;
mod files;
mod flaws;
mod lines;
mod orders;
mod partition;
mod places;
mod random;
mod trends;
mod users;
mod vendor_index;
mod vendors;
pub mod year;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use tilecore::text::parse_date;

use calendar::Calendar;
use city::{CITIES, City};
pub use error::SampleError;
use files::writer;
use flaws::FLAWS;
pub use flaws::Flaw;
use orders::Orders;
use users::Users;
use vendors::Vendor;

/// The files and folders of a sample. The orders come last, so a folder that has orders is complete.
const OUTPUTS: [&str; 8] = [
    "vendors",
    "grades.csv",
    "grades_b.csv",
    "areas",
    "regions",
    "neighbourhoods",
    "targets",
    "orders",
];

/// Arguments of `tilegen sample`.
#[derive(Clone, Debug, clap::Args)]
pub struct SampleArgs {
    /// Write to this folder. It is created if it does not exist.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write this many orders, including invalid ones.
    #[arg(long, value_name = "N", default_value_t = 300_000)]
    pub orders: u64,
    /// Spread the orders over this many calendar days of Asia/Tehran. Each day is a folder of files
    /// [default: 30, or 400 with --year].
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    pub days: Option<u16>,
    /// Write a year with events: Nowruz, Ramadan, growth, a strike, an outage, a new city and one that is
    /// shut down.
    #[arg(long)]
    pub year: bool,
    /// Generate random numbers from this seed. The same seed gives the same files.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
    /// Last day of the orders, such as 2026-11-22.
    #[arg(long, value_name = "DATE", default_value_t = date(2026, 11, 22), value_parser = parse_date)]
    pub last_day: Date,
}

impl SampleArgs {
    /// The sample that the arguments describe.
    #[must_use]
    pub fn spec(&self) -> SampleSpec {
        let Self { orders, seed, last_day, year: has_events, .. } = *self;
        let days = self.days.unwrap_or(if has_events { year::YEAR_DAYS } else { 30 });
        SampleSpec { out: self.out.clone(), orders, days, seed, last_day, has_events }
    }
}

/// Which sample to write, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSpec {
    /// Folder to write to. It is created if it does not exist.
    pub out: PathBuf,
    /// Number of rows in all order files together, including the invalid ones.
    pub orders: u64,
    /// Number of calendar days in Asia/Tehran, at least 1.
    pub days: u16,
    /// Seed of the random numbers. The same seed gives the same files.
    pub seed: u64,
    /// The last day.
    pub last_day: Date,
    /// Whether the days are those of a year with events, see [`year`].
    pub has_events: bool,
}

/// What was written. The same specification gives the same report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleReport {
    /// Rows in the order files.
    pub orders: u64,
    /// Number of order files.
    pub order_files: u64,
    /// Size of the order files in bytes.
    pub order_bytes: u64,
    /// Number of users. A few of them have no orders.
    pub users: u64,
    /// Rows of the vendor snapshot.
    pub vendors: u64,
    /// Size of all other files in bytes.
    pub other_bytes: u64,
    /// Number of rows with each flaw, rejected rows first.
    pub flaws: Vec<(Flaw, u64)>,
}

/// Writes a sample. Everything is written to a hidden folder first and moved into place at the end,
/// so an interrupted run leaves no partial sample.
pub fn write_sample(spec: &SampleSpec) -> Result<SampleReport, SampleError> {
    let calendar = calendar_of(spec)?;
    check_not_taken(&spec.out)?;
    writer::create_dir(&spec.out)?;
    let draft = tempfile::Builder::new()
        .prefix(".sample-")
        .tempdir_in(&spec.out)
        .map_err(|source| SampleError::io(&spec.out, source))?;
    let report = write_parts(spec, &calendar, draft.path())?;
    for part in OUTPUTS {
        let place = spec.out.join(part);
        fs::rename(draft.path().join(part), &place)
            .map_err(|source| SampleError::io(&place, source))?;
    }
    Ok(report)
}

fn calendar_of(spec: &SampleSpec) -> Result<Calendar, SampleError> {
    if spec.days == 0 {
        return Err(SampleError::NoDays);
    }
    Calendar::new(spec.last_day, spec.days, spec.orders, spec.has_events)
}

fn check_not_taken(out: &Path) -> Result<(), SampleError> {
    let taken = OUTPUTS.iter().map(|part| out.join(part)).find(|path| path.exists());
    taken.map_or(Ok(()), |path| Err(SampleError::AlreadyExists { path }))
}

fn write_parts(
    spec: &SampleSpec,
    calendar: &Calendar,
    dir: &Path,
) -> Result<SampleReport, SampleError> {
    let seed = spec.seed;
    let users = Users::for_orders(spec.orders, seed);
    let cities: Vec<City> = CITIES
        .iter()
        .map(|plan| City::generate(plan, seed, (users.count() as f64 * plan.share) as u64))
        .collect();
    let vendors = vendors::vendors(&cities, seed);
    let orders = Orders::new(seed, calendar, users, &cities, &vendors);
    let written = files::orders::write(&orders, &dir.join("orders"))?;
    Ok(SampleReport {
        orders: spec.orders,
        order_files: written.files,
        order_bytes: written.bytes,
        users: users.count(),
        vendors: vendors.len() as u64,
        other_bytes: write_others(spec, &cities, &vendors, dir)?,
        flaws: FLAWS.iter().map(|(flaw, _)| *flaw).zip(written.flaws).collect(),
    })
}

fn write_others(
    spec: &SampleSpec,
    cities: &[City],
    vendors: &[Vendor],
    dir: &Path,
) -> Result<u64, SampleError> {
    let seed = spec.seed;
    for folder in ["vendors", "areas", "targets"] {
        writer::create_dir(&dir.join(folder))?;
    }
    let mut bytes =
        files::snapshot::write(vendors, seed, &dir.join("vendors").join("snapshot.parquet"))?;
    bytes += files::grades::write_layout_a(vendors, seed, &dir.join("grades.csv"))?;
    bytes += files::grades::write_layout_b(vendors, seed, &dir.join("grades_b.csv"))?;
    for city in cities {
        bytes += files::areas::write(city, seed, &dir.join("areas"))?;
        bytes += files::targets::write(city, seed, &dir.join("targets"))?;
    }
    Ok(bytes + files::districts::write(seed, spec.last_day, dir)?)
}

impl SampleReport {
    /// Number of rows that a reader must reject or drop as duplicates.
    #[must_use]
    pub fn rejects(&self) -> u64 {
        self.flaws.iter().filter(|(flaw, _)| flaw.is_reject()).map(|(_, rows)| rows).sum()
    }

    /// Number of rows by reject reason, without reasons that have no rows. The order is that of the
    /// flaws.
    #[must_use]
    pub fn rejects_by_reason(&self) -> Vec<(&'static str, u64)> {
        let mut reasons: Vec<(&'static str, u64)> = Vec::new();
        for (flaw, rows) in self.flaws.iter().filter(|(_, rows)| *rows > 0) {
            let Some(reason) = flaw.reject_reason() else { continue };
            match reasons.iter_mut().find(|(other, _)| *other == reason) {
                Some((_, total)) => *total += rows,
                None => reasons.push((reason, *rows)),
            }
        }
        reasons
    }

    /// Number of rows with this flaw.
    #[must_use]
    pub fn rows_with(&self, flaw: Flaw) -> u64 {
        self.flaws.iter().find(|(other, _)| *other == flaw).map_or(0, |(_, rows)| *rows)
    }
}

impl fmt::Display for SampleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let Self { orders, order_files, order_bytes, users, vendors, other_bytes, .. } = self;
        let size = megabytes(*order_bytes);
        writeln!(
            f,
            "orders   {orders} rows of {users} users in {order_files} files, {size:.1} MB"
        )?;
        writeln!(f, "vendors  {vendors}")?;
        writeln!(f, "others   {:.1} MB", megabytes(*other_bytes))?;
        writeln!(
            f,
            "rejects  {} invalid rows, by the reason that a build reports:",
            self.rejects()
        )?;
        for (reason, rows) in self.rejects_by_reason() {
            writeln!(f, "  {rows:>9} {reason}")?;
        }
        writeln!(f, "valid rows without a value:")?;
        for (flaw, rows) in self.flaws.iter().filter(|(_, rows)| *rows > 0) {
            if let Some(value) = flaw.missing_value() {
                writeln!(f, "  {rows:>9} no {value}")?;
            }
        }
        Ok(())
    }
}
