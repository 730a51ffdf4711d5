use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tilecore::CellKey;

use super::*;
use crate::density::distinct_users::DistinctUsers;
use crate::orders::order::Organic;

const LEVELS: std::ops::RangeInclusive<u8> = MAX_PARTITION_LEVEL..=DEEPEST_LEVEL;

/// What the rules use of an order: its cell at the deepest level, and its user if known.
type Order = (u64, Option<u64>);

/// A cell: level and key.
type LevelAndKey = (u8, u64);

fn sorted(orders: &[Order]) -> SortedOrders {
    let mut orders = orders.to_vec();
    orders.sort_unstable();
    let pack =
        |&(key, user): &Order| PackedOrder::new(CellKey(key), 0, 0, Organic::No, user.is_some()).0;
    SortedOrders {
        packed: orders.iter().map(pack).collect(),
        users: orders.iter().map(|(_, user)| user.unwrap_or(0)).collect(),
    }
}

/// The cells that the production code shows. The orders are in two partitions, divided at `cut`.
fn shown_by_floor(floor: Floor, orders: &[Order], cut: u64) -> BTreeSet<LevelAndKey> {
    let is_low = |(key, _): &Order| key >> (2 * (DEEPEST_LEVEL - MAX_PARTITION_LEVEL)) < cut;
    let (low, high): (Vec<Order>, Vec<Order>) = orders.iter().copied().partition(is_low);
    let partitions = [sorted(&low), sorted(&high)];
    let first_seen = DistinctUsers::new(orders.len()).first_seen_levels(&partitions);
    let cells: Vec<TopCell> = (0..2)
        .flat_map(|partition| {
            floor.top_cells(partition, &partitions[partition], &first_seen[partition])
        })
        .collect();
    let shown_top = floor.shown_top_cells(&cells);
    let mut shown = BTreeSet::new();
    for (partition, (orders, first_seen)) in partitions.iter().zip(&first_seen).enumerate() {
        let top =
            shown_top.iter().filter(|(at, _)| *at == partition).map(|(_, range)| range.clone());
        for (&packed, deepest) in
            orders.packed.iter().zip(floor.shown_levels(orders, first_seen, top).cells)
        {
            let levels = LEVELS.filter(|&level| level <= deepest);
            shown.extend(
                levels.map(|level| (level, shift_to_level(PackedOrder(packed).key().0, level))),
            );
        }
    }
    shown
}

/// The key of the cell at a level that contains a cell of the deepest level.
fn shift_to_level(key: u64, level: u8) -> u64 {
    key >> (2 * (DEEPEST_LEVEL - level))
}

fn users<'a>(orders: impl IntoIterator<Item = &'a Order>) -> usize {
    orders.into_iter().filter_map(|(_, user)| *user).collect::<BTreeSet<_>>().len()
}

/// The cells that the rules show, computed from their definition with plain sets.
fn shown_by_definition(k: usize, orders: &[Order]) -> BTreeSet<LevelAndKey> {
    let mut shown = BTreeSet::new();
    let mut parents: Vec<Vec<Order>> = vec![orders.to_vec()];
    for level in LEVELS {
        let mut next = Vec::new();
        for parent in parents {
            let mut children: BTreeMap<u64, Vec<Order>> = BTreeMap::new();
            for order in parent {
                children.entry(shift_to_level(order.0, level)).or_default().push(order);
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
    // Few cells and few users, so that small groups are common at every level.
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
    fn shown_cells_match_the_rules(orders in orders(), k in 2u16..8, cut in 0u64..5) {
        let floor = Floor::new(k).unwrap();
        let expected = shown_by_definition(usize::from(k), &orders);
        prop_assert_eq!(shown_by_floor(floor, &orders, cut), expected);
    }

    #[test]
    fn no_subtraction_isolates_fewer_than_k_users(
        orders in orders(), k in 2u16..8, picks in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let shown = shown_by_floor(Floor::new(k).unwrap(), &orders, 2);
        let whole = std::iter::once((0u8, 0u64)); // the totals of the archive publish the whole too
        for (level, key) in shown.iter().copied().chain(whole) {
            let of_cell: Vec<&Order> = match level {
                0 => orders.iter().collect(),
                level => {
                    let is_inside = |order: &&Order| shift_to_level(order.0, level) == key;
                    orders.iter().filter(is_inside).collect()
                }
            };
            prop_assert!(level == 0 || users(of_cell.iter().copied()) >= usize::from(k));
            // Subtract shown cells inside this one: those that are picked, or all of one level.
            for taken in level + 1..=DEEPEST_LEVEL {
                for pick in [None, Some(&picks)] {
                    let is_taken = |order: &&&Order| {
                        let inside = |&level: &u8| {
                            shown.contains(&(level, shift_to_level(order.0, level)))
                        };
                        let picked = |level: &u8| {
                            let at = shift_to_level(order.0, *level) as usize + usize::from(*level);
                            pick.is_none_or(|picks| picks[at % picks.len()])
                        };
                        let mut levels = LEVELS.filter(|&inner| inner > level && inner <= taken);
                        match pick {
                            None => taken >= MAX_PARTITION_LEVEL && inside(&taken),
                            Some(_) => levels.any(|inner| inside(&inner) && picked(&inner)),
                        }
                    };
                    let left = || of_cell.iter().filter(|order| !is_taken(order)).copied();
                    let (user_count, order_count) = (users(left()), left().count());
                    // If no cell is shown, the archive has no totals either.
                    let is_published = level > 0 || !shown.is_empty();
                    prop_assert!(
                        !is_published || order_count == 0 || user_count >= usize::from(k),
                        "{} users of {} orders are left in {:?}", user_count, order_count, (level, key)
                    );
                }
            }
        }
    }
}

#[test]
fn rounded_users_prove_no_group_of_fewer_than_k() {
    for k in 2..=8u32 {
        let step = Floor::new(k as u16).unwrap().users_step();
        let least = |users: u32| i64::from(users - users % step);
        let most = |users: u32| least(users) + i64::from(step) - 1;
        let is_safe = |low: i64, high: i64| low < 1 || high >= i64::from(k);
        for (one, other) in (k..30).flat_map(|one| (k..30).map(move |other| (one, other))) {
            for whole in one.max(other)..=one + other {
                let low = least(one) + least(other) - most(whole);
                let high = most(one) + most(other) - least(whole);
                assert!(is_safe(low, high), "in both: {one} and {other} of {whole}, k = {k}");
                let (low, high) = (least(whole) - most(one), most(whole) - least(one));
                assert!(is_safe(low, high), "in one only: {one} of {whole}, k = {k}");
            }
        }
    }
}

#[test]
fn a_cell_with_one_user_hides_a_neighbour() {
    let home = (0u64, Some(1u64));
    let blocks = |key: u64, users: std::ops::Range<u64>| users.map(move |user| (key, Some(user)));
    let orders: Vec<Order> =
        std::iter::once(home).chain(blocks(1, 10..17)).chain(blocks(2, 20..26)).collect();
    let shown = shown_by_floor(Floor::new(5).unwrap(), &orders, 0);
    assert!(shown.contains(&(19, 0)), "fourteen users share the parent");
    assert!(shown.contains(&(20, 1)), "the larger block is shown");
    assert!(!shown.contains(&(20, 2)), "the smaller block would reveal the single user");
    assert!(!shown.contains(&(20, 0)), "the home of the single user is hidden");
}
