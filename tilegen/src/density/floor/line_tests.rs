use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tilecore::CellKey;

use super::*;
use crate::density::distinct_users::DistinctUsers;
use crate::orders::order::Organic;

const LEVELS: std::ops::RangeInclusive<u8> = MAX_PARTITION_LEVEL..=DEEPEST_LEVEL;

/// An order as the rules see it: a cell of the deepest level, a line, and the user if known.
type Order = (u64, u8, Option<u64>);

/// The shown lines of cells: level, key and line.
type ShownLines = BTreeSet<(u8, u64, u8)>;

fn up(level: u8) -> u32 {
    u32::from(2 * (DEEPEST_LEVEL - level))
}

/// The shown lines and the shown cells by the production code.
fn lines_by_floor(k: u16, orders: &[Order]) -> (ShownLines, BTreeSet<(u8, u64)>) {
    let floor = Floor::new(k).unwrap().by_line(true);
    let mut orders = orders.to_vec();
    orders.sort_unstable();
    let pack = |&(key, line, user): &Order| {
        PackedOrder::new(CellKey(key), line, 0, Organic::No, user.is_some()).0
    };
    let sorted = SortedOrders {
        packed: orders.iter().map(pack).collect(),
        users: orders.iter().map(|(.., user)| user.unwrap_or(0)).collect(),
    };
    let first_seen =
        DistinctUsers::new(orders.len()).first_seen_levels(std::slice::from_ref(&sorted)).remove(0);
    let top = floor.shown_top_cells(&floor.top_cells(0, &sorted, &first_seen));
    let levels = floor.shown_levels(&sorted, &first_seen, top.into_iter().map(|(_, range)| range));
    let (mut shown_lines, mut shown) = (ShownLines::new(), BTreeSet::new());
    for ((&(key, line, _), &cell), &of_line) in
        orders.iter().zip(&levels.cells).zip(levels.lines.as_ref().unwrap())
    {
        assert!(of_line <= cell, "a hidden cell shows no lines");
        shown.extend(LEVELS.filter(|&level| level <= cell).map(|level| (level, key >> up(level))));
        shown_lines.extend(
            LEVELS.filter(|&level| level <= of_line).map(|level| (level, key >> up(level), line)),
        );
    }
    (shown_lines, shown)
}

fn users<'a>(orders: impl IntoIterator<Item = &'a Order>) -> usize {
    orders.into_iter().filter_map(|(.., user)| *user).collect::<BTreeSet<_>>().len()
}

/// Whether there are orders, but of fewer than k users.
fn too_few(k: usize, orders: &[&Order]) -> bool {
    !orders.is_empty() && users(orders.iter().copied()) < k
}

