//! The part of a build report about the guards.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::finding::{Finding, Outcome, accept_hint, acceptances};

/// What the guards found in the data of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GuardsReport {
    /// Number of the map whose report this build was compared with. The first build has none.
    pub compared_with: Option<u64>,
    /// The first day that was left out.
    pub held_back_from: Option<Date>,
    /// Number of days that were left out.
    pub days_held_back: u64,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl GuardsReport {
    /// Number of warnings.
    #[must_use]
    pub fn warnings(&self) -> u64 {
        self.findings.iter().filter(|finding| finding.outcome == Outcome::Warn).count() as u64
    }

    /// The options that accept all days that were held back, or nothing.
    fn hint(&self) -> String {
        let held = self.findings.iter().filter(|finding| finding.outcome == Outcome::HoldBack);
        accept_hint(&acceptances(held))
    }

    /// Logs the findings.
    pub(crate) fn log(&self) {
        if self.compared_with.is_none() {
            tracing::info!("no published report of this job to compare with");
        }
        for finding in &self.findings {
            match finding.outcome {
                Outcome::Accepted => tracing::info!(guard = finding.guard, "accepted: {finding}"),
                Outcome::Warn => tracing::warn!(guard = finding.guard, "{finding}"),
                Outcome::HoldBack => tracing::warn!(guard = finding.guard, "held back: {finding}"),
                Outcome::Stop => tracing::error!(guard = finding.guard, "stopped: {finding}"),
            }
        }
        let hint = self.hint();
        if !hint.is_empty() {
            tracing::warn!("days are held back; {hint}");
        }
    }
}

impl fmt::Display for GuardsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.compared_with.is_none() {
            writeln!(f, "guards    no published report to compare with")?;
        }
        for finding in &self.findings {
            let word = match finding.outcome {
                Outcome::Accepted => "accepted",
                Outcome::Warn => "warning",
                Outcome::HoldBack => "held back",
                Outcome::Stop => "stopped",
            };
            writeln!(f, "{word:<9} {finding}")?;
        }
        match self.hint() {
            hint if hint.is_empty() => Ok(()),
            hint => writeln!(f, "          {hint}"),
        }
    }
}
