//! Checks a vendor snapshot.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::acceptance::Acceptance;
use super::accepted::Accepting;
use super::areas::{AreasByCity, area_gauges};
use super::baseline::{KnownVendors, Settings, is_recent};
use super::finding::{Finding, Outcome};
use super::gauges::{self, COVERAGE, Gauges, TARGETS, VENDORS, fallen, highest, key};

/// The counts of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorCounts {
    /// Vendors by city and platform.
    pub vendors: BTreeMap<String, BTreeMap<String, u64>>,
    /// Vendors with a known grade.
    pub graded: u64,
    /// Covered cells by city.
    pub covered: BTreeMap<String, u64>,
    /// Median of the delivery radii that the file contains, in metres.
    pub median_radius_m: Option<u32>,
    /// Targets by city.
    pub targets: BTreeMap<String, u64>,
    /// Areas by city and kind.
    #[serde(default)]
    pub areas: AreasByCity,
    /// A sample of the vendors.
    #[serde(default)]
    pub known: KnownVendors,
    /// The most that was published of each count on each of the last days.
    #[serde(default)]
    pub recent: BTreeMap<Date, Gauges>,
    /// The first median radius of each of the last days, in metres.
    #[serde(default)]
    pub recent_radius_m: BTreeMap<Date, u32>,
    /// The settings on which the counts depend.
    #[serde(default)]
    pub settings: Settings,
}

/// The guard of grades.
const GRADES: &str = "grades";

/// The guard of radii.
const RADIUS: &str = "radius";

impl VendorCounts {
    fn total(&self) -> u64 {
        self.vendors.values().flat_map(BTreeMap::values).sum()
    }

    fn gauges(&self) -> Gauges {
        let mut gauges = area_gauges(&self.areas);
        for (city, platforms) in &self.vendors {
            let counts = platforms.iter();
            gauges.extend(counts.map(|(name, &count)| (key(VENDORS, city, Some(name)), count)));
        }
        for (guard, counts) in [(COVERAGE, &self.covered), (TARGETS, &self.targets)] {
            gauges.extend(counts.iter().map(|(city, &count)| (key(guard, city, None), count)));
        }
        gauges
    }

    fn graded_share(&self) -> f64 {
        self.graded as f64 / self.total().max(1) as f64
    }

    /// The counts with those of earlier builds, as the next build needs them. What was accepted among
    /// `findings` is taken over.
    #[must_use]
    pub fn after(mut self, before: Option<&Self>, today: Date, findings: &[Finding]) -> Self {
        let is_accepted = |guard: &str| {
            let accepted = |one: &Finding| one.outcome == Outcome::Accepted && one.guard == guard;
            findings.iter().any(accepted)
        };
        if let Some(before) = before {
            let recent = before.recent.iter().filter(|(day, _)| is_recent(**day, today));
            self.recent.extend(recent.map(|(day, gauges)| (*day, gauges.clone())));
            self.recent.values_mut().for_each(|gauges| gauges::accept(gauges, findings));
            if !is_accepted(RADIUS) {
                let recent = before.recent_radius_m.iter();
                let recent = recent.filter(|(day, _)| is_recent(**day, today));
                self.recent_radius_m.extend(recent);
            }
            if !is_accepted(GRADES) {
                self.known = self.known.after(&before.known, today);
            }
        }
        let own = self.gauges();
        let of_day = self.recent.entry(today).or_default();
        *of_day = highest([&*of_day, &own]);
        if let Some(radius) = self.median_radius_m {
            self.recent_radius_m.entry(today).or_insert(radius);
        }
        self
    }
}

/// Compares a snapshot with the published ones. Only cities in `cities` are compared.
#[must_use]
pub fn check_vendors(
    cities: &[String],
    before: Option<&VendorCounts>,
    now: &VendorCounts,
    own: &Acceptance,
    accepting: Accepting<'_>,
) -> Vec<Finding> {
    let Some(before) = before else { return Vec::new() };
    let published = highest(before.recent.values().chain([&before.gauges()]));
    let comparison = Comparison { accepting, before, now };
    let found = fallen(accepting.config, cities, &published, &now.gauges()).into_iter();
    let found = found.chain(comparison.grades()).chain(comparison.radius());
    found.map(|finding| accepting.apply(finding.acceptable_by(own.clone()))).collect()
}

struct Comparison<'a> {
    accepting: Accepting<'a>,
    before: &'a VendorCounts,
    now: &'a VendorCounts,
}

impl Comparison<'_> {
    /// Whether there are enough vendors for a share or a median.
    fn has_enough(&self, vendors: u64) -> bool {
        vendors >= self.accepting.config.vendors_min
    }

    /// The share of vendors with a grade, among the vendors that were known before: new vendors may not have
    /// a grade yet.
    fn grades(&self) -> Option<Finding> {
        let (vendors, [before, now]) = match self.before.known.compare(&self.now.known) {
            Some(known) => (known.vendors, known.graded_shares()),
            // The report of an older version has no sample.
            None => (
                self.before.total().min(self.now.total()),
                [self.before.graded_share(), self.now.graded_share()],
            ),
        };
        let has_dropped = before - now > self.accepting.config.max_grade_drop;
        (self.has_enough(vendors) && has_dropped).then(|| {
            let [before_percent, percent] = [before * 100.0, now * 100.0];
            let message = format!(
                "{percent:.0} % of the vendors known before have a known grade, but {before_percent:.0} % had one"
            );
            Finding::new(Outcome::Stop, GRADES, message).counted((now * vendors as f64) as u64)
        })
    }

    fn radius(&self) -> Option<Finding> {
        let now = self.now.median_radius_m?;
        let published = self.before.recent_radius_m.values().copied();
        let factor = |before: u32| f64::from(before.max(now)) / f64::from(before.min(now).max(1));
        let published = published.chain(self.before.median_radius_m);
        let before = published.max_by(|a, b| factor(*a).total_cmp(&factor(*b)))?;
        let has_changed = factor(before) > self.accepting.config.max_radius_factor;
        let vendors = self.before.total().min(self.now.total());
        (self.has_enough(vendors) && has_changed).then(|| {
            let message = format!(
                "the median delivery radius is {now} m, but {before} m before: check the unit of the column radius"
            );
            Finding::new(Outcome::Stop, RADIUS, message)
        })
    }
}
