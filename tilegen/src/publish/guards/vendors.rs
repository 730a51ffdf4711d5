//! Checks a vendor snapshot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::acceptance::Acceptance;
use super::finding::{Finding, Outcome};
use crate::config::GuardsConfig;

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
}

impl VendorCounts {
    fn total(&self) -> u64 {
        self.vendors.values().flat_map(BTreeMap::values).sum()
    }

    fn of(&self, city: &str, platform: &str) -> u64 {
        let platforms = self.vendors.get(city);
        platforms.and_then(|platforms| platforms.get(platform)).copied().unwrap_or(0)
    }

    fn graded_share(&self) -> f64 {
        self.graded as f64 / self.total().max(1) as f64
    }
}

/// Compares a snapshot with the published one. Only cities in `cities` are compared.
#[must_use]
pub fn check_vendors(
    config: &GuardsConfig,
    cities: &[String],
    before: Option<&VendorCounts>,
    now: &VendorCounts,
    accept: &Acceptance,
    accepted: &[Acceptance],
) -> Vec<Finding> {
    let Some(before) = before else { return Vec::new() };
    let comparison = Comparison { config, cities, before, now };
    let found = comparison.vendors().into_iter().chain(comparison.grades());
    let found = found.chain(comparison.radius()).chain(comparison.coverage());
    let found = found.chain(comparison.targets());
    let finding = |(guard, message): (&str, String)| {
        let finding = Finding::new(Outcome::Stop, guard, message).acceptable_by(accept.clone());
        finding.unless_accepted(accepted)
    };
    found.map(finding).collect()
}

struct Comparison<'a> {
    config: &'a GuardsConfig,
    cities: &'a [String],
    before: &'a VendorCounts,
    now: &'a VendorCounts,
}

type Found = (&'static str, String);

impl Comparison<'_> {
    fn is_configured(&self, city: &str) -> bool {
        self.cities.iter().any(|configured| configured == city)
    }

    fn vendors(&self) -> Vec<Found> {
        let allowed = 1.0 - self.config.max_vendor_shrink_share;
        let mut found = Vec::new();
        for (city, platforms) in self.before.vendors.iter().filter(|one| self.is_configured(one.0))
        {
            for (platform, &before) in platforms {
                let now = self.now.of(city, platform);
                if before >= self.config.vendors_min && (now as f64) < allowed * before as f64 {
                    found.push((
                        "vendors",
                        format!(
                            "{city} has {now} vendors of {platform}, but {before} are published"
                        ),
                    ));
                }
            }
        }
        found
    }

    /// Whether there are enough vendors for a share or a median.
    fn has_enough(&self) -> bool {
        self.before.total().min(self.now.total()) >= self.config.vendors_min
    }

    fn grades(&self) -> Option<Found> {
        let [before, now] = [self.before.graded_share(), self.now.graded_share()];
        (self.has_enough() && before - now > self.config.max_grade_drop).then(|| {
            let [before, now] = [before * 100.0, now * 100.0];
            let message =
                format!("{now:.0} % of vendors have a known grade, but {before:.0} % before");
            ("grades", message)
        })
    }

    fn radius(&self) -> Option<Found> {
        let (before, now) = (self.before.median_radius_m?, self.now.median_radius_m?);
        let factor = f64::from(before.max(now)) / f64::from(before.min(now).max(1));
        (self.has_enough() && factor > self.config.max_radius_factor).then(|| {
            let message = format!(
                "the median delivery radius is {now} m, but {before} m before: check the unit of the column radius"
            );
            ("radius", message)
        })
    }

    fn coverage(&self) -> Vec<Found> {
        let before = self.before.covered.iter();
        before
            .filter(|(city, cells)| {
                self.is_configured(city)
                    && **cells > 0
                    && self.now.covered.get(*city).copied().unwrap_or(0) == 0
            })
            .map(|(city, cells)| {
                ("coverage", format!("no cell of {city} is covered, but {cells} are published"))
            })
            .collect()
    }

    fn targets(&self) -> Vec<Found> {
        let allowed = 1.0 - self.config.max_area_shrink_share;
        let mut found = Vec::new();
        for (city, &before) in self.before.targets.iter().filter(|one| self.is_configured(one.0)) {
            let now = self.now.targets.get(city).copied().unwrap_or(0);
            if (now as f64) < allowed * before as f64 {
                let message = format!("{city} has {now} targets, but {before} are published");
                found.push(("targets", message));
            }
        }
        found
    }
}
