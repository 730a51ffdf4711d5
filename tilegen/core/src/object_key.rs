//! Keys of objects exactly as they are stored, and the same keys in the addresses of stores.
//!
//! In an address such as `s3://bucket/orders/100%`, everything behind the bucket is a key as the store
//! lists it. Only `http`, `https` and `file` addresses are URLs whose paths are percent-encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Why an object or a folder of objects cannot be addressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing follows the address of the store.
    #[error("the key of the object is missing")]
    Missing,
    /// Two slashes follow each other, or the key begins with one.
    #[error(
        "the key `{0}` has an empty part, before a `/` or between two of them; give the object another key"
    )]
    EmptyPart(String),
    /// A part is `.` or `..`.
    #[error("the key `{0}` has a part that is `.` or `..`; give the object another key")]
    DotPart(String),
    /// It contains a control character.
    #[error(
        "the key `{}` contains a control character; give the object another key",
        .0.escape_debug()
    )]
    ControlCharacter(String),
    /// A folder takes the name for that of an unfinished upload.
    #[error(
        "the name of the file `{0}` ends with `#` and digits, as only unfinished uploads do; rename the file"
    )]
    UploadName(String),
}

/// Checks a key, or the prefix of the keys in a folder, which may end with `/`.
///
/// ```
/// use tilecore::object_key::{KeyError, check};
///
/// assert_eq!(check("orders/100% سفارش#2/a%2Fb.parquet"), Ok(()));
/// assert_eq!(check("orders//a"), Err(KeyError::EmptyPart("orders//a".to_owned())));
/// assert_eq!(check("orders/../a"), Err(KeyError::DotPart("orders/../a".to_owned())));
/// ```
pub fn check(key: &str) -> Result<(), KeyError> {
    let parts = key.strip_suffix('/').unwrap_or(key);
    if key.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(KeyError::ControlCharacter(key.to_owned()));
    }
    if key.starts_with('/') || (!parts.is_empty() && parts.split('/').any(str::is_empty)) {
        return Err(KeyError::EmptyPart(key.to_owned()));
    }
    if parts.split('/').any(|part| part == "." || part == "..") {
        return Err(KeyError::DotPart(key.to_owned()));
    }
    Ok(())
}

/// Checks the key of a file in a folder that is used as a store.
///
/// ```
/// use tilecore::object_key::{KeyError, check_file};
///
/// assert_eq!(check_file("areas/tehran#2a.csv"), Ok(()));
/// assert_eq!(check_file("areas/x#2"), Err(KeyError::UploadName("areas/x#2".to_owned())));
/// ```
pub fn check_file(key: &str) -> Result<(), KeyError> {
    check(key)?;
    if is_upload(key) { Err(KeyError::UploadName(key.to_owned())) } else { Ok(()) }
}

