//! Copies of order files under other names, such as `part-0 (1).parquet`. Without ids of orders, every order of
//! a copy would count again.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::Hash;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tilecore::digest::ContentHasher;

use super::error::SourceError;

/// Bytes at the end of a file that are compared first. They contain the footer, which differs for nearly all
/// files of the same length.
const TAIL_BYTES: u64 = 64 << 10;

const BUFFER_BYTES: usize = 1 << 20;

/// Splits files, sorted by path, into those that are read and copies of these. Only files of the same length
/// and with the same end are read as a whole.
pub(super) fn without_copies(
    files: Vec<PathBuf>,
) -> Result<(Vec<PathBuf>, Vec<PathBuf>), SourceError> {
    let by_length = groups((0..files.len()).collect(), |file| length(&files[file]))?;
    let mut copies = Vec::new();
    for same_length in by_length {
        for same_end in groups(same_length, |file| digest(&files[file], Some(TAIL_BYTES)))? {
            for same in groups(same_end, |file| digest(&files[file], None))? {
                copies.extend(same.into_iter().skip(1));
            }
        }
    }
    copies.sort_unstable();
    let (mut read, mut copies_of) = (Vec::new(), Vec::new());
    for (index, file) in files.into_iter().enumerate() {
        let is_copy = copies.binary_search(&index).is_ok();
        if is_copy { &mut copies_of } else { &mut read }.push(file);
    }
    Ok((read, copies_of))
}

/// The groups of two or more files with the same key, each in ascending order.
fn groups<K: Eq + Hash>(
    files: Vec<usize>,
    key: impl Fn(usize) -> Result<K, SourceError>,
) -> Result<Vec<Vec<usize>>, SourceError> {
    let mut by_key: HashMap<K, Vec<usize>> = HashMap::new();
    for file in files {
        by_key.entry(key(file)?).or_default().push(file);
    }
    Ok(by_key.into_values().filter(|group| group.len() > 1).collect())
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let name = path.display().to_string();
    move |source| SourceError::Io { name, source }
}

fn length(path: &Path) -> Result<u64, SourceError> {
    fs::metadata(path).map(|metadata| metadata.len()).map_err(unreadable(path))
}

/// The digest of a file, or of its last bytes.
fn digest(path: &Path, last: Option<u64>) -> Result<u128, SourceError> {
    let hash = || -> io::Result<u128> {
        let mut file = File::open(path)?;
        if let Some(last) = last {
            let start = file.metadata()?.len().saturating_sub(last);
            file.seek(SeekFrom::Start(start))?;
        }
        let (mut hasher, mut buffer) = (ContentHasher::default(), vec![0; BUFFER_BYTES]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hasher.finish()),
                read => hasher.update(&buffer[..read]),
            }
        }
    };
    hash().map_err(unreadable(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_found_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let long = |first: u8| [vec![first], vec![7; 2 * TAIL_BYTES as usize]].concat();
        let contents: [(&str, Vec<u8>); 7] = [
            ("a", b"one".to_vec()),
            ("b", b"two".to_vec()),
            ("c", b"one".to_vec()),
            ("d", long(1)),
            ("e", long(2)),
            ("f", long(1)),
            ("g", b"one".to_vec()),
        ];
        let files = contents.map(|(name, content)| {
            fs::write(folder.path().join(name), content).unwrap();
            folder.path().join(name)
        });
        let (kept, copies) = without_copies(files.to_vec()).unwrap();
        let names = |paths: Vec<PathBuf>| -> Vec<_> {
            paths.iter().map(|path| path.file_name().unwrap().to_owned()).collect()
        };
        assert_eq!(names(kept), ["a", "b", "d", "e"]);
        assert_eq!(names(copies), ["c", "f", "g"]);
    }
}
