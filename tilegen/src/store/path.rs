//! The paths of `object_store`, from keys exactly as they are stored.
//!
//! `Path::from` would percent-encode a key, and the client encodes it again for its URL. `Path::parse`
//! takes it as it is.

use object_store::path::{Error as PathError, Path};
use tilecore::object_key::{KeyError, check, check_file};

/// What differs between the clients of `object_store`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A local folder. Its files have no attributes.
    Folder,
    /// A bucket or container. Its client encodes keys in URLs.
    Bucket,
}

/// What a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// One object.
    Object,
    /// All objects whose keys begin with it and a `/`. The empty key names all objects.
    Folder,
}

/// The path that makes a client use exactly this key.
pub(super) fn path_of(key: &str, named: Named, kind: Kind) -> Result<Path, KeyError> {
    match (named, kind) {
        (Named::Object, _) if key.is_empty() => return Err(KeyError::Missing),
        (Named::Object, Kind::Folder) => check_file(key)?,
        _ => check(key)?,
    }
    // `check` refuses every key that `parse` refuses.
    Path::parse(key).map_err(|_| KeyError::EmptyPart(key.to_owned()))
}

/// The key that makes a listing fail, if that is its cause.
pub(super) fn unusable_key(error: &object_store::Error, kind: Kind) -> Option<KeyError> {
    let object_store::Error::InvalidPath { source } = error else { return None };
    let (PathError::EmptySegment { path } | PathError::BadSegment { path, .. }) = source else {
        return None;
    };
    // The path of a file begins with a slash, below the folder that is the store.
    let key = if kind == Kind::Folder { path.strip_prefix('/').unwrap_or(path) } else { path };
    check(key).err()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::store::Store;

    /// Keys that clients encode in URLs, or that look as if they were encoded.
    const KEYS: [&str; 10] = [
        "in/100%.csv",
        "in/a%2Fb.csv",
        "in/%41.csv",
        "in/~home.csv",
        "in/no#2a.csv",
        "in/why?.csv",
        "in/1+1=2.csv",
        "in/two words.csv",
        "in/سفارش/تهران.csv",
        "in/[a]{b}^|\\`<>\"*.csv",
    ];

    fn keys(store: &Store, prefix: &str) -> Vec<String> {
        let listed = store.list(prefix).unwrap();
        listed.into_iter().map(|object| object.location.to_string()).collect()
    }

    #[test]
    fn keys_are_used_exactly_as_they_are_stored() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("50%25 ~#1");
        for address in ["memory:///", root.to_str().unwrap()] {
            let store = Store::open(address, true).unwrap();
            for key in KEYS {
                store.create(key, Bytes::copy_from_slice(key.as_bytes())).unwrap();
                if address != "memory:///" {
                    let file = std::fs::read(root.join(key)).unwrap();
                    assert_eq!(file, key.as_bytes(), "{key}: the file has the name of the key");
                }
            }
            let mut wanted = KEYS.map(str::to_owned).to_vec();
            wanted.sort_unstable();
            assert_eq!(keys(&store, "in"), wanted, "{address}");
            assert_eq!(keys(&store, ""), wanted, "{address}");
            assert_eq!(keys(&store, "in/سفارش/"), ["in/سفارش/تهران.csv"], "{address}");
            for key in KEYS {
                assert_eq!(store.get(key).unwrap(), key, "{address}");
                assert_eq!(store.head(key).unwrap().location.as_ref(), key, "{address}");
                store.remove(key).unwrap();
                assert!(store.get(key).unwrap_err().is_not_found(), "{address}: {key}");
            }
        }
    }

    #[test]
    fn a_key_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().to_str().unwrap();
        let store = Store::open(address, true).unwrap();
        let message = |key: &str| tilecore::error::chain(&store.get(key).unwrap_err());
        for (key, wanted) in [
            (
                "a//b",
                "could not read a//b in the store {}: the key `a//b` has an empty part, before a `/` or between two \
                 of them; give the object another key",
            ),
            (
                "../b",
                "could not read ../b in the store {}: the key `../b` has a part that is `.` or `..`; give the object \
                 another key",
            ),
            (
                "b#12",
                "could not read b#12 in the store {}: the name of the file `b#12` ends with `#` and digits, as only \
                 unfinished uploads do; rename the file",
            ),
            ("", "could not read the store {}: the key of the object is missing"),
        ] {
            assert_eq!(message(key), wanted.replace("{}", address));
        }
    }

    #[test]
    fn a_listing_that_fails_names_what_it_lists() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("store");
        let store = Store::open(address.to_str().unwrap(), true).unwrap();
        std::fs::write(address.join("line\nbreak"), "").unwrap();
        for (prefix, what) in [("", "the store"), ("in", "in in the store")] {
            if prefix == "in" {
                std::fs::create_dir(address.join("in")).unwrap();
                std::fs::rename(address.join("line\nbreak"), address.join("in/line\nbreak"))
                    .unwrap();
            }
            let error = store.list(prefix).unwrap_err();
            assert_eq!(error.to_string(), format!("could not list {what} {}", address.display()));
            let cause = tilecore::error::chain(&error);
            let key = format!("{prefix}{}line\\nbreak", if prefix.is_empty() { "" } else { "/" });
            assert!(cause.contains(&format!("the key `{key}` contains a control")), "{cause}");
        }
    }
}
