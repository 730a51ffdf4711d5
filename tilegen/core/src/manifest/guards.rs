//! What the guards of builds held back, and what operators have accepted, as a manifest records it. It
//! has no counts: those are in the private reports.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::job::Job;

/// The results of guards that concern the map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Guards {
    /// The days that the last build of a command has left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_back: Vec<HeldBack>,
    /// What operators have accepted, as values of `--accept`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
}

/// The newest days that a build has left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The tilegen command, such as `density`.
    pub command: String,
    /// The first day that was left out.
    pub from: Date,
    /// The reasons: guard, city and day of each finding.
    pub reasons: Vec<String>,
    /// The `--accept` values for these findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<String>,
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Guards {
    /// Replaces what is recorded of a command by the results of its newest build. What is accepted is
    /// common to all commands of a job.
    pub fn record(&mut self, command: &str, held_back: Option<HeldBack>, accepted: &[String]) {
        self.held_back.retain(|held| held.command != command);
        self.held_back.extend(held_back);
        self.held_back.sort_by(|a, b| a.command.cmp(&b.command));
        let job = Job::of_command(command);
        self.accepted.retain(|known| job_of_acceptance(known) != job);
        self.accepted.extend_from_slice(accepted);
        self.accepted.sort_unstable();
        self.accepted.dedup();
    }

    /// Replaces what is recorded of a job by what an older map has recorded.
    pub fn restore(&mut self, job: Job, older: &Self) {
        let is_of_job = |held: &&HeldBack| job.commands().contains(&held.command.as_str());
        self.held_back.retain(|held| !is_of_job(&held));
        self.held_back.extend(older.held_back.iter().filter(is_of_job).cloned());
        self.held_back.sort_by(|a, b| a.command.cmp(&b.command));
        self.accepted.retain(|known| job_of_acceptance(known) != Some(job));
        self.accepted.extend(older.accepted_of(job).cloned());
        self.accepted.sort_unstable();
    }

    /// What is accepted for a job.
    pub fn accepted_of(&self, job: Job) -> impl Iterator<Item = &String> {
        self.accepted.iter().filter(move |known| job_of_acceptance(known) == Some(job))
    }
}

/// The job whose data an acceptance is about.
///
/// `orders:tehran:2026-11-29` is about orders, `vendors:DIGEST` about snapshots.
fn job_of_acceptance(text: &str) -> Option<Job> {
    Job::of_inputs(text.split(':').next())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn held(command: &str) -> HeldBack {
        HeldBack {
            command: command.to_owned(),
            from: date(2026, 11, 29),
            reasons: vec!["partial day: tehran on 2026-11-29".to_owned()],
            accept: vec!["orders:tehran:2026-11-29".to_owned()],
            other: BTreeMap::new(),
        }
    }

    #[test]
    fn a_command_replaces_its_own_results() {
        let mut guards = Guards::default();
        let vendors = "vendors:0123456789abcdef0123456789abcdef".to_owned();
        guards.record("snapshot", None, std::slice::from_ref(&vendors));
        guards.record("density", Some(held("density")), &["orders:tehran:2026-11-28".to_owned()]);
        guards.record(
            "area-stats",
            Some(held("area-stats")),
            &["orders:shiraz:2026-11-28".to_owned()],
        );
        assert_eq!(guards.accepted, ["orders:shiraz:2026-11-28", &vendors]);
        assert_eq!(guards.held_back, [held("area-stats"), held("density")]);
        guards.record("density", None, &[]);
        assert_eq!((guards.held_back.len(), &guards.accepted[..]), (1, &[vendors][..]));
    }

    #[test]
    fn a_job_gets_back_what_an_older_map_has_recorded() {
        let (mut guards, mut older) = (Guards::default(), Guards::default());
        older.record("density", Some(held("density")), &["orders:tehran:2026-11-01".to_owned()]);
        guards.record("density", None, &["orders:tehran:2026-11-29".to_owned()]);
        guards.restore(Job::Snapshot, &older);
        assert_eq!(guards.accepted, ["orders:tehran:2026-11-29"]);
        guards.restore(Job::Orders, &older);
        assert_eq!(guards, older);
        guards.restore(Job::Orders, &Guards::default());
        assert_eq!(guards, Guards::default());
    }
}
