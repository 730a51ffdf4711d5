//! Copies of order files under other names or keys, such as `part-0 (1).parquet`. Without ids of orders, every
//! order of a copy would count again.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::Hash;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::slice;

use tilecore::digest::ContentHasher;

use super::error::SourceError;
use super::location::Location;
use crate::store::{Store, StoreError};

/// Bytes at the end of a file that are compared first. They contain the footer, which differs for nearly all
/// files of the same length.
const TAIL_BYTES: u64 = 64 << 10;

/// Bytes of a file that are read at once.
const BUFFER_BYTES: u64 = 1 << 20;

/// Splits files into those that are read and copies of these, each in the given order. Only files of the same length
/// and with the same end are read as a whole, and objects of one store only if it gives them the same ETag: reading
/// the end of each object would take a request each.
pub(super) fn without_copies(
    files: Vec<Location>,
) -> Result<(Vec<Location>, Vec<Location>), SourceError> {
    let alike = groups((0..files.len()).collect(), |file| looks(&files[file]))?;
    let mut copies = Vec::new();
    for alike in alike {
        for same_end in groups(alike, |file| digest(&files[file], Some(TAIL_BYTES)))? {
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

/// The groups of two or more files with the same key, each in ascending order. A file without a key is in none.
fn groups<K: Eq + Hash>(
    files: Vec<usize>,
    key: impl Fn(usize) -> Result<Option<K>, SourceError>,
) -> Result<Vec<Vec<usize>>, SourceError> {
    let mut by_key: HashMap<K, Vec<usize>> = HashMap::new();
    for file in files {
        if let Some(key) = key(file)? {
            by_key.entry(key).or_default().push(file);
        }
    }
    Ok(by_key.into_values().filter(|group| group.len() > 1).collect())
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let name = path.display().to_string();
    move |source| SourceError::Io { name, source }
}

/// Length and ETag of a file that may be a copy.
fn looks(file: &Location) -> Result<Option<(u64, Option<&str>)>, SourceError> {
    match file {
        Location::Local(path) => {
            let metadata = fs::metadata(path).map_err(unreadable(path))?;
            Ok(Some((metadata.len(), None)))
        }
        Location::Stored { len, e_tag, .. } => Ok(e_tag.as_deref().map(|tag| (*len, Some(tag)))),
        Location::Bytes(_) => Ok(None),
    }
}

/// The digest of a file, or of its last bytes.
fn digest(file: &Location, last: Option<u64>) -> Result<Option<u128>, SourceError> {
    match file {
        Location::Local(path) => digest_of_file(path, last).map(Some).map_err(unreadable(path)),
        Location::Stored { store, key, len, .. } => {
            Ok(Some(digest_of_object(store, key, *len, last)?))
        }
        Location::Bytes(_) => Ok(None),
    }
}

fn digest_of_file(path: &Path, last: Option<u64>) -> io::Result<u128> {
    let mut file = File::open(path)?;
    if let Some(last) = last {
        let start = file.metadata()?.len().saturating_sub(last);
        file.seek(SeekFrom::Start(start))?;
    }
    let (mut hasher, mut buffer) = (ContentHasher::default(), vec![0; BUFFER_BYTES as usize]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn digest_of_object(
    store: &Store,
    key: &str,
    len: u64,
    last: Option<u64>,
) -> Result<u128, StoreError> {
    let mut hasher = ContentHasher::default();
    let mut start = last.map_or(0, |last| len.saturating_sub(last));
    while start < len {
        let end = len.min(start + BUFFER_BYTES);
        for bytes in store.get_ranges(key, slice::from_ref(&(start..end)))? {
            hasher.update(&bytes);
        }
        start = end;
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// Contents of seven files: the third and the seventh are copies of the first, the sixth is one of the fourth.
    fn contents() -> [(&'static str, Vec<u8>); 7] {
        let long = |first: u8| [vec![first], vec![7; 2 * TAIL_BYTES as usize]].concat();
        [
            ("a", b"one".to_vec()),
            ("b", b"two".to_vec()),
            ("c", b"one".to_vec()),
            ("d", long(1)),
            ("e", long(2)),
            ("f", long(1)),
            ("g", b"one".to_vec()),
        ]
    }

    fn names(files: &[Location]) -> Vec<String> {
        let name = |file: &Location| file.to_string().rsplit('/').next().unwrap().to_owned();
        files.iter().map(name).collect()
    }

    #[test]
    fn a_copy_is_found_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let files = contents().map(|(name, content)| {
            fs::write(folder.path().join(name), content).unwrap();
            Location::Local(folder.path().join(name))
        });
        let (kept, copies) = without_copies(files.to_vec()).unwrap();
        assert_eq!(names(&kept), ["a", "b", "d", "e"]);
        assert_eq!(names(&copies), ["c", "f", "g"]);
    }

    #[test]
    fn objects_of_a_store_are_copies_if_etag_length_and_content_are_the_same() {
        let store = Store::open("memory:///", true).unwrap();
        let files = |e_tag: fn(&str, &[u8]) -> Option<String>| {
            contents().map(|(name, content)| Location::Stored {
                store: store.clone(),
                key: name.to_owned(),
                len: content.len() as u64,
                e_tag: e_tag(name, &content),
            })
        };
        for (name, content) in contents() {
            store.create(name, Bytes::from(content)).unwrap();
        }
        // The digest of the content, as S3 has it; the same for all; of each object its own; none.
        let by_content = |_: &str, content: &[u8]| Some(format!("{content:?}"));
        let same = |_: &str, _: &[u8]| Some("\"0x8D\"".to_owned());
        for e_tag in [by_content, same] {
            let (kept, copies) = without_copies(files(e_tag).to_vec()).unwrap();
            assert_eq!(names(&kept), ["a", "b", "d", "e"]);
            assert_eq!(names(&copies), ["c", "f", "g"]);
        }
        let own = |name: &str, _: &[u8]| Some(name.to_owned());
        let none = |_: &str, _: &[u8]| None;
        for e_tag in [own, none] {
            let (kept, copies) = without_copies(files(e_tag).to_vec()).unwrap();
            assert_eq!((kept.len(), copies.len()), (7, 0));
        }
    }
}
