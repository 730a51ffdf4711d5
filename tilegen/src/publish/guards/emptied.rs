//! An archive without features never replaces one with features.

use tilecore::manifest::{LayerEntry, Manifest};
use tilecore::text::counted;

use super::finding::{Finding, Outcome};

/// Checks the archives that a build is about to publish.
#[must_use]
pub fn check_archives(published: Option<&Manifest>, new: &[LayerEntry]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in new.iter().filter(|entry| entry.tiles == 0) {
        let name = format!("{}/{}", entry.layer, entry.slot);
        let before = published.and_then(|map| map.entry(&entry.layer, &entry.slot));
        findings.push(match before.filter(|before| before.tiles > 0) {
            Some(before) => Finding::new(
                Outcome::Stop,
                "empty archive",
                format!(
                    "{name} would be empty, but the published one has {}",
                    counted(before.tiles, "tile")
                ),
            ),
            None => Finding::new(Outcome::Warn, "empty archive", format!("{name} is empty")),
        });
    }
    findings
}
