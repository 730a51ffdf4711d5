//! The guards of a build of orders: what they are compared with, and what they found.

use jiff::civil::Date;
use tilecore::manifest::{LayerEntry, Manifest, TableEntry};

use super::acceptance::Acceptance;
use super::accepted::{AcceptedFinding, Accepting};
use super::baseline::{Baseline, Known, NewReport, Settings, accepted_before};
use super::finding::{Finding, GuardStop, Outcome};
use super::order_build_error::OrderBuildError;
use super::orders::{
    DaysRead, OrderData, OrdersBaseline, OrdersContext, SourceCounts, check_orders, days_of,
};
use super::report::GuardsReport;
use crate::orders::calendar::Day;
use crate::orders::dataset::OrderDataset;
use crate::orders::lines::Lines;
use crate::orders::read::{OrderInput, OrdersError};
use crate::orders::validate::RowCounts;
use crate::orders::window::ReadRange;
use crate::publish::{GuardRecord, PublishError};
use crate::store::{Store, StoreError};

/// The operator's options for the guards of the orders: accepted findings and the source's own counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderGuardOptions {
    /// What is accepted.
    pub accepted: Vec<Acceptance>,
    /// The source's own counts.
    pub source: SourceCounts,
}

/// The commands that read orders. What is accepted in one of them holds in the others.
const COMMANDS: [&str; 3] = ["density", "area-stats", "timeline"];

/// The first build in which the first days are gone: from now on the source may lose as many as it gets.
fn first_days_gone(kept: u64) -> Finding {
    let message = format!(
        "the first day is gone, and a newer one has arrived: from now on the build assumes that the source keeps {kept} days; if it should keep all days, restore them and set retention_days under [guards]"
    );
    Finding::new(Outcome::Warn, "first days", message)
}

/// The guards of one build of orders.
pub(crate) struct OrderGuards<'a> {
    job: &'static str,
    input: &'a OrderInput,
    source: &'a SourceCounts,
    cities: Vec<String>,
    baseline: Option<Baseline<OrdersBaseline>>,
    /// What the operator accepts now.
    accepted: &'a [Acceptance],
    /// What was accepted earlier.
    accepted_before: Vec<AcceptedFinding>,
    settings: Settings,
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
        let known = Known::load(store, newest, job)?;
        Ok(Self {
            job,
            input,
            source: &options.source,
            cities: input.config.cities.iter().map(|city| city.key.clone()).collect(),
            baseline: known.baseline,
            accepted: &options.accepted,
            accepted_before: accepted_before(store, newest, &COMMANDS)?,
            settings: Settings::of(&input.config),
            findings: known.fault.into_iter().collect(),
            held_from: None,
            checked_until: None,
            publishes: OrdersBaseline::default(),
        })
    }

    fn accepting(&self) -> Accepting<'_> {
        Accepting {
            config: &self.input.config.guards,
            now: self.accepted,
            before: &self.accepted_before,
        }
    }

    /// The settings that were changed since the last build.
    fn changed_settings(&self) -> Vec<String> {
        let before = self.baseline.as_ref().map(|baseline| &baseline.report.counts.settings);
        before.map(|before| self.settings.changed_since(before)).unwrap_or_default()
    }

    /// Why rows may be rejected, in words, or nothing.
    fn changed_settings_hint(&self) -> String {
        let changed = self.changed_settings().join(" and ");
        if changed.is_empty() {
            return changed;
        }
        format!(", perhaps because the configuration was changed since the last build ({changed})")
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
        range: ReadRange,
    ) -> Result<Option<Day>, GuardStop> {
        let last = range.days.last.date();
        let days = days_of(&counts.by_day, &self.input.config.cities, last);
        let by_line = lines.count_by_name(&counts.by_day.by_line);
        let expected = self.expected();
        let before = self.baseline.as_ref().map(|baseline| &baseline.report.counts);
        let config = &self.input.config.guards;
        let first_order = counts.first_day.map(Day::date);
        // In a build of all days, the range starts with the first one that is still there.
        let first = if range.rejects_older { Date::MIN } else { range.days.first.date() };
        let read = DaysRead { first, last, first_order };
        // In a second pass, the days that are held back are not expected.
        let held_before = self.held_from.and_then(|day| day.yesterday().ok());
        let data = OrderData {
            days: &days,
            first: before.map_or(read.first, |before| before.first_compared(config, read)),
            newest: last,
            expected: held_before.map_or(expected, |day| day.min(expected)),
            checked_until: self.checked_until,
            lines: &by_line,
        };
        let context = OrdersContext {
            config,
            cities: &self.cities,
            accepting: self.accepting(),
            baseline: before,
            source: self.source,
        };
        let mut verdict = check_orders(context, data);
        GuardStop::check(&verdict.findings)
            .map_err(|stop| stop.after_changes(self.changed_settings()))?;
        let mut publishes =
            OrdersBaseline::updated(before, &days, last.min(expected), lines.names());
        publishes.accept(&verdict.findings, &days);
        if let Some(kept) = publishes.follow_start(before, config, read) {
            verdict.findings.push(first_days_gone(kept));
        }
        verdict.findings.extend(self.settings.warning(before.map(|before| &before.settings)));
        publishes.settings = self.settings.clone();
        self.publishes = publishes;
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
    pub(crate) fn earlier_last_day(
        &self,
        dataset: &OrderDataset<'_>,
        range: ReadRange,
        counts: &RowCounts,
    ) -> Result<Option<Day>, OrderBuildError> {
        let earlier = self.input.earlier_last_day(dataset, range, counts);
        let earlier = earlier.map_err(|error| self.without_orders(error))?;
        if earlier.is_none() {
            let checked = self.input.check_counts(counts, range.days, dataset);
            checked.map_err(|error| self.without_orders(error))?;
        }
        Ok(earlier)
    }

    /// The reason why a build has no orders: the days that are held back, if there are no others. Rows may be
    /// rejected because of a setting that was changed.
    fn without_orders(&self, error: OrdersError) -> OrderBuildError {
        let held = self.findings.iter().filter(|finding| finding.outcome == Outcome::HoldBack);
        let findings: Vec<_> = held.cloned().collect();
        match error {
            OrdersError::NoCompleteDay { .. } | OrdersError::NoOrders { .. }
                if !findings.is_empty() =>
            {
                GuardStop { findings, changed: self.changed_settings() }.into()
            }
            OrdersError::TooManyRejects { rejected, rows, allowed, reasons, example, hint } => {
                let hint = hint + &self.changed_settings_hint();
                OrdersError::TooManyRejects { rejected, rows, allowed, reasons, example, hint }
                    .into()
            }
            OrdersError::NoOrders { from, to, rejected, reasons, first, last } => {
                let reasons = reasons + &self.changed_settings_hint();
                OrdersError::NoOrders { from, to, rejected, reasons, first, last }.into()
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
            accepted: &self.accepting().to_record(&self.findings),
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
