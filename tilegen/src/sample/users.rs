//! The users and their addresses. Every attribute of a user is derived from the user's rank.

use geo::Coord;
use tilecore::hash::fibonacci;

use super::city::{Building, CITIES, City, rounded};
use super::random::{Rng, Stream};

/// Average number of orders per user.
const ORDERS_PER_USER: u64 = 7;
/// Probabilities of one, two or three addresses.
const ADDRESS_COUNTS: [f64; 3] = [0.55, 0.30, 0.15];
/// Share of orders to each address of a user, by number of addresses.
const ADDRESS_USE: [&[f64]; 3] = [&[1.0], &[0.75, 0.25], &[0.62, 0.25, 0.13]];
/// Share of users who also order in a second city, and the share of their orders there.
const TRAVELLER_SHARE: f64 = 0.04;
const AWAY_SHARE: f64 = 0.3;
/// Share of addresses far from any building, which the privacy floor must withhold.
const REMOTE: f64 = 0.0006;

/// All users of a sample, by rank: user 0 has the most orders.
#[derive(Clone, Copy, Debug)]
pub(super) struct Users {
    seed: u64,
    count: u64,
}

/// The location of a user for one order.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderLocation {
    /// Index into `CITIES`.
    pub(super) city: usize,
    pub(super) at: Coord,
    pub(super) area: usize,
}

impl Users {
    pub(super) fn for_orders(orders: u64, seed: u64) -> Self {
        Self { seed, count: (orders / ORDERS_PER_USER).max(1) }
    }

    pub(super) fn count(self) -> u64 {
        self.count
    }

    /// Draws the user of an order. The number of orders of rank r is proportional to (r + s)^(−2/3): most
    /// users order a few times a month, the most active ones about every eight hours.
    pub(super) fn draw(self, rng: &mut Rng) -> u64 {
        let soft = 0.006_f64;
        let (low, high) = (soft.cbrt(), (1.0 + soft).cbrt());
        let root = rng.between(low, high);
        (((root * root * root - soft) * self.count as f64) as u64).min(self.count - 1)
    }

    /// The user id of a rank. Ids are scattered over a range of about twice the number of users, so that
    /// they do not reveal the rank.
    pub(super) fn id(self, rank: u64) -> i64 {
        let mask = self.count.next_power_of_two() * 2 - 1;
        let scrambled = fibonacci(rank) & mask;
        1_000_000 + scrambled.cast_signed()
    }

    /// Draws the location of user `rank` for one order, with the random numbers of that order.
    pub(super) fn location(self, rank: u64, cities: &[City], rng: &mut Rng) -> OrderLocation {
        let mut traits = Rng::of(self.seed, Stream::User, rank);
        let home = traits.weighted(&CITIES.each_ref().map(|plan| plan.share));
        let addresses = traits.weighted(&ADDRESS_COUNTS);
        let travels = traits.chance(TRAVELLER_SHARE);
        let second = (home + 1 + traits.below(CITIES.len() - 1)) % CITIES.len();
        let city = if travels && rng.chance(AWAY_SHARE) { second } else { home };
        let address = rng.weighted(ADDRESS_USE[addresses]);
        let (at, area) = self.address(rank, city, address, &cities[city]);
        OrderLocation { city, at, area }
    }

    fn address(self, rank: u64, index: usize, address: usize, city: &City) -> (Coord, usize) {
        let key = (rank * CITIES.len() as u64 + index as u64) * 4 + address as u64;
        let mut rng = Rng::of(self.seed, Stream::Address, key);
        let Building { at, area } = if rng.chance(REMOTE) {
            let at = city.built_up_area.draw(&mut rng);
            Building { at, area: city.built_up_area.nearest_site(at) }
        } else {
            city.draw_building(&mut rng)
        };
        (Coord { x: rounded(at.x), y: rounded(at.y) }, area)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn cities() -> Vec<City> {
        CITIES.iter().map(|plan| City::generate(plan, 1, 1_000)).collect()
    }

    #[test]
    fn a_user_orders_to_at_most_three_addresses_of_a_city() {
        let (users, cities) = (Users::for_orders(7_000, 1), cities());
        let mut seen: BTreeMap<(u64, usize), BTreeSet<(i64, i64)>> = BTreeMap::new();
        for order in 0..20_000 {
            let mut rng = Rng::of(1, Stream::Order, order);
            let rank = users.draw(&mut rng);
            let location = users.location(rank, &cities, &mut rng);
            let pin = ((location.at.x * 1e6).round() as i64, (location.at.y * 1e6).round() as i64);
            seen.entry((rank, location.city)).or_default().insert(pin);
        }
        assert!(seen.values().all(|pins| pins.len() <= 3));
        assert!(seen.values().any(|pins| pins.len() == 3));
        let homes: BTreeSet<u64> = seen.keys().map(|(rank, _)| *rank).collect();
        assert!(homes.len() < seen.len(), "some users order from two cities");
    }

    #[test]
    fn user_ids_are_all_different() {
        let users = Users::for_orders(70_000, 1);
        let ids: BTreeSet<i64> = (0..users.count()).map(|rank| users.id(rank)).collect();
        assert_eq!(ids.len() as u64, users.count());
    }
}