/// The shown lines by the definition of the rules, with plain sets.
fn lines_by_definition(k: usize, orders: &[Order], shown: &BTreeSet<(u8, u64)>) -> ShownLines {
    let mut shown_lines = ShownLines::new();
    for level in LEVELS {
        let mut families: BTreeMap<u64, Vec<&Order>> = BTreeMap::new();
        for order in orders {
            let parent = if level == MAX_PARTITION_LEVEL {
                order.0 >> up(level)
            } else {
                order.0 >> up(level - 1)
            };
            families.entry(parent).or_default().push(order);
        }
        for (parent, orders) in families {
            let is_top = level == MAX_PARTITION_LEVEL;
            let cell = |order: &Order| order.0 >> up(level);
            let parent_shows =
                |line: u8| is_top || shown_lines.contains(&(level - 1, parent, line));
            let all: BTreeSet<(u64, u8)> =
                orders.iter().map(|order| (cell(order), order.1)).collect();
            let of = |at: (u64, u8)| -> Vec<&Order> {
                orders.iter().filter(|order| (cell(order), order.1) == at).copied().collect()
            };
            let mut here: BTreeSet<(u64, u8)> = all
                .iter()
                .copied()
                .filter(|&(key, line)| shown.contains(&(level, key)) && parent_shows(line))
                .filter(|&at| users(of(at)) >= k)
                .collect();
            loop {
                let before = here.len();
                let lines: BTreeSet<u8> = all.iter().map(|(_, line)| *line).collect();
                for line in lines.into_iter().filter(|&line| parent_shows(line) && !is_top) {
                    let left: Vec<_> = orders
                        .iter()
                        .filter(|order| order.1 == line && !here.contains(&(cell(order), line)))
                        .copied()
                        .collect();
                    let showing = here.iter().filter(|(_, of)| *of == line).copied();
                    if too_few(k, &left)
                        && let Some(smallest) = showing.min_by_key(|&at| (users(of(at)), at))
                    {
                        here.remove(&smallest);
                    }
                }
                let keys: BTreeSet<u64> = all.iter().map(|(key, _)| *key).collect();
                for key in keys.into_iter().filter(|&key| shown.contains(&(level, key))) {
                    let left: Vec<_> = orders
                        .iter()
                        .filter(|order| cell(order) == key && !here.contains(&(key, order.1)))
                        .copied()
                        .collect();
                    let others = here.iter().filter(|(of, _)| *of == key).copied();
                    if too_few(k, &left)
                        && let Some(smallest) = others.min_by_key(|&at| (users(of(at)), at))
                    {
                        here.remove(&smallest);
                    }
                }
                if here.len() == before {
                    break;
                }
            }
            shown_lines.extend(here.into_iter().map(|(key, line)| (level, key, line)));
        }
    }
    shown_lines
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let key = prop_oneof![
        (0u64..3, 0u64..16).prop_map(|(top, low)| top << 18 | low),
        (0u64..64).prop_map(|coarse| coarse << 14),
        (0u64..6).prop_map(|fine| fine << 2),
    ];
    let user = prop_oneof![12 => (0u64..25).prop_map(Some), 1 => Just(None)];
    proptest::collection::vec((key, prop_oneof![Just(0u8), 0u8..4, Just(70u8)], user), 1..250)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn shown_lines_match_the_rules(orders in orders(), k in 2u16..6) {
        let (shown_lines, shown) = lines_by_floor(k, &orders);
        prop_assert_eq!(shown_lines, lines_by_definition(usize::from(k), &orders, &shown));
    }

    #[test]
    fn no_subtraction_by_line_isolates_fewer_than_k_users(orders in orders(), k in 2u16..6) {
        let (shown_lines, shown) = lines_by_floor(k, &orders);
        let k = usize::from(k);
        for &(level, key, line) in &shown_lines {
            let own = |order: &&Order| order.0 >> up(level) == key && order.1 == line;
            prop_assert!(users(orders.iter().filter(own)) >= k, "a line of a cell is shown");
            for inner in level + 1..=DEEPEST_LEVEL {
                let is_shown = |order: &Order| shown_lines.contains(&(inner, order.0 >> up(inner), line));
                let left: Vec<&Order> = orders.iter().filter(own).filter(|order| !is_shown(order)).collect();
                prop_assert!(!too_few(k, &left), "line {line} of {level}/{key} without level {inner}");
            }
        }
        for &(level, key) in &shown {
            let is_left = |order: &&Order| {
                order.0 >> up(level) == key && !shown_lines.contains(&(level, key, order.1))
            };
            let left: Vec<&Order> = orders.iter().filter(is_left).collect();
            prop_assert!(!too_few(k, &left), "the lines that {level}/{key} does not show");
        }
    }
}

#[test]
fn a_line_with_one_user_hides_another_line() {
    let of =
        |line: u8, users: std::ops::Range<u64>| users.map(move |user| (0u64, line, Some(user)));
    let orders: Vec<Order> = of(0, 0..9).chain(of(1, 10..16)).chain(of(2, 20..21)).collect();
    let (shown_lines, shown) = lines_by_floor(5, &orders);
    assert!(shown.contains(&(20, 0)));
    assert!(shown_lines.contains(&(20, 0, 0)), "the largest line is shown");
    assert!(!shown_lines.contains(&(20, 0, 1)), "the smaller line would reveal the single user");
    assert!(!shown_lines.contains(&(20, 0, 2)), "the line of the single user is hidden");
}
