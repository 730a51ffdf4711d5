//! What a guard found.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::acceptance::Acceptance;

/// What happens to the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The operator or the next day has accepted what was found. Everything is published.
    Accepted,
    /// Everything is published, and the report has a warning.
    Warn,
    /// The newest days are left out, from the day of the finding on. The rest is published.
    HoldBack,
    /// Nothing is published.
    Stop,
}

/// Something that a guard found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What happens.
    pub outcome: Outcome,
    /// The guard: the name of its row in `docs/inputs.md`.
    pub guard: String,
    /// The day, for orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// The key of the city, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// A sentence.
    pub message: String,
    /// What accepts it; `None` if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Acceptance>,
}

impl Finding {
    pub(super) fn new(outcome: Outcome, guard: &str, message: String) -> Self {
        let guard = guard.to_owned();
        Self { outcome, guard, day: None, city: None, message, accept: None }
    }

    pub(super) fn acceptable_by(self, acceptance: Acceptance) -> Self {
        Self { accept: Some(acceptance), ..self }
    }

    /// The finding with what the operator has accepted taken into account.
    pub(super) fn unless_accepted(self, accepted: &[Acceptance]) -> Self {
        let is_accepted = self.outcome > Outcome::Warn
            && self.accept.as_ref().is_some_and(|own| accepted.iter().any(|one| one.covers(own)));
        if is_accepted { Self { outcome: Outcome::Accepted, ..self } } else { self }
    }
}

/// What a build records as accepted: the first `recorded` of `accepted`, which earlier builds recorded, and what the
/// others accept of what was found. A span of days is recorded day by day, and an acceptance of nothing is not
/// recorded, so that neither accepts other data later.
pub(crate) fn to_record(
    accepted: &[Acceptance],
    recorded: usize,
    findings: &[Finding],
) -> Vec<Acceptance> {
    let (earlier, now) = accepted.split_at(recorded);
    let mut record = earlier.to_vec();
    for own in now {
        let found = findings.iter().filter_map(|finding| finding.accept.as_ref());
        let used: Vec<_> = found.filter(|accept| own.covers(accept)).cloned().collect();
        if used.is_empty() && !earlier.iter().any(|one| own.covers(one)) {
            tracing::warn!(acceptance = %own, "nothing was accepted: no guard found anything there");
        }
        record.extend(used);
    }
    record
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.accept {
            Some(accept) if self.outcome > Outcome::Warn => {
                write!(f, "; if this is right, use --accept {accept}")
            }
            _ => Ok(()),
        }
    }
}

/// Guards have stopped a build.
#[derive(Debug, thiserror::Error)]
#[error("{}; nothing was published", sentences(findings))]
pub struct GuardStop {
    /// Why, at least one.
    pub findings: Vec<Finding>,
}

/// Most findings that an error message lists.
const MAX_LISTED: usize = 5;

fn sentences(findings: &[Finding]) -> String {
    let listed: Vec<_> = findings.iter().take(MAX_LISTED).map(ToString::to_string).collect();
    let more = findings.len().saturating_sub(MAX_LISTED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    listed.join("; ") + &more
}

impl GuardStop {
    /// What accepts the data; empty if something about them cannot be accepted.
    #[must_use]
    pub fn acceptances(&self) -> Vec<Acceptance> {
        let accept = self.findings.iter().map(|finding| finding.accept.clone());
        let mut accept: Vec<_> = accept.collect::<Option<_>>().unwrap_or_default();
        accept.sort_unstable();
        accept.dedup_by(|next, before| before.extend(next));
        accept
    }

    /// Fails if a finding stops the build.
    ///
    /// # Errors
    /// The findings that stop it.
    pub fn check(findings: &[Finding]) -> Result<(), Self> {
        let stops = findings.iter().filter(|finding| finding.outcome == Outcome::Stop);
        let findings: Vec<_> = stops.cloned().collect();
        if findings.is_empty() { Ok(()) } else { Err(Self { findings }) }
    }
}
