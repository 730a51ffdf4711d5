//! A source of rows, asked again after failures that may pass.
//!
//! `database` asks in SQL, of which `postgres` and `clickhouse` are the kinds; `metabase` exports a question. `http` is
//! what the last two have in common, and `deadline` limits the time of a request.

mod clickhouse;
mod database;
mod deadline;
mod http;
mod metabase;
mod postgres;

use std::cell::{Cell, OnceCell};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use backon::{BlockingRetryable, ExponentialBuilder};
use jiff::tz::TimeZone;

use crate::config::fetch::{FetchConfig, Question, SourceConfig, SourceRequest, Sql};
use crate::config::{Config, Zoneless};
use crate::fetch::error::QueryError;
use crate::fetch::part::PartFile;
use crate::fetch::window::{DayWindow, Dialect, Queries, one_statement};
use clickhouse::ClickHouse;
use database::{count, fetch_and_count};
use metabase::Metabase;
use postgres::Postgres;

/// Delay before the first repetition, and the longest one.
const RETRY_DELAYS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_mins(1));

/// A configured source.
pub(super) struct Source<'a> {
    config: &'a SourceConfig,
    /// The whole configuration, for limits and time zones.
    all: &'a Config,
}

/// What a source delivered.
pub(super) struct Delivery {
    pub(super) part: PartFile,
    /// Rows by the source's own count.
    pub(super) source_rows: Option<u64>,
    /// Requests that were repeated.
    pub(super) retries: u64,
    /// Time from the first request to the complete file.
    pub(super) seconds: f64,
}

impl<'a> Source<'a> {
    pub(super) const fn new(config: &'a SourceConfig, all: &'a Config) -> Self {
        Self { config, all }
    }

    /// The kind of source, as the configuration writes it.
    pub(super) fn kind(&self) -> String {
        self.config.request.to_string()
    }

    /// The rows of a day, or all rows, in a file in `folder`.
    pub(super) fn fetch(
        &self,
        window: Option<&DayWindow>,
        folder: &Path,
    ) -> Result<Delivery, QueryError> {
        let began = Instant::now();
        let fetch = || {
            let runtime = runtime()?;
            let delivered = match &self.config.request {
                SourceRequest::PostgreSql(sql) => {
                    let queries = queries(sql, window, Dialect::PostgreSql);
                    runtime.block_on(fetch_and_count(&self.postgres(), &queries, folder))
                }
                SourceRequest::ClickHouse(sql) => {
                    let queries = queries(sql, window, Dialect::ClickHouse);
                    runtime.block_on(fetch_and_count(&self.clickhouse(), &queries, folder))
                }
                SourceRequest::Metabase(question) => {
                    runtime.block_on(self.metabase(question).fetch(window, folder))
                }
            };
            delivered.and_then(check_count)
        };
        let ((part, source_rows), retries) = self.repeat(window, fetch)?;
        Ok(Delivery { part, source_rows, retries, seconds: began.elapsed().as_secs_f64() })
    }

    /// The first rows of a day, or of all, in a file in `folder`.
    pub(super) fn sample(
        &self,
        window: Option<&DayWindow>,
        most_rows: u64,
        folder: &Path,
    ) -> Result<PartFile, QueryError> {
        let limited = |sql: &Sql, dialect| {
            let rows = queries(sql, window, dialect).rows;
            let rows = format!("SELECT * FROM ({rows}) AS rows_of_query LIMIT {most_rows}");
            Queries { rows, count: None }
        };
        let sample = || {
            let runtime = runtime()?;
            let (part, _) = match &self.config.request {
                SourceRequest::PostgreSql(sql) => {
                    let queries = limited(sql, Dialect::PostgreSql);
                    runtime.block_on(fetch_and_count(&self.postgres(), &queries, folder))?
                }
                SourceRequest::ClickHouse(sql) => {
                    let queries = limited(sql, Dialect::ClickHouse);
                    runtime.block_on(fetch_and_count(&self.clickhouse(), &queries, folder))?
                }
                SourceRequest::Metabase(question) => {
                    let metabase = self.metabase(question);
                    (runtime.block_on(metabase.sample(window, most_rows, folder))?, None)
                }
            };
            Ok(part)
        };
        self.repeat(window, sample).map(|(part, _)| part)
    }

