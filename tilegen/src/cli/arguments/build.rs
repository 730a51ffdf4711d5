//! Arguments of the commands that build layers and tables.
//!
//! A build takes what it reads (`orders` or `areas`), the layers to build, and `output`: where to publish.

mod area_stats;
mod areas;
mod density;
mod guards;
mod orders;
mod output;
mod snapshot;
mod timeline;

pub(crate) use area_stats::AreaStatsArgs;
pub(crate) use areas::AreasArgs;
pub(crate) use density::DensityArgs;
pub(crate) use output::OutputArgs;
pub(crate) use snapshot::SnapshotArgs;
pub(crate) use timeline::TimelineArgs;