/// Whether a file is an unfinished upload: `object_store` writes to `name#1` and then renames it.
///
/// ```
/// use tilecore::object_key::is_upload;
///
/// assert!(is_upload("manifests/0000000001.json#1"));
/// assert!(!is_upload("a#1/b") && !is_upload("a#") && !is_upload("a#1x"));
/// ```
#[must_use]
pub fn is_upload(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    let number = name.split_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Schemes of buckets: their addresses have keys behind the bucket, as their own tools write them.
const BUCKET_SCHEMES: [&str; 8] = ["s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss"];

/// Everything but the characters of a path in a URL (RFC 3986, section 3.3).
const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// A key as the path of a URL.
///
/// ```
/// assert_eq!(tilecore::object_key::encode("a b/100%#é"), "a%20b/100%25%23%C3%A9");
/// ```
#[must_use]
pub fn encode(key: &str) -> String {
    utf8_percent_encode(key, NOT_IN_PATHS).to_string()
}

/// The URL of a store at an address: a key behind a bucket is percent-encoded.
///
/// ```
/// use tilecore::object_key::url_of;
///
/// assert_eq!(url_of("s3://bucket/50%/a#1?")?, "s3://bucket/50%25/a%231%3F");
/// assert_eq!(url_of("https://host/50%25/")?, "https://host/50%25/");
/// assert_eq!(url_of("gs://bucket/two words")?, "gs://bucket/two%20words");
/// assert!(url_of("s3://bucket//a").is_err());
/// # Ok::<(), tilecore::object_key::KeyError>(())
/// ```
pub fn url_of(address: &str) -> Result<String, KeyError> {
    let Some((scheme, bucket, key)) = split_bucket(address) else { return Ok(address.to_owned()) };
    check(key)?;
    let slash = if key.is_empty() { "" } else { "/" };
    Ok(format!("{scheme}://{bucket}{slash}{}", encode(key)))
}

/// The address of a store at a URL: the reverse of [`url_of`].
///
/// ```
/// use tilecore::object_key::address_of;
///
/// assert_eq!(address_of("s3://bucket/50%25/a%231%3F"), "s3://bucket/50%/a#1?");
/// assert_eq!(address_of("https://host/50%25/"), "https://host/50%25/");
/// ```
#[must_use]
pub fn address_of(url: &str) -> String {
    let decoded = split_bucket(url).and_then(|(scheme, bucket, key)| {
        let key = percent_decode_str(key).decode_utf8().ok()?;
        let slash = if key.is_empty() { "" } else { "/" };
        Some(format!("{scheme}://{bucket}{slash}{key}"))
    });
    decoded.unwrap_or_else(|| url.to_owned())
}

/// Splits the URL of an object into the address of a store and the key of the object in it. The key is
/// empty if the URL has none.
///
/// ```
/// use tilecore::object_key::split_address;
///
/// let (store, key) = split_address("s3://bucket/50%/a%20b.parquet");
/// assert_eq!((store, &*key), ("s3://bucket/50%", "a%20b.parquet"));
/// let (store, key) = split_address("https://host/50%25/a%20b.parquet");
/// assert_eq!((store, &*key), ("https://host/50%25", "a b.parquet"));
/// assert_eq!(split_address("s3://bucket"), ("s3://bucket", String::new()));
/// ```
#[must_use]
pub fn split_address(address: &str) -> (&str, String) {
    let rest = address.find("://").map_or(0, |scheme| scheme + 3);
    let Some(slash) = address[rest..].rfind('/') else { return (address, String::new()) };
    let (store, key) = (&address[..rest + slash], &address[rest + slash + 1..]);
    let decoded = match split_bucket(address) {
        Some(_) => None,
        None => percent_decode_str(key).decode_utf8().ok(),
    };
    (store, decoded.map_or_else(|| key.to_owned(), Into::into))
}

/// Scheme, bucket and key of an address that has a bucket.
fn split_bucket(address: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    let is_bucket = BUCKET_SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    is_bucket.then_some((scheme, bucket, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_no_client_can_address_is_refused_by_name() {
        for (key, wanted) in [
            ("/a", "the key `/a` has an empty part"),
            ("a//", "the key `a//` has an empty part"),
            ("./a", "the key `./a` has a part that is `.` or `..`"),
            ("a/..", "the key `a/..` has a part that is `.` or `..`"),
            ("a\nb", "the key `a\\nb` contains a control character"),
        ] {
            let message = check(key).unwrap_err().to_string();
            assert!(message.starts_with(wanted), "{key:?}: {message}");
        }
        for key in ["", "a", "a/", "...", "a%2Fb", "a b", "ت/ه~ر+ا#1?ن", "a\\b"] {
            assert_eq!(check(key), Ok(()), "{key}");
        }
    }

    #[test]
    fn a_prefix_may_end_with_a_slash() {
        assert_eq!(url_of("s3://bucket/map/").unwrap(), "s3://bucket/map/");
        assert_eq!(url_of("s3://bucket").unwrap(), "s3://bucket");
        assert_eq!(url_of("abfss://c@account/a b").unwrap(), "abfss://c@account/a%20b");
        assert_eq!(url_of("gs://bucket/day=2026-01-01").unwrap(), "gs://bucket/day=2026-01-01");
    }
}
