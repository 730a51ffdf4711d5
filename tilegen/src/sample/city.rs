//! The three cities: outline, hot spots, streets, and the buildings that orders are delivered to.

use geo::{BoundingRect, Contains, ConvexHull, Coord, MultiPoint, Polygon, Scale};

use super::places::{self, Place};
use super::random::{AliasTable, Rng, Stream};

/// Metres per degree of latitude on a sphere with the mean radius of the Earth (6,371,008.8 m).
pub(super) const METRES_PER_DEGREE: f64 = 111_195.08;
/// Average number of addresses of a user: the mean of `users::ADDRESS_COUNTS`.
const MEAN_ADDRESSES: f64 = 1.6;
/// Average number of addresses per building. The privacy floor requires five users in every published
/// cell, and withholding one cell can require withholding a sibling. The public map has nineteen of
/// twenty orders only if even a quiet building has about a dozen customers.
const ADDRESSES_PER_BUILDING: f64 = 22.0;
/// Maximum number of buildings. More would only make the sample slower to write.
const MAX_BUILDINGS: f64 = 150_000.0;
/// Shares of buildings around hot spots, along streets, and anywhere.
const SITE_WEIGHTS: [f64; 3] = [0.42, 0.56, 0.02];

/// The fixed properties of a city.
#[derive(Debug)]
pub(super) struct CityPlan {
    pub(super) id: i32,
    pub(super) key: &'static str,
    /// Share of all users who live in it.
    pub(super) share: f64,
    pub(super) places: &'static [Place],
}

pub(super) const CITIES: [CityPlan; 3] = [
    CityPlan { id: 2, key: "tehran", share: 0.60, places: places::TEHRAN },
    CityPlan { id: 1, key: "mashhad", share: 0.22, places: places::MASHHAD },
    CityPlan { id: 5, key: "shiraz", share: 0.18, places: places::SHIRAZ },
];

/// A building that orders are delivered to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Building {
    pub(super) at: Coord,
    /// Index into the city's places: the marketing area that it is in.
    pub(super) area: usize,
}

/// A city, generated from a seed.
#[derive(Debug)]
pub(super) struct City {
    pub(super) plan: &'static CityPlan,
    pub(super) built_up_area: BuiltUpArea,
    buildings: Vec<Building>,
    popularity: AliasTable,
}

/// The built-up area of a city and the positions of its places.
#[derive(Debug)]
pub(super) struct BuiltUpArea {
    pub(super) outline: Polygon,
    pub(super) sites: Vec<Coord>,
}

struct HotSpot {
    at: Coord,
    spread_m: f64,
    weight: f64,
}

/// A street: a quadratic Bézier curve with `bend` as its control point.
struct Street {
    from: Coord,
    bend: Coord,
    to: Coord,
    weight: f64,
}

impl City {
    /// Generates a city for this number of users.
    pub(super) fn generate(plan: &'static CityPlan, seed: u64, users: u64) -> Self {
        let seed = seed.wrapping_add(plan.id as u64);
        let built_up_area = BuiltUpArea::of(plan.places);
        let hot_spots = hot_spots(&built_up_area, seed);
        let streets = streets(&built_up_area, seed);
        let addresses = users as f64 * MEAN_ADDRESSES;
        let count = (addresses / ADDRESSES_PER_BUILDING).clamp(60.0, MAX_BUILDINGS) as u64;
        let spot_weights = AliasTable::new(&weights(&hot_spots, |spot| spot.weight));
        let street_weights = AliasTable::new(&weights(&streets, |street| street.weight));
        let (buildings, popularity): (Vec<Building>, Vec<f64>) = (0..count)
            .map(|index| {
                let mut rng = Rng::of(seed, Stream::Buildings, index);
                let at = built_up_area.first_inside(|| match rng.weighted(&SITE_WEIGHTS) {
                    0 => hot_spots[spot_weights.draw(&mut rng)].draw(&mut rng),
                    1 => streets[street_weights.draw(&mut rng)].draw(&mut rng),
                    _ => built_up_area.draw(&mut rng),
                });
                (
                    Building { at, area: built_up_area.nearest_site(at) },
                    1.0 + 0.35 * (rng.pareto(1.3, 30.0) - 1.0),
                )
            })
            .unzip();
        Self { plan, built_up_area, buildings, popularity: AliasTable::new(&popularity) }
    }

    pub(super) fn draw_building(&self, rng: &mut Rng) -> Building {
        self.buildings[self.popularity.draw(rng)]
    }
}

impl BuiltUpArea {
    pub(super) fn of(places: &[Place]) -> Self {
        let sites: Vec<Coord> = places.iter().map(|&(_, x, y)| Coord { x, y }).collect();
        let points: MultiPoint = sites.iter().copied().collect();
        let outline = points.convex_hull().scale(1.08);
        Self { outline, sites }
    }

    /// A point, uniformly distributed over the built-up area.
    pub(super) fn draw(&self, rng: &mut Rng) -> Coord {
        let frame = self.outline.bounding_rect().expect("an outline has corners");
        self.first_inside(|| Coord {
            x: rng.between(frame.min().x, frame.max().x),
            y: rng.between(frame.min().y, frame.max().y),
        })
    }

