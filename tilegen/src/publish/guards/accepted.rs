//! What is accepted: what the operator accepts in this build, and the findings that were accepted earlier,
//! each with the count that it had. Worse data are checked again.

use serde::{Deserialize, Deserializer, Serialize};

use super::acceptance::Acceptance;
use super::finding::{Finding, Outcome};
use crate::config::GuardsConfig;

/// A finding that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AcceptedFinding {
    /// The `--accept` value with which it was accepted.
    pub accept: Acceptance,
    /// The guard.
    pub guard: String,
    /// The key of the city, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The part of the city, such as a platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The count that was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// As reports contain it. Older versions wrote only what accepted, which accepts nothing any more.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(Acceptance),
    Finding(AcceptedFinding),
}

/// Reads the list of a report.
pub(super) fn read_accepted<'de, D: Deserializer<'de>>(
    list: D,
) -> Result<Vec<AcceptedFinding>, D::Error> {
    let finding = |written| match written {
        Written::Finding(finding) => finding,
        Written::Text(accept) => {
            AcceptedFinding { accept, guard: String::new(), city: None, part: None, count: None }
        }
    };
    Ok(Vec::<Written>::deserialize(list)?.into_iter().map(finding).collect())
}

impl AcceptedFinding {
    fn of(finding: &Finding) -> Option<Self> {
        Some(Self {
            accept: finding.accept.clone()?,
            guard: finding.guard.clone(),
            city: finding.city.clone(),
            part: finding.part.clone(),
            count: finding.count,
        })
    }

    /// Whether both are about the same data and guard.
    fn is_same(&self, other: &Self) -> bool {
        let key = |one: &Self| {
            (one.accept.clone(), one.guard.clone(), one.city.clone(), one.part.clone())
        };
        key(self) == key(other)
    }

    /// Whether a finding is this one, and its data are not worse. A count may be lower by as much as that of
    /// a published day; a day of too many orders may be higher by as much.
    fn covers(&self, finding: &Finding, config: &GuardsConfig) -> bool {
        let Some(found) = Self::of(finding) else { return false };
        let is_worse = match (self.count, found.count) {
            (Some(accepted), Some(now)) => {
                let allowed = match self.accept {
                    Acceptance::Orders { .. } => config.allowed_shrink(accepted),
                    Acceptance::Vendors(_) | Acceptance::Areas(_) => 0.0,
                };
                let has_shrunk = accepted.saturating_sub(now) as f64 > allowed;
                let has_grown = now.saturating_sub(accepted) as f64 > allowed;
                has_shrunk || (has_grown && finding.guard == HIGH_DAY)
            }
            (accepted, now) => accepted != now,
        };
        self.is_same(&found) && !is_worse
    }
}

/// The guard whose findings are worse if there are more orders.
pub(super) const HIGH_DAY: &str = "high day";

/// What a build accepts.
#[derive(Clone, Copy, Debug)]
pub struct Accepting<'a> {
    /// The limits.
    pub config: &'a GuardsConfig,
    /// What the operator accepts in this build.
    pub now: &'a [Acceptance],
    /// What was accepted earlier.
    pub before: &'a [AcceptedFinding],
}

impl Accepting<'_> {
    /// The finding, with the outcome `Accepted` if it is accepted.
    #[must_use]
    pub fn apply(&self, finding: Finding) -> Finding {
        let is_accepted = finding.outcome > Outcome::Warn && self.covers(&finding);
        if is_accepted { Finding { outcome: Outcome::Accepted, ..finding } } else { finding }
    }

    /// Whether a finding is accepted.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        let Some(accept) = &finding.accept else { return false };
        self.now.iter().any(|one| one.covers(accept)) || self.has_recorded(finding)
    }

    fn has_recorded(&self, finding: &Finding) -> bool {
        self.before.iter().any(|one| one.covers(finding, self.config))
    }

    /// What is recorded: what was accepted earlier, and what is accepted now of what was found. A span of
    /// days is recorded day by day, and an acceptance of nothing is not recorded, so that neither accepts
    /// other data later. A finding that was accepted earlier keeps the count that it had then.
    pub(crate) fn to_record(self, findings: &[Finding]) -> Vec<AcceptedFinding> {
        for own in self.now {
            let is_used = |finding: &Finding| {
                finding.accept.as_ref().is_some_and(|accept| own.covers(accept))
            };
            let was_used = self.before.iter().any(|one| own.covers(&one.accept));
            if !was_used && !findings.iter().any(is_used) {
                tracing::warn!(acceptance = %own, "nothing was accepted: no guard found anything there");
            }
        }
        let mut record = self.before.to_vec();
        let accepted = findings.iter().filter(|finding| finding.outcome == Outcome::Accepted);
        for new in
            accepted.filter(|finding| !self.has_recorded(finding)).filter_map(AcceptedFinding::of)
        {
            record.retain(|one| !one.is_same(&new));
            record.push(new);
        }
        record.sort_unstable();
        record
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::config::Config;

    fn finding(guard: &str, count: u64) -> Finding {
        let accept = Acceptance::of_day("tehran", date(2026, 11, 29));
        let finding = Finding::new(Outcome::Stop, guard, String::new()).acceptable_by(accept);
        Finding { city: Some("tehran".to_owned()), count: Some(count), ..finding }
    }

    #[test]
    fn an_accepted_finding_does_not_accept_worse_data_or_another_guard() {
        let config = Config::load(None).unwrap().guards;
        for (guard, accepted, now, wanted) in [
            ("published day", 300, 300, true),
            ("published day", 300, 280, true),
            ("published day", 300, 279, false),
            ("published day", 100_000, 99_500, true),
            ("published day", 100_000, 99_499, false),
            ("published day", 300, 5000, true),
            (HIGH_DAY, 300, 320, true),
            (HIGH_DAY, 300, 321, false),
        ] {
            let before = [AcceptedFinding::of(&finding(guard, accepted)).unwrap()];
            let accepting = Accepting { config: &config, now: &[], before: &before };
            let covers = accepting.covers(&finding(guard, now));
            assert_eq!(covers, wanted, "{guard}: {accepted}, now {now}");
            assert!(!accepting.covers(&finding("identity", accepted)), "another guard");
        }
    }

    #[test]
    fn many_small_losses_are_not_accepted_one_by_one() {
        let config = Config::load(None).unwrap().guards;
        let mut before = vec![AcceptedFinding::of(&finding("published day", 300)).unwrap()];
        for count in [290, 281, 280] {
            let accepting = Accepting { config: &config, now: &[], before: &before };
            assert!(accepting.covers(&finding("published day", count)));
            let accepted =
                Finding { outcome: Outcome::Accepted, ..finding("published day", count) };
            before = accepting.to_record(&[accepted]);
            assert_eq!((before.len(), before[0].count), (1, Some(300)));
        }
    }

    #[test]
    fn what_older_versions_recorded_accepts_nothing() {
        let read =
            |text: &str| read_accepted(&mut serde_json::Deserializer::from_str(text)).unwrap();
        let before = read(r#"["orders:tehran:2026-11-29"]"#);
        let config = Config::load(None).unwrap().guards;
        let accepting = Accepting { config: &config, now: &[], before: &before };
        assert!(!accepting.covers(&finding("published day", 300)));
        let text = serde_json::to_string(&before).unwrap();
        assert_eq!(read(&text), before);
    }
}
