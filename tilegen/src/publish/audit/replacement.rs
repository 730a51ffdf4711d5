//! What a client that kept a withdrawn public window learns from the window that replaces it.
//!
//! A replacement shows the same cells and lines, and differs by the orders of the erased people alone. The client then
//! knows the sums of two separate sets of orders: those that are left, which the privacy floor protects, and those that
//! were erased. The erased ones are divided into the finest groups that sums of cells and lines can tell apart. If
//! each group is of at least k people, then so is everything that follows from the sums.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tilecore::cell::CELL_LEVELS;
use tilecore::manifest::LayerEntry;
use tilecore::{Cell, CellKey, DEEPEST_LEVEL};

use super::published::{self, AuditedArchiveError, Place, Published, signed};

/// An order of an erased person in a public window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasedOrder {
    /// Its cell of the deepest level.
    pub cell: CellKey,
    /// The index of its business line.
    pub line: usize,
    /// The number of the person.
    pub user: u64,
}

/// Why a public window cannot be replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplacementError {
    /// A difference would be of too few people.
    #[error(
        "the withdrawn window and the new one would differ by {groups} groups of orders, and {few} of these groups are of fewer than {min_users} people (the smallest of {smallest})"
    )]
    FewPeople {
        /// Groups of orders by which the windows would differ.
        groups: usize,
        /// Groups of fewer people than the floor.
        few: usize,
        /// The floor.
        min_users: u16,
        /// People in the smallest group.
        smallest: usize,
    },
    /// The windows withhold different places.
    #[error(
        "{places} cells and lines are shown in only one of the withdrawn window and the new one, so that subtracting them could isolate the orders of others"
    )]
    OtherPlaces {
        /// Cells and lines that one window shows and the other withholds.
        places: usize,
    },
    /// The orders have changed otherwise too.
    #[error(
        "{figures} figures of the withdrawn window and the new one differ by other orders than the erased ones: the orders have changed since the window was published"
    )]
    OtherOrders {
        /// Figures that differ otherwise.
        figures: usize,
    },
}

/// A withdrawn public window.
pub struct WithdrawnWindow(Published);

/// Orders that no sum of cells and lines tells apart: of a child of a cell, or of all children that are withheld; and
/// of a line that the cell shows, or of all others. The top cells are the children of the whole archive.
#[derive(PartialEq, Eq, Hash)]
struct Group {
    zoom: u8,
    parent: Option<Place>,
    child: Option<Place>,
    line: Option<usize>,
}

/// A published figure: orders of a cell, or of one of its lines.
type Figure = (u8, Place, Option<usize>);

impl WithdrawnWindow {
    /// Reads its archive.
    ///
    /// # Errors
    /// If the archive is damaged.
    pub fn read(entry: &LayerEntry, archive: &[u8]) -> Result<Self, AuditedArchiveError> {
        Published::read(entry, archive).map(Self)
    }

    /// The floor of the archive, and whether it applies by line.
    #[must_use]
    pub const fn floor(&self) -> (u16, bool) {
        (self.0.min_users, self.0.floor_lines)
    }

    /// Checks that every group of the erased orders is of enough people.
    ///
    /// # Errors
    /// If one is not.
    pub fn check_groups(&self, erased: &[ErasedOrder]) -> Result<(), ReplacementError> {
        let mut groups: HashMap<Group, HashSet<u64>> = HashMap::new();
        for order in erased {
            for group in self.groups_of(order) {
                groups.entry(group).or_default().insert(order.user);
            }
        }
        let min_users = self.0.min_users;
        let sizes = groups.values().map(HashSet::len);
        let few: Vec<_> = sizes.filter(|&people| people < usize::from(min_users)).collect();
        let groups = groups.len();
        match few.iter().min() {
            None => Ok(()),
            Some(&smallest) => {
                Err(ReplacementError::FewPeople { groups, few: few.len(), min_users, smallest })
            }
        }
    }

