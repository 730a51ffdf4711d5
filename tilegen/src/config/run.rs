//! The section `[run]`: the arguments of the steps of `tilegen run`.

use serde::Deserialize;

/// Arguments of steps, in addition to those that `tilegen run` gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunConfig {
    /// Of `tilegen density`.
    pub density: Vec<String>,
    /// Of `tilegen timeline`; `None` if no timeline is built.
    pub timeline: Option<Vec<String>>,
    /// Of `tilegen area-stats`.
    pub area_stats: Vec<String>,
    /// Of `tilegen snapshot`.
    pub snapshot: Vec<String>,
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunFile {
    density: Option<Vec<String>>,
    timeline: Option<Vec<String>>,
    area_stats: Option<Vec<String>>,
    snapshot: Option<Vec<String>>,
}

impl RunFile {
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        Self {
            density: self.density.or(defaults.density),
            timeline: self.timeline.or(defaults.timeline),
            area_stats: self.area_stats.or(defaults.area_stats),
            snapshot: self.snapshot.or(defaults.snapshot),
        }
    }

    pub(super) fn validate(self) -> RunConfig {
        RunConfig {
            density: self.density.unwrap_or_default(),
            timeline: self.timeline,
            area_stats: self.area_stats.unwrap_or_default(),
            snapshot: self.snapshot.unwrap_or_default(),
        }
    }
}
