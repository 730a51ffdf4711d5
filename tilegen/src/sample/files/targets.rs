//! Coverage targets: how many vendors of each business line should reach a point of an area.

use std::path::Path;

use super::writer;
use crate::sample::SampleError;
use crate::sample::city::City;
use crate::sample::lines::LINES;
use crate::sample::random::{Rng, Stream};

/// Share of areas without targets.
const UNTARGETED: f64 = 0.04;
/// Share of targets that are zero on purpose.
const ZERO: f64 = 0.06;

/// Writes the wide `{city}.csv`: `marketing_area` and one column for each line.
pub(in crate::sample) fn write(city: &City, seed: u64, dir: &Path) -> Result<u64, SampleError> {
    let header = ["marketing_area"].into_iter().chain(LINES.iter().map(|line| line.name));
    let mut rows: Vec<Vec<String>> = vec![header.map(String::from).collect()];
    for (index, (name, ..)) in city.plan.places.iter().enumerate() {
        let mut rng = Rng::of(seed.wrapping_add(city.plan.id as u64), Stream::Target, index as u64);
        if rng.chance(UNTARGETED) {
            continue;
        }
        let base = rng.between(20.0, 110.0);
        let targets = LINES.iter().map(|line| {
            let target = if rng.chance(ZERO) { 0.0 } else { (base * line.orders).ceil() };
            target.to_string()
        });
        rows.push([(*name).to_owned()].into_iter().chain(targets).collect());
    }
    writer::write_csv(&dir.join(format!("{}.csv", city.plan.key)), "", &rows)
}
