//! Layers made of areas (their polygons and population dots), and order statistics by area.
//!
//! Read `build` first: it makes both layers out of area files. `topology` snaps borders so that
//! neighbours share them, `clip` cuts polygons by tile, and `tiles` and `population` encode the
//! layers. `statistics` is a build of its own: it counts orders by area.

pub mod build;
mod clip;
pub mod population;
pub mod statistics;
mod tiles;
mod topology;
