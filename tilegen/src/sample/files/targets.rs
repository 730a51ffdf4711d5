//! Coverage targets: how many vendors of each line should reach a point of an area.

use std::path::Path;

use super::writer;
use crate::sample::SampleError;
use crate::sample::city::City;
use crate::sample::lines::LINES;
use crate::sample::random::{Draws, Topic};

/// Areas nobody has set a target for.
const UNTARGETED: f64 = 0.04;
/// Targets that are zero on purpose.
const ZERO: f64 = 0.06;

/// Writes the wide `{city}.csv`: `marketing_area` and one column for each line.
pub(in crate::sample) fn write(city: &City, seed: u64, dir: &Path) -> Result<u64, SampleError> {
    let header = ["marketing_area"].into_iter().chain(LINES.iter().map(|line| line.name));
    let mut rows: Vec<Vec<String>> = vec![header.map(String::from).collect()];
    for (index, (name, ..)) in city.plan.places.iter().enumerate() {
        let mut draws =
            Draws::of(seed.wrapping_add(city.plan.id as u64), Topic::Target, index as u64);
        if draws.chance(UNTARGETED) {
            continue;
        }
        let wish = draws.between(20.0, 110.0);
        let targets = LINES.iter().map(|line| {
            let target = if draws.chance(ZERO) { 0.0 } else { (wish * line.orders).ceil() };
            target.to_string()
        });
        rows.push([(*name).to_owned()].into_iter().chain(targets).collect());
    }
    writer::write_csv(&dir.join(format!("{}.csv", city.plan.key)), "", &rows)
}
