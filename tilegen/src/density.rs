//! Density: counts orders and distinct users by cell, applies the privacy floor and encodes the tiles
//! of the density layers.
//!
//! Start with `build`, which shows all steps of a build, and `plan`, which lists what to build. Then
//! follow the data: `count` divides the memory and takes orders in portions,
//! `distinct_users` finds the levels at which an order's user is new, `floor` decides which cells are shown,
//! `pyramid` and `tile` encode tiles from groups of orders (`order_group`), `quantiles` collects statistics for
//! legends, `city_stats` those of each city, `metadata` describes the archive, and `archive` stores it. `public_window` decides whether a
//! public window is due, and `republish` builds one again after people were erased. `report` is the report of a build.

mod archive;
pub mod build;
mod city_stats;
mod count;
pub mod distinct_users;
pub mod error;
pub mod floor;
mod metadata;
mod order_group;
pub mod plan;
mod public_window;
mod pyramid;
pub mod quantiles;
pub mod report;
pub mod republish;
pub mod tile;
