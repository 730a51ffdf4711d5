//! Shared test vectors: small grids, circles, and the expected counts. The page is tested with the same
//! file, so that it computes the same counts.

use serde::Serialize;
use tilecore::LngLat;

use super::*;
use crate::vendors::grade::Grade;

const GRADES: usize = 14;

#[derive(Serialize)]
struct Vector {
    what: &'static str,
    level: u8,
    first_column: u32,
    first_row: u32,
    columns: u32,
    rows: u32,
    lines: usize,
    /// Longitude and latitude in 10⁻⁷ degrees, radius in metres, line, grade.
    circles: Vec<(i32, i32, f64, u8, usize)>,
    /// For each cell, row by row from the north-west, the number of circles that cover it.
    total: Vec<u32>,
    /// For each cell its packed counts by line and grade.
    packed: Vec<String>,
}

type CircleRow = (i32, i32, f64, u8, usize);

fn vector(what: &'static str, grid: Grid, lines: usize, rows: Vec<CircleRow>) -> Vector {
    let circles: Vec<Circle> = rows
        .iter()
        .map(|&(lng_e7, lat_e7, radius_m, line, grade)| Circle {
            at: LngLat { lng: f64::from(lng_e7) / 1e7, lat: f64::from(lat_e7) / 1e7 },
            radius_m,
            line,
            grade: Grade::at(grade as u8),
        })
        .collect();
    let coverage = count(grid, &circles, CountColumns::new(lines, GRADES));
    let cells = (0..grid.rows).flat_map(|row| (0..grid.columns).map(move |column| (column, row)));
    let cells: Vec<_> = cells.collect();
    Vector {
        what,
        level: grid.level,
        first_column: grid.first_column,
        first_row: grid.first_row,
        columns: grid.columns,
        rows: grid.rows,
        lines,
        circles: rows,
        total: cells.iter().map(|&(column, row)| coverage.counts(column, row)[0]).collect(),
        packed: cells.iter().map(|&(column, row)| coverage.packed(column, row).into()).collect(),
    }
}

/// Pseudo-random circles of every line and grade around a position.
fn scattered(lng_e7: i32, lat_e7: i32, spread_e7: i32, count: usize) -> Vec<CircleRow> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |limit: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let spread = spread_e7.cast_unsigned().into();
    let row = |_| {
        let shift = |n: u64| n as i32 - spread_e7 / 2;
        let (lng, lat) = (lng_e7 + shift(next(spread)), lat_e7 + shift(next(spread)));
        let radius_m = (next(60) * 50) as f64 * 0.7;
        (lng, lat, radius_m, next(3) as u8, next(GRADES as u64) as usize)
    };
    (0..count).map(row).collect()
}

fn vectors() -> Vec<Vector> {
    let tehran = Grid::inside(18, [51.38, 35.68, 51.42, 35.72]);
    let centre = tehran.centre(tehran.first_column + 3, tehran.first_row + 5);
    let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
    vec![
        vector("no-vendor", Grid::inside(18, [51.39, 35.69, 51.40, 35.70]), 2, vec![]),
        vector(
            "a radius of zero, off the centre by a rounding",
            tehran,
            1,
            vec![(e7(centre.lng), e7(centre.lat), 0.0, 0, 13)],
        ),
        vector("one vendor inside", tehran, 1, vec![(514_000_000, 357_000_000, 1000.0, 0, 4)]),
        vector(
            "vendors in and around",
            tehran,
            3,
            scattered(514_000_000, 357_000_000, 900_000, 60),
        ),
        vector("a coarser level", Grid::inside(14, [52.3, 29.4, 52.75, 29.9]), 3, {
            scattered(525_000_000, 296_000_000, 6_000_000, 40)
        }),
        vector("across the antimeridian", Grid::inside(14, [179.6, -17.2, 180.0, -16.9]), 3, {
            let mut rows = scattered(1_795_000_000, -170_000_000, 4_000_000, 12);
            rows.push((-1_799_500_000, -170_500_000, 21_000.0, 2, 6));
            rows.push((1_799_900_000, -171_000_000, 9_500.5, 0, 0));
            rows
        }),
        vector("a circle that holds a pole", Grid::inside(6, [-180.0, 83.0, 180.0, 85.0]), 1, {
            vec![(200_000_000, 849_000_000, 700_000.0, 0, 0)]
        }),
    ]
}

#[test]
fn the_shared_test_vectors_are_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/coverage-counts.json");
    let rows = vectors();
    let rows: Vec<_> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
    let table = format!("[\n{}\n]\n", rows.join(",\n"));
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, table, "run the tests with UPDATE_TABLES=1 to rewrite the file");
}
