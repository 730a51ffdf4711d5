//! Orders counted by cell and by user, the privacy floor, and the tiles of the density layers.
//!
//! Read `build` first: it is the pipeline of one build. Then `count` (portions of orders),
//! `distinct_users` (at which levels an order's user is new), `floor` (which cells may be shown),
//! `pyramid`, `tile` and `quantiles`, and `metadata` for what the archive says about itself.

pub mod build;
mod count;
mod counts;
pub mod distinct_users;
pub mod floor;
mod metadata;
mod pyramid;
pub mod quantiles;
pub mod report;
pub mod tile;
