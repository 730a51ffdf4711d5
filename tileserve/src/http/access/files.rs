//! The files with hashes of tokens, and with signing keys.

use std::fs;
use std::path::{Path, PathBuf};

use super::hex::from_hex;
use super::signature::SigningKey;

/// The files of tokens and keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessFiles {
    /// A line for each token: a name, and the SHA-256 of the token as 64 hex digits.
    pub tokens: Option<PathBuf>,
    /// A line for each key: a name, and a secret of at least 32 bytes as hex digits.
    pub keys: Option<PathBuf>,
    /// A line for each token that may request rebuilds, in the same form.
    pub admin_tokens: Option<PathBuf>,
}

/// The contents of the files.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// SHA-256 of each token.
    pub(super) tokens: Vec<[u8; 32]>,
    /// SHA-256 of each token of an operator.
    pub(super) admin_tokens: Vec<[u8; 32]>,
    pub(super) keys: Vec<SigningKey>,
}

/// Why a file of tokens or keys cannot be used. Its contents are never shown.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// It cannot be read.
    #[error("could not read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A line is malformed.
    #[error("line {line} of {} is not a name and {expected}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What a line must contain.
        expected: &'static str,
    },
}

/// Least length of a secret in bytes: that of the hash (RFC 2104, section 3).
const LEAST_SECRET: usize = 32;

impl AccessFiles {
    pub(super) const fn is_configured(&self) -> bool {
        self.tokens.is_some() || self.keys.is_some()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        let files = [&self.tokens, &self.keys, &self.admin_tokens];
        files.into_iter().flatten().cloned().collect()
    }

    pub(super) fn read(&self) -> Result<Credentials, AccessError> {
        let mut known = Credentials::default();
        let files =
            [(&self.tokens, &mut known.tokens), (&self.admin_tokens, &mut known.admin_tokens)];
        for (path, hashes) in files {
            let Some(path) = path else { continue };
            let expected = "64 hex digits, the SHA-256 of a token";
            for (_, hash) in lines(path, expected, |bytes| bytes.try_into().ok())? {
                hashes.push(hash);
            }
        }
        if let Some(path) = &self.keys {
            known.keys = read_keys(path)?;
        }
        Ok(known)
    }
}

/// The keys of a file.
pub fn read_keys(path: &Path) -> Result<Vec<SigningKey>, AccessError> {
    let expected = "a secret of 32 bytes or more as hex digits";
    let long = |bytes: Vec<u8>| (bytes.len() >= LEAST_SECRET).then_some(bytes);
    let keys = lines(path, expected, long)?.into_iter();
    Ok(keys.map(|(id, secret)| SigningKey { id, secret }).collect())
}

/// A name and bytes of each line; empty lines and those that begin with `#` are skipped.
fn lines<T>(
    path: &Path,
    expected: &'static str,
    read: impl Fn(Vec<u8>) -> Option<T>,
) -> Result<Vec<(String, T)>, AccessError> {
    let text = fs::read_to_string(path)
        .map_err(|source| AccessError::Read { path: path.to_owned(), source })?;
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace();
        let entry = match (words.next(), words.next(), words.next()) {
            (Some(name), Some(hex), None) => {
                from_hex(hex).and_then(&read).map(|value| (name.to_owned(), value))
            }
            _ => None,
        };
        let malformed = || AccessError::Line { path: path.to_owned(), line: number, expected };
        found.push(entry.ok_or_else(malformed)?);
    }
    Ok(found)
}
