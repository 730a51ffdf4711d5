//! The jobs that publish the map, and which entries of a manifest each of them publishes. This is the only
//! place that maps a layer or table to its job.
//!
//! | job | commands | layers | tables |
//! |---|---|---|---|
//! | `orders` | `density`, `area-stats`, `timeline` | `density`, `density-public`, `timeline-…` | `area-stats/orders`, `timeline-areas/…` |
//! | `snapshot` | `snapshot` | `coverage`, `vendors` | `vendors/…`, `coverage-grid/…`, `area-stats/vendors`, `options` |
//! | `areas` | `areas`, `population` | `areas`, `population` | |
//!
//! An entry with any other name was written by a newer version. Its lineage says which job wrote it
//! ([`Job::of_inputs`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::layer::{AREAS, COVERAGE, DENSITY, DENSITY_PUBLIC, POPULATION, VENDORS};
use crate::text::Quoted;

/// A job: everything that is built from one kind of input, and rolled back or held together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Job {
    /// What is built from orders, daily.
    Orders,
    /// What is built from each vendor snapshot.
    Snapshot,
    /// What is built from area files.
    Areas,
}

/// The text is not the name of a job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a job; the jobs are orders, snapshot and areas", Quoted(.0))]
pub struct JobError(String);

impl Job {
    /// All jobs.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Snapshot, Self::Areas];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Snapshot => "snapshot",
            Self::Areas => "areas",
        }
    }

    /// The tilegen commands that build for it. Each has its own lease.
    #[must_use]
    pub const fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Orders => &["density", "area-stats", "timeline"],
            Self::Snapshot => &["snapshot"],
            Self::Areas => &["areas", "population"],
        }
    }

    /// The job that a tilegen command builds for.
    ///
    /// ```
    /// use tilecore::Job;
    ///
    /// assert_eq!(Job::of_command("area-stats"), Some(Job::Orders));
    /// assert_eq!(Job::of_command("verify"), None);
    /// ```
    #[must_use]
    pub fn of_command(command: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.commands().contains(&command))
    }

    /// The job that publishes a layer or table with this name.
    ///
    /// ```
    /// use tilecore::Job;
    ///
    /// assert_eq!(Job::of("density"), Some(Job::Orders));
    /// assert_eq!(Job::of("vendors/tehran"), Some(Job::Snapshot));
    /// assert_eq!(Job::of("basemap"), None);
    /// ```
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let first = name.split('/').next().unwrap_or_default();
        match name {
            ORDER_STATISTICS => Some(Self::Orders),
            "area-stats/vendors" | "options" => Some(Self::Snapshot),
            _ if first == DENSITY.id || first == DENSITY_PUBLIC.id => Some(Self::Orders),
            _ if first.starts_with("timeline-") => Some(Self::Orders),
            _ if first == VENDORS.id || first == COVERAGE.id || first == "coverage-grid" => {
                Some(Self::Snapshot)
            }
            _ if first == AREAS.id || first == POPULATION.id => Some(Self::Areas),
            _ => None,
        }
    }

    /// The job that reads these kinds of input files, which a lineage lists.
    ///
    /// ```
    /// use tilecore::Job;
    ///
    /// assert_eq!(Job::of_inputs(["areas", "orders"]), Some(Job::Orders));
    /// assert_eq!(Job::of_inputs(["areas"]), Some(Job::Areas));
    /// ```
    #[must_use]
    pub fn of_inputs<'a>(kinds: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        // `orders` and `snapshot` read area files too.
        let job = |kind: &str| match kind {
            "orders" => Some(Self::Orders),
            "vendors" => Some(Self::Snapshot),
            "areas" => Some(Self::Areas),
            _ => None,
        };
        kinds.into_iter().filter_map(job).min()
    }
}

/// The table that `tilegen area-stats` publishes after `tilegen density`, from the same orders.
pub const ORDER_STATISTICS: &str = "area-stats/orders";

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Job {
    type Err = JobError;

    fn from_str(text: &str) -> Result<Self, JobError> {
        let job = Self::ALL.into_iter().find(|job| job.as_str() == text);
        job.ok_or_else(|| JobError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::LAYERS;

    #[test]
    fn each_layer_has_a_job() {
        for layer in LAYERS {
            assert!(Job::of(layer.id).is_some(), "{}", layer.id);
        }
    }

    #[test]
    fn each_table_has_a_job() {
        for (name, job) in [
            ("area-stats/orders", Job::Orders),
            ("timeline-areas/tehran", Job::Orders),
            ("area-stats/vendors", Job::Snapshot),
            ("vendors/tehran", Job::Snapshot),
            ("coverage-grid/shiraz", Job::Snapshot),
            ("options", Job::Snapshot),
        ] {
            assert_eq!(Job::of(name), Some(job), "{name}");
        }
    }

    #[test]
    fn a_name_is_read_and_written() {
        for job in Job::ALL {
            assert_eq!(job.to_string().parse(), Ok(job));
            assert_eq!(serde_json::to_value(job).unwrap(), job.as_str());
        }
        assert!("density".parse::<Job>().is_err());
    }
}
