//! The quantiles and totals of each city, compared with the cells of the archive.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Attributes, CellAddress, Fixture, read_cells, scattered};

/// The metadata of an archive.
fn metadata(path: &Path) -> Value {
    let archive = fs::read(path).unwrap();
    let word = |at: usize| u64::from_le_bytes(archive[at..at + 8].try_into().unwrap()) as usize;
    let stored = &archive[word(24)..word(24) + word(32)];
    serde_json::from_slice(&tilecore::archive::gunzip(stored, 1 << 26).unwrap()).unwrap()
}

/// Whether the centre of a cell lies in the bounds, by the inverse projection.
fn is_inside((zoom, column, row): CellAddress, bounds: &[f64]) -> bool {
    let side = f64::from(1u32 << (zoom + 6));
    let lng = (f64::from(column) + 0.5) / side * 360.0 - 180.0;
    let north = std::f64::consts::PI * (1.0 - 2.0 * (f64::from(row) + 0.5) / side);
    let lat = north.sinh().atan().to_degrees();
    bounds[0] <= lng && lng <= bounds[2] && bounds[1] <= lat && lat <= bounds[3]
}

/// The attribute of a cell that a name of the quantiles stands for.
fn value(cell: &Attributes, name: &str) -> u64 {
    let get = |name: &str| cell.get(name).copied().unwrap_or_default();
    match name.strip_prefix('n') {
        Some("onorganic") => get("orders") - get("organic") - get("unknown"),
        Some(line) => {
            get(&format!("l{line}")) - get(&format!("o{line}")) - get(&format!("x{line}"))
        }
        None => get(name),
    }
}

fn totals(cells: &[&Attributes]) -> Value {
    let mut sums = BTreeMap::from([("cells".to_owned(), cells.len() as u64)]);
    let is_counted = |name: &str| name != "users" && !(name.starts_with('u') && name != "unknown");
    let counts = cells.iter().flat_map(|cell| cell.iter());
    for (name, count) in counts.filter(|(name, _)| is_counted(name)) {
        *sums.entry(name.clone()).or_default() += count;
    }
    json!(sums)
}

fn quantiles(cells: &[&Attributes], probabilities: &[Value]) -> Value {
    let mut names = vec!["orders", "organic", "nonorganic", "users"].into_iter();
    let lines =
        (0..8).flat_map(|line| ["l", "o", "n", "u"].map(|letter| format!("{letter}{line}")));
    let all: Vec<String> = names.by_ref().map(str::to_owned).chain(lines).collect();
    let mut found = serde_json::Map::new();
    for name in all {
        let mut values: Vec<_> = cells.iter().map(|cell| value(cell, &name)).collect();
        values.retain(|&value| value > 0);
        values.sort_unstable();
        let at = |p: &Value| {
            let rank = (p.as_f64().unwrap() * values.len() as f64).ceil() as usize;
            values[rank.max(1) - 1]
        };
        if !values.is_empty() {
            found.insert(name, probabilities.iter().map(at).collect::<Vec<_>>().into());
        }
    }
    found.into()
}

#[test]
fn the_figures_of_a_city_are_those_of_its_shown_cells() {
    let fixture = Fixture::with_orders(&scattered(6000, 21));
    fixture.build(&[]);
    let manifest = fixture.manifest();
    let cities = manifest["cities"].as_array().unwrap();
    for (layer, slot) in crate::support::SLOTS {
        let archive = fixture.archive(layer, slot);
        let (metadata, cells) = (metadata(&archive), read_cells(&archive));
        let mut with_cells = 0;
        for city in cities {
            let bounds = city["box"].as_array().unwrap();
            let bounds: Vec<f64> = bounds.iter().map(|edge| edge.as_f64().unwrap()).collect();
            let key = city["key"].as_str().unwrap();
            let shown = cells.iter().filter(|(cell, _)| is_inside(**cell, &bounds));
            let mut by_zoom: BTreeMap<u8, Vec<&Attributes>> = BTreeMap::new();
            for ((zoom, ..), attributes) in shown {
                by_zoom.entry(*zoom).or_default().push(attributes);
            }
            with_cells += usize::from(!by_zoom.is_empty());
            for zoom in 5..=14u8 {
                let at = |field: &str| &metadata[field][key][zoom.to_string()];
                let name = format!("{layer}, {key}, zoom {zoom}");
                let Some(cells) = by_zoom.get(&zoom) else {
                    assert_eq!(
                        (at("city_totals"), at("city_quantiles")),
                        (&Value::Null, &Value::Null),
                        "{name}"
                    );
                    continue;
                };
                assert_eq!(at("city_totals"), &totals(cells), "{name}");
                let probabilities = metadata["probabilities"].as_array().unwrap();
                assert_eq!(at("city_quantiles"), &quantiles(cells, probabilities), "{name}");
            }
        }
        assert_eq!(with_cells, 2, "{layer}: Tehran and Shiraz have orders");
        let listed = metadata["city_totals"].as_object().unwrap();
        assert_eq!(listed.keys().collect::<Vec<_>>(), ["shiraz", "tehran"], "{layer}");
    }
}
