//! Counts that may not fall: vendors, covered cells, targets, areas and inhabitants, by city.

use std::collections::BTreeMap;
use tilecore::text::counted;

use super::finding::{Finding, Outcome};
use crate::config::GuardsConfig;

/// Guards whose counts are compared.
pub(super) const VENDORS: &str = "vendors";
pub(super) const COVERAGE: &str = "coverage";
pub(super) const TARGETS: &str = "targets";
pub(super) const AREAS: &str = "areas";
pub(super) const POPULATION: &str = "population";

/// Counts by guard, city and part of the city. A key is `GUARD/CITY` or `GUARD/CITY/PART`.
pub type Gauges = BTreeMap<String, u64>;

/// The key of a count.
pub(super) fn key(guard: &str, city: &str, part: Option<&str>) -> String {
    match part {
        Some(part) => format!("{guard}/{city}/{part}"),
        None => format!("{guard}/{city}"),
    }
}

/// The higher one of each count.
#[must_use]
pub fn highest<'a>(all: impl IntoIterator<Item = &'a Gauges>) -> Gauges {
    let mut highest = Gauges::new();
    for (key, &count) in all.into_iter().flatten() {
        let known = highest.entry(key.clone()).or_default();
        *known = count.max(*known);
    }
    highest
}

/// Takes over the counts whose fall was accepted: later builds are compared with these.
pub(super) fn accept(gauges: &mut Gauges, findings: &[Finding]) {
    let accepted = findings.iter().filter(|finding| finding.outcome == Outcome::Accepted);
    for finding in accepted {
        let (Some(city), Some(count)) = (&finding.city, finding.count) else { continue };
        let key = key(&finding.guard, city, finding.part.as_deref());
        if let Some(known) = gauges.get_mut(&key) {
            *known = count.min(*known);
        }
    }
}

/// The counts that have fallen too far since `before`, of cities in `cities`.
#[must_use]
pub fn fallen(
    config: &GuardsConfig,
    cities: &[String],
    before: &Gauges,
    now: &Gauges,
) -> Vec<Finding> {
    let found = before.iter().filter_map(|(key, &before)| {
        let mut parts = key.splitn(3, '/');
        let (guard, city, part) = (parts.next()?, parts.next()?, parts.next());
        let now = now.get(key).copied().unwrap_or(0);
        let has_fallen = match guard {
            VENDORS => {
                before >= config.vendors_min && shrank(before, now, config.max_vendor_shrink_share)
            }
            COVERAGE => before > 0 && now == 0,
            _ => shrank(before, now, config.max_area_shrink_share),
        };
        let is_configured = cities.iter().any(|configured| configured == city);
        (is_configured && has_fallen).then(|| {
            let message = sentence(guard, city, part.unwrap_or_default(), [before, now]);
            let finding = Finding::new(Outcome::Stop, guard, message).counted(now);
            let (city, part) = (Some(city.to_owned()), part.map(str::to_owned));
            Finding { city, part, ..finding }
        })
    });
    found.collect()
}

/// Whether a count has lost more than a share.
fn shrank(before: u64, now: u64, share: f64) -> bool {
    (now as f64) < (1.0 - share) * before as f64
}

fn sentence(guard: &str, city: &str, part: &str, [before, now]: [u64; 2]) -> String {
    match (guard, now) {
        (VENDORS, _) => {
            format!("{city} has {} of {part}, but {before} were published", counted(now, "vendor"))
        }
        (COVERAGE, _) => format!("no cell of {city} is covered, but {before} were"),
        (AREAS, 0) => {
            format!("{city} has no areas of the kind {part}, but {before} were published")
        }
        (AREAS, _) => {
            let areas = counted(now, "area");
            format!("{city} has {areas} of the kind {part}, but {before} were published")
        }
        (POPULATION, _) => {
            format!("{city} has {}, but {before} were published", counted(now, "inhabitant"))
        }
        (_, _) => format!("{city} has {now} {guard}, but {before} were published"),
    }
}
