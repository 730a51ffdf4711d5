//! The first-seen levels of earlier passes over the users, in a temporary file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A byte for each order, in the order in which portions are counted. Each order has a level in one pass
/// only, and `FirstSeenLevel::NEVER` (all bits set) in the others. Therefore the level after all passes is
/// the bitwise AND of the bytes.
pub(in crate::density) struct EarlierLevels {
    file: File,
    position: u64,
    /// Bytes that an earlier pass has written.
    written: u64,
}

impl EarlierLevels {
    pub(in crate::density) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(folder)?, position: 0, written: 0 })
    }

    /// Starts with the first portion again.
    pub(in crate::density) fn rewind(&mut self) {
        self.written = self.position;
        self.position = 0;
    }

    /// Adds the levels of the next portion to those of earlier passes.
    pub(in crate::density) fn add(&mut self, levels: &mut [Vec<u8>]) -> io::Result<()> {
        let start = self.position;
        if self.written > start {
            self.merge_into(levels)?;
        }
        self.position = start;
        for levels in levels {
            self.file.write_all_at(levels, self.position)?;
            self.position += levels.len() as u64;
        }
        Ok(())
    }

    /// Merges the levels of earlier passes into those of the next portion.
    pub(in crate::density) fn merge_into(&mut self, levels: &mut [Vec<u8>]) -> io::Result<()> {
        let mut earlier = Vec::new();
        for levels in levels {
            earlier.resize(levels.len(), 0);
            self.file.read_exact_at(&mut earlier, self.position)?;
            self.position += levels.len() as u64;
            levels.iter_mut().zip(&earlier).for_each(|(level, earlier)| *level &= earlier);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_keeps_the_level_of_the_pass_that_found_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut levels = EarlierLevels::new(folder.path()).unwrap();
        for pass in [[[1, 255], [255, 255]], [[255, 255], [3, 255]]] {
            for portion in pass {
                levels.add(&mut [portion[..1].to_vec(), portion[1..].to_vec()]).unwrap();
            }
            levels.rewind();
        }
        let mut first = [vec![255], vec![2]];
        let mut second = [vec![255], vec![255]];
        levels.merge_into(&mut first).unwrap();
        levels.merge_into(&mut second).unwrap();
        assert_eq!((first, second), ([vec![1], vec![2]], [vec![3], vec![255]]));
    }
}