    /// The group of an order at each zoom, down to the first cell that is withheld.
    fn groups_of(&self, order: &ErasedOrder) -> Vec<Group> {
        let mut groups = Vec::new();
        let mut above: Option<(Place, &published::Cell)> = None;
        for (&zoom, cells) in &self.0.zooms {
            let place = place_of(order.cell, zoom);
            let child = cells.get(&place);
            let of_lines = above.map(|(_, cell)| cell).or(child);
            let is_shown = of_lines.is_some_and(|cell| cell.lines.contains_key(&order.line));
            groups.push(Group {
                zoom,
                parent: above.map(|(place, _)| place),
                child: child.map(|_| place),
                line: is_shown.then_some(order.line),
            });
            let Some(cell) = child else { break };
            above = Some((place, cell));
        }
        groups
    }

    /// Checks that another archive differs from this one by the erased orders alone.
    ///
    /// # Errors
    /// If it shows other cells or lines, or if a figure differs otherwise.
    pub fn check_replacement(
        &self,
        erased: &[ErasedOrder],
        replacement: &Self,
    ) -> Result<(), ReplacementError> {
        let (before, after) = (figures(&self.0), figures(&replacement.0));
        let shown: BTreeSet<_> = before.keys().collect();
        let shown_now: BTreeSet<_> = after.keys().collect();
        let renamed = usize::from(self.0.lines != replacement.0.lines);
        let places = shown.symmetric_difference(&shown_now).count() + renamed;
        if places > 0 {
            return Err(ReplacementError::OtherPlaces { places });
        }
        let mut left = before;
        for order in erased {
            for &zoom in self.0.zooms.keys() {
                for line in [None, Some(order.line)] {
                    let figure = (zoom, place_of(order.cell, zoom), line);
                    left.entry(figure).and_modify(|orders| *orders -= 1);
                }
            }
        }
        let is_other = |(figure, orders): &(&Figure, &i64)| after.get(*figure) != Some(*orders);
        let figures = left.iter().filter(is_other).count();
        if figures > 0 { Err(ReplacementError::OtherOrders { figures }) } else { Ok(()) }
    }
}

/// The place of a cell of the deepest level at a zoom.
fn place_of(cell: CellKey, zoom: u8) -> Place {
    let level = zoom + CELL_LEVELS;
    let cell = Cell::from_key(level, cell.zoom_out(DEEPEST_LEVEL - level));
    (cell.column(), cell.row())
}

