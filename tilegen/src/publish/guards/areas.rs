//! Checks area files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::acceptance::Acceptance;
use super::finding::{Finding, Outcome};
use crate::config::GuardsConfig;

/// The counts of area files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaCounts {
    /// Areas by kind.
    pub areas: BTreeMap<String, u64>,
    /// Inhabitants of all areas whose dots are drawn.
    pub inhabitants: u64,
}

/// Compares area files with the published ones.
#[must_use]
pub fn check_areas(
    config: &GuardsConfig,
    before: Option<&AreaCounts>,
    now: &AreaCounts,
    accept: &Acceptance,
    accepted: &[Acceptance],
) -> Vec<Finding> {
    let Some(before) = before else { return Vec::new() };
    let allowed = 1.0 - config.max_area_shrink_share;
    let shrank = |before: u64, now: u64| (now as f64) < allowed * before as f64;
    let mut messages = Vec::new();
    for (kind, &before) in &before.areas {
        match now.areas.get(kind).copied().unwrap_or(0) {
            0 if before > 0 => messages.push((
                "areas",
                format!("there are no areas of the kind {kind}, but {before} are published"),
            )),
            now if shrank(before, now) => messages.push((
                "areas",
                format!("there are {now} areas of the kind {kind}, but {before} are published"),
            )),
            _ => {}
        }
    }
    let (now, before) = (now.inhabitants, before.inhabitants);
    if shrank(before, now) {
        messages.push((
            "population",
            format!("there are {now} inhabitants, but {before} are published"),
        ));
    }
    let finding = |(guard, message): (&str, String)| {
        let finding = Finding::new(Outcome::Stop, guard, message).acceptable_by(accept.clone());
        finding.unless_accepted(accepted)
    };
    messages.into_iter().map(finding).collect()
}
