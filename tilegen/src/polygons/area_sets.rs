//! Area sets: the areas that contain a position, as one number. Millions of positions lie in few
//! different sets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tilecore::LngLat;

use super::{Area, AreaIndex};

/// Sets of areas, numbered in the order in which they are first seen. Number 0 is the empty set.
pub struct AreaSets {
    index: AreaIndex,
    numbers: Mutex<HashMap<Box<[u32]>, u32>>,
}

/// A thread's cache of the set numbers, which avoids most locks.
pub(crate) struct AreaSetCache<'a> {
    sets: &'a AreaSets,
    numbers: HashMap<Box<[u32]>, u32>,
    containing: Vec<u32>,
}

impl AreaSets {
    /// The sets of these areas; only the empty set has a number yet.
    #[must_use]
    pub fn new(areas: &[Area]) -> Self {
        let empty_set = HashMap::from([(Box::default(), 0)]);
        Self { index: AreaIndex::new(areas), numbers: Mutex::new(empty_set) }
    }

    /// A new cache, for one thread.
    pub(crate) fn cache(&self) -> AreaSetCache<'_> {
        AreaSetCache { sets: self, numbers: HashMap::new(), containing: Vec::new() }
    }

    /// The rank of each set by number. Ranks do not depend on the order in which sets are first seen.
    #[must_use]
    pub fn ranks(&self) -> Vec<u32> {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<(&[u32], u32)> =
            numbers.iter().map(|(set, &number)| (&**set, number)).collect();
        sorted.sort_unstable();
        let mut ranks = vec![0; sorted.len()];
        for (rank, (_, number)) in (0..).zip(sorted) {
            ranks[number as usize] = rank;
        }
        ranks
    }

    /// The sets by number. Each is a list of indices into the list of areas, in ascending order.
    #[must_use]
    pub fn into_sets(self) -> Vec<Box<[u32]>> {
        let numbers = self.numbers.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut sets = vec![Box::default(); numbers.len()];
        for (set, number) in numbers {
            sets[number as usize] = set;
        }
        sets
    }
}

impl AreaSetCache<'_> {
    /// The number of the set of areas that contain a position.
    pub(crate) fn number(&mut self, at: LngLat) -> u32 {
        self.containing.clear();
        self.containing.extend(self.sets.index.containing(at).map(|area| area as u32));
        if let Some(&number) = self.numbers.get(self.containing.as_slice()) {
            return number;
        }
        let set: Box<[u32]> = self.containing.as_slice().into();
        let mut all = self.sets.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = all.len() as u32;
        let number = *all.entry(set.clone()).or_insert(next);
        self.numbers.insert(set, number);
        number
    }
}