/// The orders of every shown cell and line.
fn figures(archive: &Published) -> BTreeMap<Figure, i64> {
    let cells = archive
        .zooms
        .iter()
        .flat_map(|(&zoom, cells)| cells.iter().map(move |(&place, cell)| (zoom, place, cell)));
    let figures = cells.flat_map(|(zoom, place, cell)| {
        let lines = cell.lines.iter().map(|(&line, counts)| (Some(line), counts));
        let all = std::iter::once((None, &cell.all)).chain(lines);
        all.map(move |(line, counts)| ((zoom, place, line), signed(counts.orders)))
    });
    figures.collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use tilecore::LngLat;

    use super::published::Cell as PublishedCell;
    use super::*;

    const K: u16 = 5;

    fn order(east: f64, line: usize, user: u64) -> ErasedOrder {
        let place = LngLat { lng: 51.40 + east, lat: 35.70 };
        ErasedOrder { cell: Cell::at(DEEPEST_LEVEL, place).key(), line, user }
    }

    fn orders(east: f64, line: usize, users: std::ops::Range<u64>) -> Vec<ErasedOrder> {
        users.map(|user| order(east, line, user)).collect()
    }

    /// An archive of two zooms that shows the cells and lines of some orders.
    fn window(orders: &[ErasedOrder], withheld: impl Fn(&Figure) -> bool) -> WithdrawnWindow {
        let mut zooms: BTreeMap<u8, BTreeMap<Place, PublishedCell>> = BTreeMap::new();
        for order in orders {
            for zoom in [13, 14] {
                let place = place_of(order.cell, zoom);
                if withheld(&(zoom, place, None)) {
                    continue;
                }
                let cell = zooms.entry(zoom).or_default().entry(place).or_default();
                cell.all.orders += 1;
                if !withheld(&(zoom, place, Some(order.line))) {
                    cell.lines.entry(order.line).or_default().orders += 1;
                }
            }
        }
        WithdrawnWindow(Published {
            label: String::new(),
            days: (date(2026, 10, 17), date(2026, 11, 13)),
            zooms,
            lines: Vec::new(),
            min_users: K,
            floor_lines: true,
            users_step: u64::from(K),
            totals: BTreeMap::new(),
            orders: orders.len() as u64,
        })
    }

    const EVERYTHING: fn(&Figure) -> bool = |_| false;

    #[test]
    fn a_group_of_enough_people_may_be_erased() {
        let crowd = [orders(0.0, 0, 0..20), orders(0.0, 1, 20..30)].concat();
        let window = window(&crowd, EVERYTHING);
        assert_eq!(window.check_groups(&crowd[..5]), Ok(()));
        let refused = ReplacementError::FewPeople { groups: 2, few: 2, min_users: K, smallest: 4 };
        assert_eq!(window.check_groups(&crowd[..4]), Err(refused));
    }

    #[test]
    fn enough_people_of_two_lines_or_two_cells_are_too_few() {
        let crowd = [orders(0.0, 0, 0..20), orders(0.0, 1, 20..30), orders(0.01, 0, 30..50)];
        let window = window(&crowd.concat(), EVERYTHING);
        for others in [&crowd[1], &crowd[2]] {
            let erased = [&crowd[0][..4], &others[..4]].concat();
            let error = window.check_groups(&erased).unwrap_err();
            assert!(matches!(error, ReplacementError::FewPeople { smallest: 4, .. }), "{error}");
            let erased = [&crowd[0][..5], &others[..5]].concat();
            assert_eq!(window.check_groups(&erased), Ok(()));
        }
    }

    #[test]
    fn people_of_a_withheld_line_are_a_group_of_their_own() {
        let crowd = [orders(0.0, 0, 0..20), orders(0.0, 1, 20..23)].concat();
        let hides_line = |figure: &Figure| figure.2 == Some(1);
        let window = window(&crowd, hides_line);
        let erased = [&crowd[..6], &crowd[20..]].concat();
        let refused = ReplacementError::FewPeople { groups: 4, few: 2, min_users: K, smallest: 3 };
        assert_eq!(window.check_groups(&erased), Err(refused));
    }

    #[test]
    fn people_of_a_withheld_cell_are_a_group_of_their_own() {
        let crowd = [orders(0.0, 0, 0..20), orders(0.01, 0, 20..23)].concat();
        let hidden = place_of(crowd[20].cell, 14);
        let window = window(&crowd, |figure| (figure.0, figure.1) == (14, hidden));
        let error = window.check_groups(&crowd[20..]).unwrap_err();
        assert!(matches!(error, ReplacementError::FewPeople { smallest: 3, .. }), "{error}");
    }

    #[test]
    fn a_replacement_differs_by_the_erased_orders_alone() {
        let crowd = [orders(0.0, 0, 0..20), orders(0.01, 1, 20..30)].concat();
        let (erased, left) = crowd.split_at(6);
        let before = window(&crowd, EVERYTHING);
        assert_eq!(before.check_replacement(erased, &window(left, EVERYTHING)), Ok(()));
        let late = [left, orders(0.0, 0, 60..61).as_slice()].concat();
        let refused = before.check_replacement(erased, &window(&late, EVERYTHING));
        assert_eq!(refused, Err(ReplacementError::OtherOrders { figures: 4 }));
        let hides_line = |figure: &Figure| figure.2 == Some(1);
        let refused = before.check_replacement(erased, &window(left, hides_line));
        assert_eq!(refused, Err(ReplacementError::OtherPlaces { places: 2 }));
    }
}
