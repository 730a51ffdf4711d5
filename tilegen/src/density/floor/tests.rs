use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tilecore::CellKey;

use super::*;
use crate::density::distinct_users::UserWalk;
use crate::orders::order::Organic;

const LEVELS: std::ops::RangeInclusive<u8> = DEEPEST_BUCKET..=DEEPEST_LEVEL;

/// An order as the rules see it: a cell of the deepest level, and somebody or nobody known.
type Order = (u64, Option<u64>);

/// A cell: level and key.
type Square = (u8, u64);

fn sorted(orders: &[Order]) -> SortedOrders {
    let mut orders = orders.to_vec();
    orders.sort_unstable();
    let word =
        |&(key, user): &Order| OrderWord::new(CellKey(key), 0, 0, Organic::No, user.is_some()).0;
    SortedOrders {
        words: orders.iter().map(word).collect(),
        users: orders.iter().map(|(_, user)| user.unwrap_or(0)).collect(),
    }
}

/// The shown cells by the code that builds archives. Orders come as two buckets, cut at `cut`.
fn shown_by_floor(floor: Floor, orders: &[Order], cut: u64) -> BTreeSet<Square> {
    let is_low = |(key, _): &Order| key >> (2 * (DEEPEST_LEVEL - DEEPEST_BUCKET)) < cut;
    let (low, high): (Vec<Order>, Vec<Order>) = orders.iter().copied().partition(is_low);
    let buckets = [sorted(&low), sorted(&high)];
    let news = UserWalk::new(orders.len()).walk(&buckets);
    let cells: Vec<TopCell> = (0..2)
        .flat_map(|bucket| floor.top_cells(bucket, &buckets[bucket], &news[bucket]))
        .collect();
    let shown_top = floor.shown_top_cells(&cells);
    let mut shown = BTreeSet::new();
    for (bucket, (orders, news)) in buckets.iter().zip(&news).enumerate() {
        let top = shown_top.iter().filter(|(at, _)| *at == bucket).map(|(_, range)| range.clone());
        for (&word, deepest) in orders.words.iter().zip(floor.shown_levels(orders, news, top).cells)
        {
            let levels = LEVELS.filter(|&level| level <= deepest);
            shown.extend(levels.map(|level| (level, OrderWord(word).key().0 >> up(level))));
        }
    }
    shown
}

fn up(level: u8) -> u32 {
    u32::from(2 * (DEEPEST_LEVEL - level))
}

fn users<'a>(orders: impl IntoIterator<Item = &'a Order>) -> usize {
    orders.into_iter().filter_map(|(_, user)| *user).collect::<BTreeSet<_>>().len()
}

/// The shown cells by the rules as they are written, with sets and nothing clever.
fn shown_by_the_rules(k: usize, orders: &[Order]) -> BTreeSet<Square> {
    let mut shown = BTreeSet::new();
    let mut parents: Vec<Vec<Order>> = vec![orders.to_vec()];
    for level in LEVELS {
        let mut next = Vec::new();
        for parent in parents {
            let mut children: BTreeMap<u64, Vec<Order>> = BTreeMap::new();
            for order in parent {
                children.entry(order.0 >> up(level)).or_default().push(order);
            }
            let mut hidden: BTreeSet<u64> =
                children.iter().filter(|(_, own)| users(*own) < k).map(|(&key, _)| key).collect();
            loop {
                let left: Vec<Order> =
                    hidden.iter().flat_map(|key| children[key].clone()).collect();
                if left.is_empty() || users(&left) >= k {
                    break;
                }
                let others = children.iter().filter(|(key, _)| !hidden.contains(key));
                let Some((&smallest, _)) = others.min_by_key(|(key, own)| (users(*own), **key))
                else {
                    break;
                };
                hidden.insert(smallest);
            }
            for (key, own) in children {
                if !hidden.contains(&key) {
                    shown.insert((level, key));
                    next.push(own);
                }
            }
        }
        parents = next;
    }
    shown
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    // Few cells and few people, so that small groups are common at every level.
    let key = prop_oneof![
        (0u64..4, 0u64..16).prop_map(|(top, low)| top << 18 | low),
        (0u64..4, 0u64..1 << 18).prop_map(|(top, low)| top << 18 | low),
        (0u64..64).prop_map(|coarse| coarse << 14),
    ];
    let user = prop_oneof![9 => (0u64..25).prop_map(Some), 1 => Just(None)];
    proptest::collection::vec((key, user), 1..250)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_shown_cells_are_those_of_the_rules(orders in orders(), k in 2u16..8, cut in 0u64..5) {
        let floor = Floor::new(k).unwrap();
        let wanted = shown_by_the_rules(usize::from(k), &orders);
        prop_assert_eq!(shown_by_floor(floor, &orders, cut), wanted);
    }

    #[test]
    fn no_subtraction_leaves_fewer_than_k_people(
        orders in orders(), k in 2u16..8, picks in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let shown = shown_by_floor(Floor::new(k).unwrap(), &orders, 2);
        let whole = std::iter::once((0u8, 0u64)); // everything, which the archive's totals tell
        for (level, key) in shown.iter().copied().chain(whole) {
            let of_cell: Vec<&Order> = match level {
                0 => orders.iter().collect(),
                level => orders.iter().filter(|order| order.0 >> up(level) == key).collect(),
            };
            prop_assert!(level == 0 || users(of_cell.iter().copied()) >= usize::from(k));
            // Take away some shown cells inside: those picked, or all of one level.
            for taken in level + 1..=DEEPEST_LEVEL {
                for pick in [None, Some(&picks)] {
                    let is_taken = |order: &&&Order| {
                        let inside = |&level: &u8| shown.contains(&(level, order.0 >> up(level)));
                        let picked = |level: &u8| {
                            let at = (order.0 >> up(*level)) as usize + usize::from(*level);
                            pick.is_none_or(|picks| picks[at % picks.len()])
                        };
                        let mut levels = LEVELS.filter(|&inner| inner > level && inner <= taken);
                        match pick {
                            None => taken >= DEEPEST_BUCKET && inside(&taken),
                            Some(_) => levels.any(|inner| inside(&inner) && picked(&inner)),
                        }
                    };
                    let left = || of_cell.iter().filter(|order| !is_taken(order)).copied();
                    let (people, count) = (users(left()), left().count());
                    // Where nothing at all is shown, nothing is told of the whole either.
                    let told = level > 0 || !shown.is_empty();
                    prop_assert!(
                        !told || count == 0 || people >= usize::from(k),
                        "{} people of {} orders are left in {:?}", people, count, (level, key)
                    );
                }
            }
        }
    }
}

#[test]
fn a_lonely_home_hides_a_neighbour_with_it() {
    let home = (0u64, Some(1u64));
    let blocks = |key: u64, people: std::ops::Range<u64>| people.map(move |who| (key, Some(who)));
    let orders: Vec<Order> =
        std::iter::once(home).chain(blocks(1, 10..17)).chain(blocks(2, 20..26)).collect();
    let shown = shown_by_floor(Floor::new(5).unwrap(), &orders, 0);
    assert!(shown.contains(&(19, 0)), "fourteen people share the parent");
    assert!(shown.contains(&(20, 1)), "the bigger block is shown");
    assert!(!shown.contains(&(20, 2)), "the smaller one would give the lonely home away");
    assert!(!shown.contains(&(20, 0)), "the lonely home is hidden");
}
