//! The guards of a build of orders: what they are compared with, and what they found.

use jiff::civil::Date;
use tilecore::manifest::{LayerEntry, Manifest, TableEntry};

use super::acceptance::Acceptance;
use super::baseline::{Baseline, NewReport, accepted_before};
use super::finding::{Finding, GuardStop, Outcome, to_record};
use super::orders::{
    OrderData, OrdersBaseline, OrdersContext, SourceCounts, check_orders, days_of,
};
use super::report::GuardsReport;
use crate::orders::calendar::Day;
use crate::orders::dataset::OrderDataset;
use crate::orders::lines::Lines;
use crate::orders::read::{OrderInput, OrdersError};
use crate::orders::validate::RowCounts;
use crate::orders::window::{DayRange, ReadRange};
use crate::publish::{GuardRecord, PublishError};
use crate::store::{Store, StoreError};

/// What an operator says about the orders of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderGuardOptions {
    /// What is accepted.
    pub accepted: Vec<Acceptance>,
    /// The source's own counts.
    pub source: SourceCounts,
}

/// The jobs that read orders. What is accepted in one of them holds in the others.
const JOBS: [&str; 3] = ["density", "area-stats", "timeline"];

/// The guards of one build of orders.
pub(crate) struct OrderGuards<'a> {
    job: &'static str,
    input: &'a OrderInput,
    source: &'a SourceCounts,
    cities: Vec<String>,
    baseline: Option<Baseline<OrdersBaseline>>,
    /// What earlier builds recorded as accepted, and what the operator accepts now.
    accepted: Vec<Acceptance>,
    /// How many of these were recorded earlier.
    recorded: usize,
    findings: Vec<Finding>,
    held_from: Option<Date>,
    checked_until: Option<Date>,
    /// What the build publishes.
    publishes: OrdersBaseline,
}

impl<'a> OrderGuards<'a> {
    /// The guards of a job, with the report that the newest map names.
    pub(crate) fn load(
        job: &'static str,
        store: &Store,
        newest: Option<&Manifest>,
        input: &'a OrderInput,
        options: &'a OrderGuardOptions,
    ) -> Result<Self, StoreError> {
        let mut accepted = accepted_before(store, newest, &JOBS)?;
        let recorded = accepted.len();
        accepted.extend(options.accepted.iter().cloned());
        Ok(Self {
            job,
            input,
            source: &options.source,
            cities: input.config.cities.iter().map(|city| city.key.clone()).collect(),
            baseline: Baseline::load(store, newest, job)?,
            accepted,
            recorded,
            findings: Vec::new(),
            held_from: None,
            checked_until: None,
            publishes: OrdersBaseline::default(),
        })
    }

    /// The newest day that should have orders: the last one that is over, or an earlier one that was asked
    /// for.
    fn expected(&self) -> Date {
        let today = self.input.config.time_zone.to_datetime(self.input.now).date();
        let complete = today.yesterday().unwrap_or(today);
        self.input.as_of.map_or(complete, |day| day.min(complete))
    }

    /// Checks the orders that were read. Returns the last day to read instead, if the last days are held
    /// back.
    pub(crate) fn check(
        &mut self,
        counts: &RowCounts,
        lines: &Lines,
        range: DayRange,
    ) -> Result<Option<Day>, GuardStop> {
        let last = range.last.date();
        let days = days_of(&counts.by_day, &self.input.config.cities, last);
        let by_line = lines.count_by_name(&counts.by_day.by_line);
        let expected = self.expected();
        let first_order = counts.first_day.map(Day::date);
        let before = self.baseline.as_ref().map(|baseline| &baseline.report.counts);
        // In a second pass, the days that are held back are not expected.
        let held_before = self.held_from.and_then(|day| day.yesterday().ok());
        let data = OrderData {
            days: &days,
            first: before.map_or(range.first.date(), |before| {
                let days = [range.first.date(), last];
                before.first_compared(&self.input.config.guards, days, first_order)
            }),
            newest: last,
            expected: held_before.map_or(expected, |day| day.min(expected)),
            checked_until: self.checked_until,
            lines: &by_line,
        };
        let context = OrdersContext {
            config: &self.input.config.guards,
            cities: &self.cities,
            accepted: &self.accepted,
            baseline: before,
            source: self.source,
        };
        let verdict = check_orders(context, data);
        GuardStop::check(&verdict.findings)?;
        self.publishes = OrdersBaseline::updated(before, &days, last.min(expected), lines.names());
        self.publishes.first = first_order;
        for finding in verdict.findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        let Some(held_from) = verdict.held_from else { return Ok(None) };
        self.held_from = Some(held_from);
        let before_it = held_from.yesterday().unwrap_or(held_from);
        self.checked_until = self.baseline.as_ref().map(|_| before_it);
        Ok((held_from <= last).then(|| Day::from_date(before_it)))
    }

    /// The last day to read instead of that of `range`, if its last days are not over or have no valid order.
    pub(crate) fn earlier_last_day<E: From<GuardStop> + From<OrdersError>>(
        &self,
        dataset: &OrderDataset<'_>,
        range: ReadRange,
        counts: &RowCounts,
    ) -> Result<Option<Day>, E> {
        let earlier = self.input.earlier_last_day(dataset, range, counts);
        let earlier = earlier.map_err(|error| self.without_orders::<E>(error))?;
        if earlier.is_none() {
            let checked = self.input.check_counts(counts, range.days, dataset);
            checked.map_err(|error| self.without_orders::<E>(error))?;
        }
        Ok(earlier)
    }

    /// The reason why a build has no orders: the days that are held back, if there are no others.
    fn without_orders<E: From<GuardStop> + From<OrdersError>>(&self, error: OrdersError) -> E {
        let held = self.findings.iter().filter(|finding| finding.outcome == Outcome::HoldBack);
        let findings: Vec<_> = held.cloned().collect();
        match error {
            OrdersError::NoCompleteDay { .. } | OrdersError::NoOrders { .. }
                if !findings.is_empty() =>
            {
                GuardStop { findings }.into()
            }
            error => error.into(),
        }
    }

    /// Stores the private report of the build and returns what the manifest records of it.
    pub(crate) fn store(
        &self,
        store: &Store,
        layers: &[LayerEntry],
        tables: &[TableEntry],
    ) -> Result<GuardRecord, PublishError> {
        let report = NewReport {
            job: self.job,
            layers,
            tables,
            findings: &self.findings,
            accepted: &to_record(&self.accepted, self.recorded, &self.findings),
            counts: &self.publishes,
        };
        report.store(store)
    }

    /// Adds findings about the archives of the build, unless they stop it.
    pub(crate) fn add(&mut self, findings: Vec<Finding>) -> Result<(), GuardStop> {
        GuardStop::check(&findings)?;
        self.findings.extend(findings);
        Ok(())
    }

    /// The part of the build report, which is also logged.
    pub(crate) fn report(&self) -> GuardsReport {
        let days_held_back = self.held_from.map_or(0, |from| {
            let days = self.expected().since(from).map_or(0, |span| span.get_days());
            u64::try_from(days).unwrap_or(0) + 1
        });
        let report = GuardsReport {
            compared_with: self.baseline.as_ref().map(|baseline| baseline.map),
            held_back_from: self.held_from,
            days_held_back,
            findings: self.findings.clone(),
        };
        report.log();
        report
    }
}
