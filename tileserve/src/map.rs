//! Follows the published map and keeps the version that is served.
//!
//! Read `watcher` first: it polls the store for a new manifest and opens it as a `version`, which
//! consists of `slots` (archives) and `tables`. `catalog` describes a version, `budget` divides memory
//! and disk among its archives. Handlers read the current version from `live_map`.

mod budget;
pub mod catalog;
pub mod live_map;
pub mod map_error;
pub mod slots;
pub mod tables;
pub mod version;
pub mod version_error;
pub mod watcher;
