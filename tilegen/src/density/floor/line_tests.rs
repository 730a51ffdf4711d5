use std::collections::BTreeSet;

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

/// The key of the cell at a level that contains a cell of the deepest level.
fn shift_to_level(key: u64, level: u8) -> u64 {
    key >> (2 * (DEEPEST_LEVEL - level))
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
        shown.extend(
            LEVELS.filter(|&level| level <= cell).map(|level| (level, shift_to_level(key, level))),
        );
        shown_lines.extend(
            LEVELS
                .filter(|&level| level <= of_line)
                .map(|level| (level, shift_to_level(key, level), line)),
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

/// A cell of a level and a line.
type CellLine = (u64, u8);

/// The rules as they are written, with plain sets.
struct Definition<'a> {
    k: usize,
    shown: &'a BTreeSet<(u8, u64)>,
}

/// The shown lines by the definition of the rules.
fn lines_by_definition(k: usize, orders: &[Order], shown: &BTreeSet<(u8, u64)>) -> ShownLines {
    let definition = Definition { k, shown };
    let mut shown_lines = ShownLines::new();
    for &(level, key) in shown.iter().filter(|(level, _)| *level == MAX_PARTITION_LEVEL) {
        let own: Vec<&Order> =
            orders.iter().filter(|order| shift_to_level(order.0, level) == key).collect();
        let mut barred = BTreeSet::new();
        loop {
            let here = definition.choose(level, &own, None, &barred);
            let lines: BTreeSet<u8> = here.iter().map(|(_, line)| *line).collect();
            match definition.decide(level, key, &own, &lines) {
                Ok(found) => break shown_lines.extend(found),
                Err(line) => assert!(barred.insert((key, line))),
            }
        }
    }
    shown_lines
}

impl Definition<'_> {
    /// The shown lines of a cell and of everything in it, or the line that it must not show.
    fn decide(
        &self,
        level: u8,
        key: u64,
        orders: &[&Order],
        lines: &BTreeSet<u8>,
    ) -> Result<ShownLines, u8> {
        let own = lines.iter().map(|&line| (level, key, line));
        if level == DEEPEST_LEVEL {
            return Ok(own.collect());
        }
        let below = level + 1;
        let keys: BTreeSet<u64> =
            orders.iter().map(|order| shift_to_level(order.0, below)).collect();
        let mut barred = BTreeSet::new();
        'again: loop {
            let here = self.choose(below, orders, Some(lines), &barred);
            let is_any_shown = keys.iter().any(|&key| self.shown.contains(&(below, key)));
            if is_any_shown && let Some(line) = self.revealing(below, orders, lines, &here) {
                return Err(line);
            }
            let mut found: ShownLines = own.clone().collect();
            for &key in keys.iter().filter(|&&key| self.shown.contains(&(below, key))) {
                let of_key: Vec<&Order> = orders
                    .iter()
                    .filter(|order| shift_to_level(order.0, below) == key)
                    .copied()
                    .collect();
                let of_here = here.iter().filter(|(of, _)| *of == key).map(|(_, line)| *line);
                match self.decide(below, key, &of_key, &of_here.collect()) {
                    Ok(deeper) => found.extend(deeper),
                    Err(line) => {
                        assert!(barred.insert((key, line)));
                        continue 'again;
                    }
                }
            }
            return Ok(found);
        }
    }

    /// The lines that the cells of a family show by the first two rules.
    fn choose(
        &self,
        level: u8,
        orders: &[&Order],
        parent_lines: Option<&BTreeSet<u8>>,
        barred: &BTreeSet<CellLine>,
    ) -> BTreeSet<CellLine> {
        let k = self.k;
        let cell = |order: &Order| shift_to_level(order.0, level);
        let parent_shows = |line: u8| parent_lines.is_none_or(|lines| lines.contains(&line));
        let all: BTreeSet<CellLine> = orders.iter().map(|order| (cell(order), order.1)).collect();
        let of = |at: CellLine| -> Vec<&Order> {
            orders.iter().filter(|order| (cell(order), order.1) == at).copied().collect()
        };
        let mut here: BTreeSet<CellLine> = all
            .iter()
            .copied()
            .filter(|&(key, line)| self.shown.contains(&(level, key)) && parent_shows(line))
            .filter(|at| !barred.contains(at) && users(of(*at)) >= k)
            .collect();
        loop {
            let before = here.len();
            let lines: BTreeSet<u8> = all.iter().map(|(_, line)| *line).collect();
            let is_top = parent_lines.is_none();
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
            for key in keys.into_iter().filter(|&key| self.shown.contains(&(level, key))) {
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
                return here;
            }
        }
    }

    /// The line that the parent of a family must not show, if a reader can attribute withheld orders.
    fn revealing(
        &self,
        level: u8,
        orders: &[&Order],
        parent_lines: &BTreeSet<u8>,
        here: &BTreeSet<CellLine>,
    ) -> Option<u8> {
        let table = WithheldTable::new(level, orders, parent_lines, here, self.shown);
        let of_parent = table.columns().into_iter().flatten();
        let smallest = of_parent.min_by_key(|&line| (table.sum(|_, of| of == Some(line)), line));
        smallest.filter(|_| table.conclusions().any(|group| users(group) < self.k))
    }
}

/// The withheld orders of a family, as a reader arranges them: each with its row (a shown child, or
/// `None` for the hidden ones) and its column (a line of the parent, or `None` for the others).
struct WithheldTable<'a> {
    orders: Vec<(Option<u64>, Option<u8>, &'a Order)>,
    /// What the children show.
    here: &'a BTreeSet<CellLine>,
}

