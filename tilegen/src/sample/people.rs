//! Who orders, and where to: every fact about a user is drawn from the user's number.

use geo::Coord;

use super::city::{Building, CITIES, City, rounded};
use super::random::{Draws, Topic};

/// Orders per user over the whole sample.
const ORDERS_PER_USER: u64 = 7;
/// Chances of having one, two or three addresses.
const ADDRESS_COUNTS: [f64; 3] = [0.55, 0.30, 0.15];
/// How often each address of a user is the one ordered to.
const ADDRESS_USE: [&[f64]; 3] = [&[1.0], &[0.75, 0.25], &[0.62, 0.25, 0.13]];
/// Users who also order from a second city, and how often they do.
const TRAVELLERS: f64 = 0.04;
const AWAY: f64 = 0.3;
/// Addresses far from any building: what the privacy floor is for.
const LONELY: f64 = 0.0006;

/// All users of a sample, by rank: user 0 orders most.
#[derive(Clone, Copy, Debug)]
pub(super) struct People {
    seed: u64,
    count: u64,
}

/// A user's whereabouts for one order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    /// Index into `CITIES`.
    pub(super) city: usize,
    pub(super) at: Coord,
    pub(super) area: usize,
}

impl People {
    pub(super) fn for_orders(orders: u64, seed: u64) -> Self {
        Self { seed, count: (orders / ORDERS_PER_USER).max(1) }
    }

    pub(super) fn count(self) -> u64 {
        self.count
    }

    /// Draws who orders. The number of orders of rank r goes as (r + s)^(−2/3): most people order
    /// a few times, the busiest about every eighth hour of a month.
    pub(super) fn draw(self, draws: &mut Draws) -> u64 {
        let soft = 0.006_f64;
        let (low, high) = (soft.cbrt(), (1.0 + soft).cbrt());
        let root = draws.between(low, high);
        (((root * root * root - soft) * self.count as f64) as u64).min(self.count - 1)
    }

    /// The user id of a rank. Ids are spread over a range of about twice the number of users, so
    /// that neither order nor gaps tell who orders much.
    pub(super) fn id(self, rank: u64) -> i64 {
        let mask = self.count.next_power_of_two() * 2 - 1;
        let scrambled = rank.wrapping_mul(0x9E37_79B9_7F4A_7C15) & mask;
        1_000_000 + scrambled.cast_signed()
    }

    /// Where user `rank` is for one order, which `draws` belongs to.
    pub(super) fn stay(self, rank: u64, cities: &[City], draws: &mut Draws) -> Stay {
        let mut traits = Draws::of(self.seed, Topic::User, rank);
        let home = traits.weighted(&CITIES.each_ref().map(|plan| plan.share));
        let addresses = traits.weighted(&ADDRESS_COUNTS);
        let travels = traits.chance(TRAVELLERS);
        let second = (home + 1 + traits.below(CITIES.len() - 1)) % CITIES.len();
        let city = if travels && draws.chance(AWAY) { second } else { home };
        let address = draws.weighted(ADDRESS_USE[addresses]);
        let (at, area) = self.address(rank, city, address, &cities[city]);
        Stay { city, at, area }
    }

    fn address(self, rank: u64, index: usize, address: usize, city: &City) -> (Coord, usize) {
        let key = (rank * CITIES.len() as u64 + index as u64) * 4 + address as u64;
        let mut draws = Draws::of(self.seed, Topic::Address, key);
        let Building { at, area } = if draws.chance(LONELY) {
            let at = city.ground.draw(&mut draws);
            Building { at, area: city.ground.nearest_site(at) }
        } else {
            city.draw_building(&mut draws)
        };
        (Coord { x: rounded(at.x), y: rounded(at.y) }, area)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn cities() -> Vec<City> {
        CITIES.iter().map(|plan| City::lay_out(plan, 1, 1_000)).collect()
    }

    #[test]
    fn a_user_orders_to_at_most_three_addresses_of_a_city() {
        let (people, cities) = (People::for_orders(7_000, 1), cities());
        let mut seen: BTreeMap<(u64, usize), BTreeSet<(i64, i64)>> = BTreeMap::new();
        for order in 0..20_000 {
            let mut draws = Draws::of(1, Topic::Order, order);
            let rank = people.draw(&mut draws);
            let stay = people.stay(rank, &cities, &mut draws);
            let pin = ((stay.at.x * 1e6).round() as i64, (stay.at.y * 1e6).round() as i64);
            seen.entry((rank, stay.city)).or_default().insert(pin);
        }
        assert!(seen.values().all(|pins| pins.len() <= 3));
        assert!(seen.values().any(|pins| pins.len() == 3));
        let homes: BTreeSet<u64> = seen.keys().map(|(rank, _)| *rank).collect();
        assert!(homes.len() < seen.len(), "some users order from two cities");
    }

    #[test]
    fn user_ids_are_all_different() {
        let people = People::for_orders(70_000, 1);
        let ids: BTreeSet<i64> = (0..people.count()).map(|rank| people.id(rank)).collect();
        assert_eq!(ids.len() as u64, people.count());
    }
}
