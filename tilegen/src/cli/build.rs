//! The runs of the commands that build layers and tables.
//!
//! `run` has the lease, the metrics and the report of every build, `run_stats` the figures of each report,
//! `after_publish` what follows a publication, and `source_counts` the counts that an operator gives.

pub(crate) mod after_publish;
mod area_stats;
mod areas;
mod density;
pub(crate) mod held_back;
pub(crate) mod run;
mod run_stats;
mod snapshot;
pub(crate) mod source_counts;
mod timeline;

pub(crate) use area_stats::run_area_stats;
pub(crate) use areas::run_areas;
pub(crate) use density::run_density;
pub(crate) use snapshot::run_snapshot;
pub(crate) use timeline::run_timeline;