impl<'a> WithheldTable<'a> {
    fn new(
        level: u8,
        orders: &[&'a Order],
        parent_lines: &BTreeSet<u8>,
        here: &'a BTreeSet<CellLine>,
        shown: &BTreeSet<(u8, u64)>,
    ) -> Self {
        let withheld = orders
            .iter()
            .filter(|order| !here.contains(&(shift_to_level(order.0, level), order.1)));
        let entry = |order: &&'a Order| {
            let row =
                Some(shift_to_level(order.0, level)).filter(|&key| shown.contains(&(level, key)));
            (row, Some(order.1).filter(|line| parent_lines.contains(line)), *order)
        };
        Self { orders: withheld.map(entry).collect(), here }
    }

    fn columns(&self) -> BTreeSet<Option<u8>> {
        self.orders.iter().map(|(_, column, _)| *column).collect()
    }

    fn sum(&self, is_in: impl Fn(Option<u64>, Option<u8>) -> bool) -> usize {
        self.orders.iter().filter(|(row, column, _)| is_in(*row, *column)).count()
    }

    /// The true orders of each group of rows and columns that must have at least one.
    fn conclusions(&self) -> impl Iterator<Item = Vec<&'a Order>> {
        let rows: BTreeSet<_> = self.orders.iter().map(|(row, ..)| *row).collect();
        let is_possible = |row: Option<u64>, column: Option<u8>| match (row, column) {
            (Some(row), Some(line)) => !self.here.contains(&(row, line)),
            _ => true,
        };
        subsets(&rows).into_iter().flat_map(move |rows| {
            let available: BTreeSet<_> = self
                .columns()
                .into_iter()
                .filter(|&column| rows.iter().any(|&row| is_possible(row, column)))
                .collect();
            let in_rows = self.sum(|row, _| rows.contains(&row));
            subsets(&available).into_iter().filter_map(move |columns| {
                let elsewhere =
                    self.sum(|_, column| available.contains(&column) && !columns.contains(&column));
                let is_in = |row, column| rows.contains(&row) && columns.contains(&column);
                let group = self.orders.iter().filter(|(row, column, _)| is_in(*row, *column));
                (in_rows > elsewhere).then(|| group.map(|(.., order)| *order).collect())
            })
        })
    }
}

/// Every subset that has an element.
fn subsets<T: Copy + Ord>(all: &BTreeSet<T>) -> Vec<BTreeSet<T>> {
    let chosen = |bits: u32| {
        let items = all.iter().enumerate();
        items.filter(move |(at, _)| bits >> at & 1 == 1).map(|(_, item)| *item).collect()
    };
    (1..1u32 << all.len()).map(chosen).collect()
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
            let own = |order: &&Order| shift_to_level(order.0, level) == key && order.1 == line;
            prop_assert!(users(orders.iter().filter(own)) >= k, "a line of a cell is shown");
            for inner in level + 1..=DEEPEST_LEVEL {
                let is_shown = |order: &Order| {
                    shown_lines.contains(&(inner, shift_to_level(order.0, inner), line))
                };
                let left: Vec<&Order> = orders.iter().filter(own).filter(|order| !is_shown(order)).collect();
                prop_assert!(!too_few(k, &left), "line {line} of {level}/{key} without level {inner}");
            }
        }
        for &(level, key) in &shown {
            let is_left = |order: &&Order| {
                shift_to_level(order.0, level) == key
                    && !shown_lines.contains(&(level, key, order.1))
            };
            let left: Vec<&Order> = orders.iter().filter(is_left).collect();
            prop_assert!(!too_few(k, &left), "the lines that {level}/{key} does not show");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_conclusion_about_withheld_lines_is_about_fewer_than_k_users(
        orders in orders(), k in 2u16..6,
    ) {
        let (shown_lines, shown) = lines_by_floor(k, &orders);
        for &(level, key) in shown.iter().filter(|(level, _)| *level < DEEPEST_LEVEL) {
            let own: Vec<&Order> =
                orders.iter().filter(|order| shift_to_level(order.0, level) == key).collect();
            let lines = (0u8..=254).filter(|&line| shown_lines.contains(&(level, key, line)));
            let below = shown_lines.iter().filter(|(at, ..)| *at == level + 1);
            let here = below.map(|&(_, key, line)| (key, line)).collect();
            let table = WithheldTable::new(level + 1, &own, &lines.collect(), &here, &shown);
            for group in table.conclusions() {
                prop_assert!(users(group) >= usize::from(k), "under {level}/{key}");
            }
        }
    }
}

#[test]
fn a_parent_withholds_a_line_that_could_be_attributed_to_one_person() {
    // Two blocks under one parent show line 0. The first withholds seven orders. If the parent showed lines 1
    // and 2, five withheld orders of line 2 could not make up seven: two would be of line 1, of four people.
    let of = |key: u64, line: u8, users: std::ops::Range<u64>| {
        users.map(move |user| (key, line, Some(user)))
    };
    let orders: Vec<Order> = of(0, 0, 0..9)
        .chain(of(0, 1, 10..14))
        .chain(of(0, 1, 10..12))
        .chain(of(0, 2, 14..15))
        .chain(of(1, 0, 20..29))
        .chain(of(1, 1, 30..31))
        .chain(of(1, 2, 31..35))
        .collect();
    let (shown_lines, shown) = lines_by_floor(5, &orders);
    assert!(shown.contains(&(20, 0)) && shown.contains(&(20, 1)));
    assert!(shown_lines.contains(&(20, 0, 0)) && shown_lines.contains(&(20, 1, 0)));
    assert!(!shown_lines.contains(&(19, 0, 1)), "cafes are withheld in the parent");
    assert!(!shown_lines.contains(&(19, 0, 2)), "and so is what they would reveal");
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
