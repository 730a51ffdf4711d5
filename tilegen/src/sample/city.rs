//! The three cities: outline, hot spots, streets, and the buildings along them where orders go.

use geo::{BoundingRect, Contains, ConvexHull, Coord, MultiPoint, Polygon, Scale};

use super::places::{self, Place};
use super::random::{Alias, Draws, Topic};

/// Metres in a degree of latitude on the sphere of requirements 2 (radius 6,371,008.8 m).
pub(super) const METRES_PER_DEGREE: f64 = 111_195.08;
/// Addresses of a user, on average: the mean of `people::ADDRESS_COUNTS`.
const MEAN_ADDRESSES: f64 = 1.6;
/// How many addresses share a building on average. The privacy floor asks for five people in
/// every shown cell, and one lonely cell takes a sibling with it, so that the public map shows
/// nineteen orders in twenty only where even a quiet building has a dozen customers.
const ADDRESSES_PER_BUILDING: f64 = 22.0;
/// More buildings than this would only make the generator slower.
const MOST_BUILDINGS: f64 = 150_000.0;
/// Where buildings stand: around hot spots, along streets, anywhere.
const WHEREABOUTS: [f64; 3] = [0.42, 0.56, 0.02];

/// What is fixed about a city.
#[derive(Debug)]
pub(super) struct CityPlan {
    pub(super) id: i32,
    pub(super) key: &'static str,
    /// Part of all users who live here.
    pub(super) share: f64,
    pub(super) places: &'static [Place],
}

pub(super) const CITIES: [CityPlan; 3] = [
    CityPlan { id: 2, key: "tehran", share: 0.60, places: places::TEHRAN },
    CityPlan { id: 1, key: "mashhad", share: 0.22, places: places::MASHHAD },
    CityPlan { id: 5, key: "shiraz", share: 0.18, places: places::SHIRAZ },
];

/// A house or block of flats that people order to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Building {
    pub(super) at: Coord,
    /// Index into the city's places: the marketing area it lies in.
    pub(super) area: usize,
}

/// A city laid out for one seed.
#[derive(Debug)]
pub(super) struct City {
    pub(super) plan: &'static CityPlan,
    pub(super) ground: Ground,
    buildings: Vec<Building>,
    popularity: Alias,
}

/// Where a city is built up, and what its places are.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) outline: Polygon,
    pub(super) sites: Vec<Coord>,
}

struct HotSpot {
    at: Coord,
    spread_m: f64,
    weight: f64,
}

/// A street is an arc from one end to the other; `bend` is where its middle is pulled to.
struct Street {
    from: Coord,
    bend: Coord,
    to: Coord,
    weight: f64,
}

impl City {
    /// Lays out a city for `users` people who live in it.
    pub(super) fn lay_out(plan: &'static CityPlan, seed: u64, users: u64) -> Self {
        let seed = seed.wrapping_add(plan.id as u64);
        let ground = Ground::of(plan.places);
        let hot_spots = hot_spots(&ground, seed);
        let streets = streets(&ground, seed);
        let addresses = users as f64 * MEAN_ADDRESSES;
        let count = (addresses / ADDRESSES_PER_BUILDING).clamp(60.0, MOST_BUILDINGS) as u64;
        let spot_weights = Alias::new(&weights(&hot_spots, |spot| spot.weight));
        let street_weights = Alias::new(&weights(&streets, |street| street.weight));
        let (buildings, popularity): (Vec<Building>, Vec<f64>) = (0..count)
            .map(|index| {
                let mut draws = Draws::of(seed, Topic::Buildings, index);
                let at = ground.first_inside(|| match draws.weighted(&WHEREABOUTS) {
                    0 => hot_spots[spot_weights.draw(&mut draws)].draw(&mut draws),
                    1 => streets[street_weights.draw(&mut draws)].draw(&mut draws),
                    _ => ground.draw(&mut draws),
                });
                (
                    Building { at, area: ground.nearest_site(at) },
                    1.0 + 0.35 * (draws.pareto(1.3, 30.0) - 1.0),
                )
            })
            .unzip();
        Self { plan, ground, buildings, popularity: Alias::new(&popularity) }
    }

    pub(super) fn draw_building(&self, draws: &mut Draws) -> Building {
        self.buildings[self.popularity.draw(draws)]
    }
}

impl Ground {
    pub(super) fn of(places: &[Place]) -> Self {
        let sites: Vec<Coord> = places.iter().map(|&(_, x, y)| Coord { x, y }).collect();
        let points: MultiPoint = sites.iter().copied().collect();
        let outline = points.convex_hull().scale(1.08);
        Self { outline, sites }
    }

