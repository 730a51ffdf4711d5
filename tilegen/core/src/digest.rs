//! Digests and hashes: the digest that identifies an archive, and the hash that identifies a stored tile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::text::Quoted;

/// Digest of an archive: the first 128 bits of the SHA-256 of its bytes, written as 32 hex digits.
///
/// ```
/// use tilecore::ArchiveDigest;
///
/// let digest = ArchiveDigest::of(b"tiles");
/// assert_eq!(digest.to_string().parse(), Ok(digest));
/// assert!("shorter".parse::<ArchiveDigest>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArchiveDigest(u128);

/// The text is not 32 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a digest of 32 lower-case hex digits", Quoted(.0))]
pub struct DigestError(String);

impl ArchiveDigest {
    /// Digest of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Digester::default();
        hasher.update(bytes);
        hasher.finish()
    }
}

/// Computes a digest incrementally.
#[derive(Default)]
pub struct Digester(Sha256);

impl Digester {
    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes added.
    #[must_use]
    pub fn finish(self) -> ArchiveDigest {
        let sha = self.0.finalize();
        ArchiveDigest(sha[..16].iter().fold(0, |all, &byte| all << 8 | u128::from(byte)))
    }
}

impl fmt::Display for ArchiveDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for ArchiveDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let value = match text.as_bytes().as_chunks() {
            ([high, low], []) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        let (high, low) = value.ok_or_else(|| DigestError(text.to_owned()))?;
        Ok(Self(u128::from(high) << 64 | u128::from(low)))
    }
}

/// Parses 16 lower-case hex digits. Without a branch per digit, because every tile request parses a
/// digest.
fn hex(digits: [u8; 16]) -> Option<u64> {
    let values = digits.map(|digit| VALUES[usize::from(digit)]);
    let value = values.iter().fold(0, |all, &value| all << 4 | u64::from(value & 15));
    let is_right = values.iter().fold(0, |all, value| all | value) < 16;
    is_right.then_some(value)
}

/// Value of each byte as a lower-case hex digit; above 15 if it is not one.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

impl TryFrom<String> for ArchiveDigest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<ArchiveDigest> for String {
    fn from(digest: ArchiveDigest) -> Self {
        digest.to_string()
    }
}

/// Hash of a tile's stored bytes: 128-bit XXH3. The archive writer stores tiles with equal hashes once,
/// and the server uses the hash as the ETag.
///
/// ```
/// use tilecore::TileHash;
///
/// let hashes = [TileHash::of(b"one"), TileHash::of(b"two")];
/// assert_eq!(TileHash::read_all(&TileHash::write_all(&hashes)), Some(hashes.to_vec()));
/// assert_eq!(TileHash::read_all(b"cut short"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileHash(u128);

impl TileHash {
    /// Length in bytes of a hash in a `.hashes` file.
    pub const LEN: usize = 16;

    /// Hash of a tile's compressed bytes.
    #[must_use]
    pub fn of(stored: &[u8]) -> Self {
        Self(xxhash_rust::xxh3::xxh3_128(stored))
    }

    /// The hash as a number.
    #[must_use]
    pub const fn get(self) -> u128 {
        self.0
    }

    /// Content of a `.hashes` file: one hash per directory entry, in directory order, big-endian.
    #[must_use]
    pub fn write_all(hashes: &[Self]) -> Vec<u8> {
        hashes.iter().flat_map(|hash| hash.0.to_be_bytes()).collect()
    }

    /// Hashes of a `.hashes` file, or `None` if its length is not a multiple of 16.
    #[must_use]
    pub fn read_all(bytes: &[u8]) -> Option<Vec<Self>> {
        let (hashes, rest) = bytes.as_chunks::<{ Self::LEN }>();
        let read = || hashes.iter().map(|&hash| Self(u128::from_be_bytes(hash))).collect();
        rest.is_empty().then(read)
    }
}

/// Computes a 128-bit XXH3 hash incrementally.
///
/// ```
/// use tilecore::TileHash;
/// use tilecore::digest::ContentHasher;
///
/// let mut hasher = ContentHasher::default();
/// hasher.update(b"one ");
/// hasher.update(b"two");
/// assert_eq!(hasher.finish(), TileHash::of(b"one two").get());
/// ```
#[derive(Default)]
pub struct ContentHasher(xxhash_rust::xxh3::Xxh3);

impl ContentHasher {
    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes added.
    #[must_use]
    pub fn finish(self) -> u128 {
        self.0.digest128()
    }
}

impl fmt::Display for TileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
