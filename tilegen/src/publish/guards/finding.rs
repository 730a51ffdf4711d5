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
    /// The part of the city that it is about, such as a platform or a kind of area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The count that was checked: less is worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// A sentence.
    pub message: String,
    /// The `--accept` value for it; `None` if it cannot be accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Acceptance>,
}

impl Finding {
    pub(crate) fn new(outcome: Outcome, guard: &str, message: String) -> Self {
        let guard = guard.to_owned();
        let (day, city, part, count, accept) = (None, None, None, None, None);
        Self { outcome, guard, day, city, part, count, message, accept }
    }

    pub(crate) fn acceptable_by(self, acceptance: Acceptance) -> Self {
        Self { accept: Some(acceptance), ..self }
    }

    pub(super) fn counted(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }
}

/// The `--accept` values for some findings: each city with its days, and each digest, once.
pub(super) fn acceptances<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Acceptance> {
    let findings = findings.into_iter();
    let mut accept: Vec<_> = findings.filter_map(|finding| finding.accept.clone()).collect();
    accept.sort_unstable();
    accept.dedup_by(|next, before| before.extend(next));
    accept
}

/// The end of a message: the options that accept everything, or nothing.
pub(super) fn accept_hint(accept: &[Acceptance]) -> String {
    if accept.is_empty() {
        return String::new();
    }
    let options: Vec<_> = accept.iter().map(|one| format!("--accept {one}")).collect();
    format!("if this is right, use {}", options.join(" "))
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Guards have stopped a build.
#[derive(Debug, thiserror::Error)]
#[error("{}", sentences(self))]
pub struct GuardStop {
    /// Why, at least one.
    pub findings: Vec<Finding>,
    /// Settings that were changed since the last build, which may be the cause.
    pub changed: Vec<String>,
}

/// Most findings that an error message lists.
const MAX_LISTED: usize = 5;

fn sentences(stop: &GuardStop) -> String {
    let findings = &stop.findings;
    let listed = findings.iter().take(MAX_LISTED).map(ToString::to_string);
    let mut sentences: Vec<_> = listed.collect();
    if let more @ 1.. = findings.len().saturating_sub(MAX_LISTED) {
        sentences.push(format!("and {more} more"));
    }
    if !stop.changed.is_empty() {
        let changed = stop.changed.join(" and ");
        sentences.push(format!(
            "the configuration was changed since the last build: {changed}; undo this if it was not intended"
        ));
    }
    sentences.push("nothing was published".to_owned());
    let hint = accept_hint(&stop.acceptances());
    if !hint.is_empty() {
        sentences.push(hint);
    }
    sentences.join("; ")
}

impl GuardStop {
    /// The `--accept` values for all findings; empty if one of them cannot be accepted.
    #[must_use]
    pub fn acceptances(&self) -> Vec<Acceptance> {
        if self.findings.iter().any(|finding| finding.accept.is_none()) {
            return Vec::new();
        }
        acceptances(&self.findings)
    }

    /// Fails if a finding stops the build.
    ///
    /// # Errors
    /// The findings that stop it.
    pub fn check(findings: &[Finding]) -> Result<(), Self> {
        let stops = findings.iter().filter(|finding| finding.outcome == Outcome::Stop);
        let findings: Vec<_> = stops.cloned().collect();
        if findings.is_empty() { Ok(()) } else { Err(Self { findings, changed: Vec::new() }) }
    }

    /// Names the settings that were changed since the last build.
    #[must_use]
    pub fn after_changes(self, changed: Vec<String>) -> Self {
        Self { changed, ..self }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn stop(city: &str, day: i8) -> Finding {
        let accept = Acceptance::of_day(city, date(2026, 11, day));
        let message = format!("{city} has lost orders");
        Finding::new(Outcome::Stop, "published day", message).acceptable_by(accept)
    }

    #[test]
    fn one_sentence_lists_every_acceptance() {
        let findings = [stop("tehran", 29), stop("shiraz", 29), stop("tehran", 28)];
        let error = GuardStop::check(&findings).unwrap_err();
        let hint = "nothing was published; if this is right, use \
                    --accept orders:shiraz:2026-11-29 --accept orders:tehran:2026-11-28..2026-11-29";
        assert!(error.to_string().ends_with(hint), "{error}");
        let changed = error.after_changes(vec!["the time zone was A and is B".to_owned()]);
        let message = changed.to_string();
        assert!(
            message.contains("since the last build: the time zone was A and is B"),
            "{message}"
        );
    }

    #[test]
    fn there_is_no_hint_if_something_cannot_be_accepted() {
        let empty = Finding::new(Outcome::Stop, "empty archive", "it is empty".to_owned());
        let error = GuardStop::check(&[stop("tehran", 29), empty]).unwrap_err();
        assert_eq!(error.acceptances(), []);
        assert!(error.to_string().ends_with("it is empty; nothing was published"), "{error}");
    }
}
