//! Layers of areas (polygons and population dots), and order statistics by area.
//!
//! Read `build` first: it builds both layers from area files. `topology` snaps borders so that
//! neighbours share them, `clip` cuts polygons at tile edges, `repair` makes the parts valid, and `tiles`
//! and `population` encode the layers. `statistics` is a separate build: it counts orders by area.

pub mod build;
mod clip;
pub mod population;
mod repair;
pub mod statistics;
mod tiles;
mod topology;
