//! Orders by day: which days to fetch, what must hold before a file is named, and the report.

mod check;
mod report;
mod spec;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Span;
use jiff::civil::Date;

use crate::fetch::day_store::{DayStore, Listing};
use crate::fetch::error::QueryError;
use crate::fetch::source::{Delivery, Source};
use crate::fetch::window::DayWindow;
use crate::orders::day_manifest::DayManifest;
use crate::telemetry::progress::Progress;

pub use check::CheckError;
pub use report::{DayError, FailedDay, FetchedDay, OrdersReport};
use spec::back_from;
pub use spec::{Days, OrdersFetch, OrdersFetchError};

/// Failures in a row after which the remaining days are not tried.
const MOST_FAILURES: usize = 3;

/// Fetches orders, several days at a time, newest first. A day that fails does not stop the others.
pub fn fetch_orders(
    spec: &OrdersFetch,
    progress: Progress,
) -> Result<OrdersReport, OrdersFetchError> {
    let source = spec.config.fetch.orders.as_ref().ok_or(OrdersFetchError::NoSource)?;
    let counts = source.request.counts();
    let source = Source::new(source, &spec.config);
    if spec.recheck_days > 0 && !counts {
        return Err(OrdersFetchError::NoCount);
    }
    let days = DayStore::open(&spec.into)?;
    let listing = days.list()?;
    let wanted = spec.wanted(&listing)?;
    let newest = listing.fetched.last().copied();
    let last = newest.map(|day| days.manifest(day)).transpose()?.flatten();
    let run = OrdersRun { spec, source, days, last, progress };
    let mut report = run.fetch_all(wanted);
    let rechecked = run.recheck(&listing, &mut report);
    report.merge(run.fetch_all(rechecked));
    report.removed_files = run.days.remove_replaced(&run.days.list()?, spec.now)?;
    Ok(report)
}

/// A run with its open store.
struct OrdersRun<'a> {
    spec: &'a OrdersFetch,
    source: Source<'a>,
    days: DayStore,
    /// The manifest of the newest day that was there, whose columns are expected again.
    last: Option<DayManifest>,
    progress: Progress,
}

impl OrdersRun<'_> {
    fn fetch_all(&self, wanted: Vec<Date>) -> OrdersReport {
        let bar = self.progress.step("fetching days", wanted.len() as u64);
        let threads = usize::from(self.spec.config.fetch.parallel_days).min(wanted.len());
        let queue = Mutex::new(VecDeque::from(wanted));
        let report = Mutex::new(OrdersReport::default());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || {
            while let Some(day) = next() {
                let fetched = self.fetch_day(day);
                bar.advance(1);
                let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                report.add(day, fetched);
                if report.failures_in_a_row >= MOST_FAILURES {
                    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                    report.days_not_tried += queue.len() as u64;
                    queue.clear();
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        report.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn fetch_day(&self, day: Date) -> Result<FetchedDay, DayError> {
        let window = DayWindow::new(day, &self.spec.config.time_zone);
        let window = window.ok_or(CheckError::NoSuchDay { day })?;
        let delivery = self.source.fetch(Some(&window), &self.spec.temp_dir)?;
        let is_empty = delivery.part.rows == 0 && self.is_empty_in_source(day, &delivery)?;
        let counts = check::check(self.spec, day, &delivery, self.last.as_ref(), is_empty)?;
        let kind = self.source.kind();
        let rows = delivery.source_rows;
        let manifest = self.days.publish(day, &delivery.part, rows, &kind, self.spec.now)?;
        let fetched = FetchedDay::new(&manifest, &delivery, &counts);
        tracing::info!(
            day = %day,
            rows = fetched.rows,
            bytes = fetched.bytes,
            retries = fetched.retries,
            seconds = fetched.seconds,
            rows_per_second = (fetched.rows as f64 / fetched.seconds).round(),
            "day fetched"
        );
        Ok(fetched)
    }

    /// Whether the source says that a day has no orders, and has orders of the day after it: then its data are not late.
    fn is_empty_in_source(&self, day: Date, delivery: &Delivery) -> Result<bool, QueryError> {
        let after = day.tomorrow().ok();
        let after = after.and_then(|day| DayWindow::new(day, &self.spec.config.time_zone));
        match after {
            Some(after) if delivery.source_rows == Some(0) => {
                Ok(self.source.count(&after)?.is_some_and(|rows| rows > 0))
            }
            _ => Ok(false),
        }
    }

    /// The days before today whose number of rows is not that of the source any more.
    fn recheck(&self, listing: &Listing, report: &mut OrdersReport) -> Vec<Date> {
        let newest = self.spec.newest_day();
        let span = Span::new().days(i64::from(self.spec.recheck_days));
        let first = newest.checked_sub(span).unwrap_or(newest);
        let days = back_from(newest).take_while(|&day| day > first);
        let days = days.filter(|day| listing.fetched.contains(day) && !report.has(*day));
        let mut differing = Vec::new();
        for day in days.collect::<Vec<_>>() {
            match self.has_changed(day) {
                Ok(true) => differing.push(day),
                Ok(false) => report.days_rechecked += 1,
                Err(error) => report.add(day, Err(error)),
            }
        }
        differing
    }

    fn has_changed(&self, day: Date) -> Result<bool, DayError> {
        let Some(window) = DayWindow::new(day, &self.spec.config.time_zone) else {
            return Ok(false);
        };
        let (source, stored) = (self.source.count(&window)?, self.days.manifest(day)?);
        Ok(source != stored.map(|manifest| manifest.rows))
    }
}
