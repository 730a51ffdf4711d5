//! Checks the order file of one day with the rules for inputs, before a day manifest names it.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::orders::calendar::Day;
use crate::orders::lines::LineNames;
use crate::orders::memory::ReadMemory;
use crate::orders::read::{OrderInput, OrdersError};
use crate::orders::source::{OrderFile, RowGroup, open_orders};
use crate::orders::validate::{RowCounts, Validator};
use crate::orders::window::{DayRange, ReadRange};

/// Reads every row of the order file of a day. Fails if too many rows are rejected. Rows of other days are counted
/// as outside the window.
pub fn check_day_file(input: &OrderInput, path: &Path, day: Day) -> Result<RowCounts, OrdersError> {
    let memory = Arc::new(ReadMemory::new(input.memory_limit()?));
    let opened = open_orders(&path.display().to_string(), &input.config.orders, &memory)?;
    let groups: Vec<RowGroup<'_>> = opened.files.iter().flat_map(OrderFile::row_groups).collect();
    let names = LineNames::default();
    let range = ReadRange { days: DayRange { first: day, last: day }, rejects_older: true };
    let validator = Validator::new(&input.config, range, input.latest(), &names, None);
    let counts = groups.par_iter().map(|group| {
        group.times(&input.config.orders.columns.time)?;
        validator.validate(*group, |_| Ok::<_, OrdersError>(()))
    });
    let add = |mut all: RowCounts, part: RowCounts| {
        all.merge(&part);
        Ok::<_, OrdersError>(all)
    };
    let counts = counts.try_reduce(RowCounts::default, add)?;
    input.check_rejects(&counts)?;
    Ok(counts)
}
