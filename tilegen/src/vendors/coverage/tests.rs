//! The counts by spans equal the counts by the distance rule for every cell.

use proptest::prelude::*;
use tilecore::LngLat;

use super::*;
use crate::vendors::grade::Grade;

const GRADES: usize = 14;

/// The great-circle distance in metres, by the textbook haversine formula.
fn distance_m(a: LngLat, b: LngLat) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let half_dlat = (lat_b - lat_a) / 2.0;
    let half_dlng = (b.lng - a.lng).to_radians() / 2.0;
    let root = half_dlat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_dlng.sin().powi(2);
    2.0 * EARTH_RADIUS_M * root.sqrt().asin()
}

fn brute_force(grid: &Grid, circles: &[Circle], lines: usize) -> Vec<Vec<u32>> {
    let columns = CountColumns::new(lines, GRADES);
    let mut cells = Vec::new();
    for row in grid.rows() {
        for column in grid.columns() {
            let position = grid.centre(column, row);
            let mut counts = vec![0; columns.count()];
            for circle in circles.iter().filter(|c| distance_m(c.at, position) <= c.radius_m) {
                counts[0] += 1;
                counts[columns.line(usize::from(circle.line))] += 1;
                counts[columns.grade(circle.grade.index())] += 1;
            }
            cells.push(counts);
        }
    }
    cells
}

fn by_spans(grid: &Grid, circles: &[Circle], lines: usize) -> Vec<Vec<u32>> {
    let coverage = count(*grid, circles, CountColumns::new(lines, GRADES));
    let (columns, rows) = (grid.columns().len() as u32, grid.rows().len() as u32);
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    cells.map(|(column, row)| coverage.counts(column, row).to_vec()).collect()
}

fn grade(index: usize) -> Grade {
    Grade::at(index as u8)
}

/// Bounds of at most 0.3 degrees, anywhere up to 70° latitude and up to the antimeridian, and vendors
/// inside, around, and across the antimeridian.
fn scene() -> impl Strategy<Value = ([f64; 4], Vec<Circle>)> {
    let edge = prop_oneof![Just(-180.0), Just(179.8), Just(179.99), -180.0f64..179.9,];
    (edge, -70.0f64..70.0, 0.01f64..0.3, 0.01f64..0.25).prop_flat_map(|(west, south, dx, dy)| {
        let bounds = [west, south, (west + dx).min(180.0), south + dy];
        let radius = prop_oneof![Just(0.0), 0.0f64..500.0, 0.0f64..8_000.0, 0.0f64..50_000.0];
        let near = (-0.6f64..0.9, -0.4f64..0.6, radius, 0u8..3, 0usize..GRADES);
        let circle = near.prop_map(move |(x, y, radius_m, line, of)| Circle {
            at: LngLat { lng: (west + x + 540.0).rem_euclid(360.0) - 180.0, lat: south + y },
            radius_m,
            line,
            grade: grade(of),
        });
        (Just(bounds), proptest::collection::vec(circle, 0..12))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn spans_count_what_the_distance_rule_counts(
        (bounds, circles) in scene(), level in prop_oneof![Just(18u8), 12u8..=16],
    ) {
        // The finest level gets smaller bounds, because it has many cells.
        let bounds = if level == 18 {
            [bounds[0], bounds[1], bounds[2].min(bounds[0] + 0.08), bounds[3].min(bounds[1] + 0.05)]
        } else {
            bounds
        };
        let grid = Grid::inside(level, bounds);
        let (found, wanted) = (by_spans(&grid, &circles, 3), brute_force(&grid, &circles, 3));
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn packed_counts_add_up_to_the_counts((bounds, circles) in scene()) {
        let grid = Grid::inside(14, bounds);
        let coverage = count(grid, &circles, CountColumns::new(3, GRADES));
        for row in 0..grid.rows().len() as u32 {
            for column in 0..grid.columns().len() as u32 {
                let mut sums = vec![0; coverage.columns().count()];
                for (line, grade, count) in packed::read(coverage.packed(column, row), GRADES).unwrap() {
                    sums[0] += count;
                    sums[coverage.columns().line(line)] += count;
                    sums[coverage.columns().grade(grade)] += count;
                }
                prop_assert_eq!(&sums[..], coverage.counts(column, row));
            }
        }
    }
}

#[test]
fn a_radius_of_zero_covers_only_a_centre_at_the_same_position() {
    let grid = Grid::inside(18, [51.38, 35.69, 51.42, 35.71]);
    let (column, row) = (grid.columns().start + 3, grid.rows().start + 5);
    let at = grid.centre(column, row);
    let circle = Circle { at, radius_m: 0.0, line: 0, grade: Grade::at(13) };
    let coverage = count(grid, &[circle], CountColumns::new(1, GRADES));
    let covered: Vec<_> = (0..grid.rows().len() as u32)
        .flat_map(|row| (0..grid.columns().len() as u32).map(move |column| (column, row)))
        .filter(|&(column, row)| coverage.counts(column, row)[0] > 0)
        .collect();
    assert_eq!(covered, [(3, 5)]);
}

#[test]
fn cells_of_zoom_12_measure_at_most_200_m_in_every_city() {
    let config = crate::config::Config::load(None).unwrap();
    for city in config.cities {
        let grid = Grid::inside(18, city.bounds);
        let (column, row) = (grid.columns().start, grid.rows().end - 1);
        let at = grid.centre(column, row);
        let wide = distance_m(at, grid.centre(column + 1, row));
        let high = distance_m(at, grid.centre(column, row - 1));
        assert!(wide <= 200.0 && high <= 200.0, "{}: {wide} x {high} m", city.key);
    }
}

#[test]
fn a_circle_around_a_pole_covers_whole_parallels() {
    let at = LngLat { lng: 20.0, lat: 84.9 };
    let circle = Circle { at, radius_m: 700_000.0, line: 0, grade: Grade::at(13) };
    let grid = Grid::inside(6, [-180.0, 83.0, 180.0, 85.0]);
    assert_eq!(by_spans(&grid, &[circle], 1), brute_force(&grid, &[circle], 1));
}
