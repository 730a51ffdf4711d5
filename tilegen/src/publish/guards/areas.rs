//! Checks area files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tilecore::manifest::City;

use super::acceptance::Acceptance;
use super::accepted::Accepting;
use super::baseline::Settings;
use super::finding::Finding;
use super::gauges::{self, AREAS, Gauges, POPULATION, fallen, highest, key};

/// The counts of area files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaCounts {
    /// Areas by city and kind.
    #[serde(default)]
    pub cities: AreasByCity,
    /// Inhabitants of the areas whose dots are drawn, by city.
    #[serde(default)]
    pub people: BTreeMap<String, u64>,
    /// The most that were published of each count.
    #[serde(default)]
    pub most: Gauges,
    /// The settings on which the counts depend.
    #[serde(default)]
    pub settings: Settings,
}

/// Number of areas by city and kind.
pub type AreasByCity = BTreeMap<String, BTreeMap<String, u64>>;

/// Counts areas: the id of the city and the kind of each.
#[must_use]
pub fn count_areas(areas: impl IntoIterator<Item = (i64, String)>, cities: &[City]) -> AreasByCity {
    let mut counts = AreasByCity::new();
    for (id, kind) in areas {
        if let Some(city) = cities.iter().find(|city| city.id == id) {
            *counts.entry(city.key.clone()).or_default().entry(kind).or_default() += 1;
        }
    }
    counts
}

/// The counts of areas.
pub(super) fn area_gauges(cities: &AreasByCity) -> Gauges {
    let counts = cities.iter().flat_map(|(city, kinds)| {
        kinds.iter().map(move |(kind, &count)| (key(AREAS, city, Some(kind)), count))
    });
    counts.collect()
}

impl AreaCounts {
    fn gauges(&self) -> Gauges {
        let mut gauges = area_gauges(&self.cities);
        let people = self.people.iter();
        gauges.extend(people.map(|(city, &people)| (key(POPULATION, city, None), people)));
        gauges
    }

    /// The counts with those of earlier builds, as the next build needs them. Many small losses add up; what
    /// was accepted among `findings` is taken over.
    #[must_use]
    pub fn after(mut self, before: Option<&Self>, findings: &[Finding]) -> Self {
        let mut most = before.map(|before| before.most.clone()).unwrap_or_default();
        gauges::accept(&mut most, findings);
        self.most = highest([&most, &self.gauges()]);
        self
    }
}

/// Compares area files with the published ones. Only cities in `cities` are compared.
#[must_use]
pub fn check_areas(
    cities: &[String],
    before: Option<&AreaCounts>,
    now: &AreaCounts,
    own: &Acceptance,
    accepting: Accepting<'_>,
) -> Vec<Finding> {
    let Some(before) = before else { return Vec::new() };
    let published = highest([&before.most, &before.gauges()]);
    let found = fallen(accepting.config, cities, &published, &now.gauges()).into_iter();
    found.map(|finding| accepting.apply(finding.acceptable_by(own.clone()))).collect()
}
