//! Density: counts orders and distinct users by cell, applies the privacy floor and encodes the tiles
//! of the density layers.
//!
//! Start with `build`, which shows all steps of a build, and `plan`, which lists what to build. Then
//! follow the data: `count_memory` divides the memory, `count` takes orders in portions (`portion`),
//! `distinct_users` finds the levels at which an order's user is new (`earlier_levels` keeps them, if the users
//! take several passes), `floor` decides which cells are shown, `pyramid` and `tile` encode
//! tiles from groups of orders (`order_group`), `quantiles` collects statistics for legends, and
//! `metadata` describes the archive. `report` is the report of a build.

pub mod build;
mod count;
mod count_memory;
pub mod distinct_users;
mod earlier_levels;
pub mod floor;
mod metadata;
mod order_group;
pub mod plan;
mod portion;
mod pyramid;
pub mod quantiles;
pub mod report;
pub mod tile;