    pub(super) fn nearest_site(&self, at: Coord) -> usize {
        nearest(&self.sites, at).expect("a city has places")
    }

    fn first_inside(&self, mut draw: impl FnMut() -> Coord) -> Coord {
        loop {
            let at = draw();
            if self.outline.contains(&at) {
                return at;
            }
        }
    }
}

impl HotSpot {
    fn draw(&self, rng: &mut Rng) -> Coord {
        let (east, north) = rng.normal_pair();
        moved(self.at, east * self.spread_m, north * self.spread_m)
    }
}

impl Street {
    /// A point along the street, in the first row of houses on either side.
    fn draw(&self, rng: &mut Rng) -> Coord {
        let t = rng.unit();
        let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        let middle = self.from * a + self.bend * b + self.to * c;
        let side = if rng.chance(0.5) { 18.0 } else { -18.0 };
        let along = self.to - self.from;
        let length = along.x.hypot(along.y);
        moved(middle, -along.y / length * side, along.x / length * side)
    }
}

/// One hot spot at each place and as many elsewhere. A few of them get most of the orders.
fn hot_spots(built_up_area: &BuiltUpArea, seed: u64) -> Vec<HotSpot> {
    let mut rng = Rng::of(seed, Stream::HotSpots, 0);
    let elsewhere: Vec<Coord> =
        built_up_area.sites.iter().map(|_| built_up_area.draw(&mut rng)).collect();
    let mut spot = |at, most| HotSpot {
        at,
        spread_m: rng.between(120.0, 650.0),
        weight: rng.pareto(1.1, most),
    };
    let mut spots: Vec<HotSpot> = built_up_area.sites.iter().map(|&at| spot(at, 40.0)).collect();
    spots.extend(elsewhere.into_iter().map(|at| spot(at, 8.0)));
    spots
}

/// Streets from each place to the three nearest places.
fn streets(built_up_area: &BuiltUpArea, seed: u64) -> Vec<Street> {
    let mut rng = Rng::of(seed, Stream::Streets, 0);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (from, &at) in built_up_area.sites.iter().enumerate() {
        let mut others: Vec<usize> =
            (0..built_up_area.sites.len()).filter(|&to| to != from).collect();
        others.sort_by(|&a, &b| {
            distance_m(at, built_up_area.sites[a])
                .total_cmp(&distance_m(at, built_up_area.sites[b]))
        });
        pairs.extend(others.iter().take(3).map(|&to| (from.min(to), from.max(to))));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
        .into_iter()
        .map(|(from, to)| street(built_up_area.sites[from], built_up_area.sites[to], &mut rng))
        .collect()
}

fn street(from: Coord, to: Coord, rng: &mut Rng) -> Street {
    let length = distance_m(from, to);
    let bend = moved(
        (from + to) / 2.0,
        rng.between(-0.15, 0.15) * length,
        rng.between(-0.15, 0.15) * length,
    );
    Street { from, bend, to, weight: length * rng.pareto(1.3, 10.0) }
}

fn weights<T>(items: &[T], weight: impl Fn(&T) -> f64) -> Vec<f64> {
    items.iter().map(weight).collect()
}

/// The point this number of metres to the east and north of `at`.
pub(super) fn moved(at: Coord, east_m: f64, north_m: f64) -> Coord {
    let per_degree = METRES_PER_DEGREE * at.y.to_radians().cos();
    Coord { x: at.x + east_m / per_degree, y: at.y + north_m / METRES_PER_DEGREE }
}

/// Distance on a local tangent plane. The error is below 0.1 % within a city.
pub(super) fn distance_m(a: Coord, b: Coord) -> f64 {
    let east = (a.x - b.x) * a.y.midpoint(b.y).to_radians().cos();
    east.hypot(a.y - b.y) * METRES_PER_DEGREE
}

/// Index of the site nearest to a point.
pub(super) fn nearest(sites: &[Coord], at: Coord) -> Option<usize> {
    let lng_scale = at.y.to_radians().cos();
    let squared = |site: &Coord| {
        let (east, north) = ((site.x - at.x) * lng_scale, site.y - at.y);
        east * east + north * north
    };
    (0..sites.len()).min_by(|&a, &b| squared(&sites[a]).total_cmp(&squared(&sites[b])))
}

/// Degrees as they are written: six decimals, about a decimetre.
pub(super) fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_building_is_inside_its_city_and_in_the_nearest_area() {
        for plan in &CITIES {
            let city = City::generate(plan, 1, 5_000);
            assert!(city.buildings.len() > 300, "{}", plan.key);
            for building in &city.buildings {
                assert!(city.built_up_area.outline.contains(&building.at), "{}", plan.key);
                assert_eq!(
                    building.area,
                    city.built_up_area.nearest_site(building.at),
                    "{}",
                    plan.key
                );
            }
        }
    }

    #[test]
    fn a_point_moved_by_a_kilometre_is_a_kilometre_away() {
        let vanak = Coord { x: 51.41, y: 35.757 };
        assert!((distance_m(vanak, moved(vanak, 600.0, 800.0)) - 1000.0).abs() < 0.2);
    }
}
