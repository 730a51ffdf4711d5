//! The maps of a store from the newest to the oldest, read in blocks.

use std::collections::VecDeque;

use rayon::prelude::*;
use tilecore::manifest::{MANIFEST_FOLDER, Manifest, manifest_number};

use super::CatalogError;
use crate::publish::{PublishError, read_manifest};
use crate::store::Store;

/// Most manifests that are read at once.
const MAX_BLOCK: usize = 64;

/// Maps, newest first. A manifest that is damaged, of a newer version or removed meanwhile is skipped.
pub(super) struct Maps<'a> {
    store: &'a Store,
    /// Numbers still to be read, in ascending order.
    numbers: Vec<u64>,
    read: VecDeque<Result<Manifest, CatalogError>>,
    block: usize,
}

impl<'a> Maps<'a> {
    /// The maps with a number below `end`, or all of them.
    pub(super) fn newest_first(store: &'a Store, end: Option<u64>) -> Result<Self, CatalogError> {
        let listed = store.list(MANIFEST_FOLDER)?;
        let numbers = listed.iter().filter_map(|object| manifest_number(object.location.as_ref()));
        let mut numbers: Vec<u64> =
            numbers.filter(|&number| end.is_none_or(|end| number < end)).collect();
        numbers.sort_unstable();
        Ok(Self { store, numbers, read: VecDeque::new(), block: 4 })
    }
}

impl Iterator for Maps<'_> {
    type Item = Result<Manifest, CatalogError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.read.is_empty() && !self.numbers.is_empty() {
            let first = self.numbers.len().saturating_sub(self.block);
            let block = self.numbers.split_off(first);
            self.block = (self.block * 2).min(MAX_BLOCK);
            let store = self.store;
            let read: Vec<_> =
                block.into_par_iter().rev().filter_map(|number| read(store, number)).collect();
            self.read = read.into();
        }
        self.read.pop_front()
    }
}

fn read(store: &Store, number: u64) -> Option<Result<Manifest, CatalogError>> {
    match read_manifest(store, number) {
        Ok(manifest) => Some(Ok(manifest)),
        Err(PublishError::Manifest { key, source }) => {
            tracing::debug!(key, error = %source, "map skipped");
            None
        }
        Err(PublishError::Store(error)) if error.is_not_found() => None,
        Err(error) => Some(Err(error.into())),
    }
}