    /// Uniform over the built-up area.
    pub(super) fn draw(&self, draws: &mut Draws) -> Coord {
        let frame = self.outline.bounding_rect().expect("an outline has corners");
        self.first_inside(|| Coord {
            x: draws.between(frame.min().x, frame.max().x),
            y: draws.between(frame.min().y, frame.max().y),
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
    fn draw(&self, draws: &mut Draws) -> Coord {
        let (east, north) = draws.normal_pair();
        moved(self.at, east * self.spread_m, north * self.spread_m)
    }
}

impl Street {
    /// Somewhere along the street, in the first row of houses on either side.
    fn draw(&self, draws: &mut Draws) -> Coord {
        let t = draws.unit();
        let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        let middle = self.from * a + self.bend * b + self.to * c;
        let side = if draws.chance(0.5) { 18.0 } else { -18.0 };
        let along = self.to - self.from;
        let length = along.x.hypot(along.y);
        moved(middle, -along.y / length * side, along.x / length * side)
    }
}

/// One hot spot at each place and as many elsewhere: a few of them draw most of the orders.
fn hot_spots(ground: &Ground, seed: u64) -> Vec<HotSpot> {
    let mut draws = Draws::of(seed, Topic::HotSpots, 0);
    let elsewhere: Vec<Coord> = ground.sites.iter().map(|_| ground.draw(&mut draws)).collect();
    let mut spot = |at, most| HotSpot {
        at,
        spread_m: draws.between(120.0, 650.0),
        weight: draws.pareto(1.1, most),
    };
    let mut spots: Vec<HotSpot> = ground.sites.iter().map(|&at| spot(at, 40.0)).collect();
    spots.extend(elsewhere.into_iter().map(|at| spot(at, 8.0)));
    spots
}

/// Streets join each place to its three nearest.
fn streets(ground: &Ground, seed: u64) -> Vec<Street> {
    let mut draws = Draws::of(seed, Topic::Streets, 0);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (from, &at) in ground.sites.iter().enumerate() {
        let mut others: Vec<usize> = (0..ground.sites.len()).filter(|&to| to != from).collect();
        others.sort_by(|&a, &b| {
            distance_m(at, ground.sites[a]).total_cmp(&distance_m(at, ground.sites[b]))
        });
        pairs.extend(others.iter().take(3).map(|&to| (from.min(to), from.max(to))));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
        .into_iter()
        .map(|(from, to)| street(ground.sites[from], ground.sites[to], &mut draws))
        .collect()
}

fn street(from: Coord, to: Coord, draws: &mut Draws) -> Street {
    let length = distance_m(from, to);
    let bend = moved(
        (from + to) / 2.0,
        draws.between(-0.15, 0.15) * length,
        draws.between(-0.15, 0.15) * length,
    );
    Street { from, bend, to, weight: length * draws.pareto(1.3, 10.0) }
}

fn weights<T>(items: &[T], weight: impl Fn(&T) -> f64) -> Vec<f64> {
    items.iter().map(weight).collect()
}

/// `at`, so many metres to the east and to the north.
pub(super) fn moved(at: Coord, east_m: f64, north_m: f64) -> Coord {
    let per_degree = METRES_PER_DEGREE * at.y.to_radians().cos();
    Coord { x: at.x + east_m / per_degree, y: at.y + north_m / METRES_PER_DEGREE }
}

/// Distance on the plane that touches the sphere nearby: good to a part in a thousand in a city.
pub(super) fn distance_m(a: Coord, b: Coord) -> f64 {
    let east = (a.x - b.x) * a.y.midpoint(b.y).to_radians().cos();
    east.hypot(a.y - b.y) * METRES_PER_DEGREE
}

/// Index of the site nearest to a point.
pub(super) fn nearest(sites: &[Coord], at: Coord) -> Option<usize> {
    let narrowing = at.y.to_radians().cos();
    let squared = |site: &Coord| {
        let (east, north) = ((site.x - at.x) * narrowing, site.y - at.y);
        east * east + north * north
    };
    (0..sites.len()).min_by(|&a, &b| squared(&sites[a]).total_cmp(&squared(&sites[b])))
}

/// Degrees as the files hold them: six decimals, a decimetre.
pub(super) fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_building_stands_inside_its_city_and_in_its_nearest_area() {
        for plan in &CITIES {
            let city = City::lay_out(plan, 1, 5_000);
            assert!(city.buildings.len() > 300, "{}", plan.key);
            for building in &city.buildings {
                assert!(city.ground.outline.contains(&building.at), "{}", plan.key);
                assert_eq!(building.area, city.ground.nearest_site(building.at), "{}", plan.key);
            }
        }
    }

    #[test]
    fn moving_a_kilometre_is_a_kilometre() {
        let vanak = Coord { x: 51.41, y: 35.757 };
        assert!((distance_m(vanak, moved(vanak, 600.0, 800.0)) - 1000.0).abs() < 0.2);
    }
}
