//! The lines of each month.

use std::io;

use rayon::prelude::*;

use crate::orders::lines::{LineCode, MAX_LINES};
use crate::orders::sort::partition::Partitions;
use crate::timeline::gather::Gather;
use crate::timeline::months::Months;

/// The lines that occur in each month.
pub(in crate::timeline) struct MonthLines {
    names: Vec<Vec<String>>,
    /// For each month, the index of each line among those of the month.
    indices: Vec<[LineCode; MAX_LINES]>,
}

impl MonthLines {
    /// Finds the lines of all orders.
    pub(in crate::timeline) fn find(
        gather: &Gather<'_>,
        partitions: &Partitions,
        months: &Months,
    ) -> io::Result<Self> {
        let none = || vec![[false; MAX_LINES]; months.list().len()];
        let occurs = (0..partitions.len()).into_par_iter().map(|partition| {
            let mut occurs = none();
            gather.for_each(partition, |order| {
                let month = months.of_day(order.day).month;
                occurs[usize::from(month)][usize::from(order.line)] = true;
            })?;
            Ok::<_, io::Error>(occurs)
        });
        let either = |mut all: Vec<[bool; MAX_LINES]>, more: Vec<[bool; MAX_LINES]>| {
            let flags = all.iter_mut().flatten().zip(more.into_iter().flatten());
            flags.for_each(|(all, more)| *all |= more);
            Ok::<_, io::Error>(all)
        };
        let occurs = occurs.try_reduce(none, either)?;
        Ok(Self::new(gather.read.lines.names(), &occurs))
    }

    fn new(names: &[String], occurs: &[[bool; MAX_LINES]]) -> Self {
        let mut lines = Self { names: Vec::new(), indices: Vec::new() };
        for occurs in occurs {
            let mut indices = [0; MAX_LINES];
            let mut own = Vec::new();
            for (line, name) in names.iter().enumerate().filter(|(line, _)| occurs[*line]) {
                indices[line] = own.len() as LineCode;
                own.push(name.clone());
            }
            lines.names.push(own);
            lines.indices.push(indices);
        }
        lines
    }

    /// The names of the lines of a month, in index order.
    pub(in crate::timeline) fn names(&self, month: usize) -> &[String] {
        &self.names[month]
    }

    /// The index of a line among those of a month.
    #[inline]
    pub(super) fn index(&self, month: u8, line: LineCode) -> LineCode {
        self.indices[usize::from(month)][usize::from(line)]
    }
}