    /// The number of rows of a day by the source's own count, if it counts.
    pub(super) fn count(&self, window: &DayWindow) -> Result<Option<u64>, QueryError> {
        let window = Some(window);
        let ask = || {
            let runtime = runtime()?;
            let fill = |sql: &Sql, dialect| queries(sql, window, dialect).count;
            match &self.config.request {
                SourceRequest::PostgreSql(sql) => fill(sql, Dialect::PostgreSql)
                    .map(|query| runtime.block_on(count(&self.postgres(), &query)))
                    .transpose(),
                SourceRequest::ClickHouse(sql) => fill(sql, Dialect::ClickHouse)
                    .map(|query| runtime.block_on(count(&self.clickhouse(), &query)))
                    .transpose(),
                SourceRequest::Metabase(question) => {
                    runtime.block_on(self.metabase(question).count(window))
                }
            }
        };
        self.repeat(window, ask).map(|(rows, _)| rows)
    }

    const fn postgres(&self) -> Postgres<'_> {
        Postgres { url: &self.config.url, limits: self.config_fetch().limits }
    }

    const fn clickhouse(&self) -> ClickHouse<'_> {
        ClickHouse { url: &self.config.url, limits: self.config_fetch().limits }
    }

    fn metabase<'q>(&'q self, question: &'q Question) -> Metabase<'q> {
        let zoneless = match self.all.orders.zoneless {
            Zoneless::Utc => TimeZone::UTC,
            Zoneless::Local => self.all.time_zone.clone(),
        };
        let (url, limits) = (&self.config.url, self.config_fetch().limits);
        Metabase { url, question, limits, zoneless, session: OnceCell::new() }
    }

    const fn config_fetch(&self) -> &FetchConfig {
        &self.all.fetch
    }

    /// Calls the source until it answers. Returns the number of repetitions too.
    fn repeat<T>(
        &self,
        window: Option<&DayWindow>,
        call: impl FnMut() -> Result<T, QueryError>,
    ) -> Result<(T, u64), QueryError> {
        let (retries, wait) = (Cell::new(0), Rc::new(Cell::new(None)));
        let least_wait = Rc::clone(&wait);
        let delays = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(RETRY_DELAYS.0)
            .with_max_delay(RETRY_DELAYS.1)
            .with_max_times(usize::from(self.config_fetch().limits.retries));
        let notify = |error: &QueryError, delay: Duration| {
            retries.set(retries.get() + 1);
            wait.set(error.retry_after());
            let (error, seconds) = (tilecore::error::chain(error), delay.as_secs_f64());
            let day = window.map(|window| tracing::field::display(window.day));
            tracing::warn!(day, error, seconds, "the request to the source is repeated");
        };
        let sleep = move |delay: Duration| {
            std::thread::sleep(least_wait.take().map_or(delay, |least: Duration| delay.max(least)));
        };
        let repeated = call.retry(delays).sleep(sleep).when(QueryError::is_transient);
        let answer = repeated.notify(notify).call()?;
        Ok((answer, retries.get()))
    }
}

/// A source that counts other rows than came may be read again: they may have changed between the requests.
fn check_count(
    (part, source_rows): (PartFile, Option<u64>),
) -> Result<(PartFile, Option<u64>), QueryError> {
    match source_rows {
        Some(counted) if counted != part.rows => {
            let what = format!("{} rows came, and the source counts {counted}", part.rows);
            Err(QueryError::Incomplete { what })
        }
        Some(_) | None => Ok((part, source_rows)),
    }
}

fn queries(sql: &Sql, window: Option<&DayWindow>, dialect: Dialect) -> Queries {
    let fill = |query: &String| match window {
        Some(window) => window.fill(query, dialect),
        None => one_statement(query).to_owned(),
    };
    Queries { rows: fill(&sql.query), count: sql.count_query.as_ref().map(fill) }
}

/// A runtime for one request. The encoder has a thread of its own.
fn runtime() -> Result<tokio::runtime::Runtime, QueryError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(QueryError::Runtime)
}
