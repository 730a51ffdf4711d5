//! The files with hashes of tokens and secrets, and with signing keys.

use std::fs;
use std::path::{Path, PathBuf};

use super::hex::from_hex;
use super::role::Roles;
use super::signature::SigningKey;

/// The files of tokens and keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessFiles {
    /// A line for each token: a name, the SHA-256 of the token as 64 hex digits, and a role if there are
    /// roles.
    pub tokens: Option<PathBuf>,
    /// A line for each key: a name, a secret of at least 32 bytes as hex digits, and a role if there are
    /// roles.
    pub keys: Option<PathBuf>,
    /// A line for each token that may request rebuilds: a name and the SHA-256.
    pub admin_tokens: Option<PathBuf>,
    /// A line for each secret that a CDN may send: a name and the SHA-256.
    pub origin_secrets: Option<PathBuf>,
}

/// The contents of the files.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    pub(super) tokens: Vec<Token>,
    /// Tokens of operators.
    pub(super) admin_tokens: Vec<Token>,
    /// Secrets of CDNs.
    pub(super) origin_secrets: Vec<Token>,
    pub(super) keys: Vec<SigningKey>,
}

/// A token or a secret.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) name: String,
    /// Its SHA-256.
    pub(super) hash: [u8; 32],
    /// Its role, if there are roles.
    pub(super) role: Option<String>,
}

/// A line of a file: a name, a value, and a role if there are roles.
struct Entry<T> {
    name: String,
    value: T,
    role: Option<String>,
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
    /// A line has no role, or one that the configuration does not have.
    #[error("line {line} of {} does not end with a role of [access.roles]", path.display())]
    Role {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The keys of signed tokens cannot be used.
    #[error(transparent)]
    Jwt(#[from] super::jwt::JwtError),
}

/// Least length of a secret in bytes: that of the hash (RFC 2104, section 3).
const LEAST_SECRET: usize = 32;

impl AccessFiles {
    pub(super) const fn is_configured(&self) -> bool {
        self.tokens.is_some() || self.keys.is_some()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        let files = [&self.tokens, &self.keys, &self.admin_tokens, &self.origin_secrets];
        files.into_iter().flatten().cloned().collect()
    }

    pub(super) fn read(&self, roles: &Roles) -> Result<Credentials, AccessError> {
        let without = Roles::default();
        Ok(Credentials {
            tokens: read_tokens(self.tokens.as_deref(), roles)?,
            admin_tokens: read_tokens(self.admin_tokens.as_deref(), &without)?,
            origin_secrets: read_tokens(self.origin_secrets.as_deref(), &without)?,
            keys: match &self.keys {
                Some(path) => keys(path, Some(roles))?,
                None => Vec::new(),
            },
        })
    }
}

fn read_tokens(path: Option<&Path>, roles: &Roles) -> Result<Vec<Token>, AccessError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let expected = "64 hex digits, the SHA-256 of a token";
    let entries = lines(path, expected, Some(roles), |bytes| bytes.try_into().ok())?.into_iter();
    Ok(entries.map(|Entry { name, value, role }| Token { name, hash: value, role }).collect())
}

/// The keys of a file, whatever their roles.
pub fn read_keys(path: &Path) -> Result<Vec<SigningKey>, AccessError> {
    keys(path, None)
}

fn keys(path: &Path, roles: Option<&Roles>) -> Result<Vec<SigningKey>, AccessError> {
    let expected = "a secret of 32 bytes or more as hex digits";
    let long = |bytes: Vec<u8>| (bytes.len() >= LEAST_SECRET).then_some(bytes);
    let entries = lines(path, expected, roles, long)?.into_iter();
    let key = |Entry { name, value, role }| SigningKey { id: name, secret: value, role };
    Ok(entries.map(key).collect())
}

/// The entry of each line; empty lines and those that begin with `#` are skipped. With roles, each line
/// must end with one of them. `None` accepts any role or none.
fn lines<T>(
    path: &Path,
    expected: &'static str,
    roles: Option<&Roles>,
    read: impl Fn(Vec<u8>) -> Option<T>,
) -> Result<Vec<Entry<T>>, AccessError> {
    let text = fs::read_to_string(path)
        .map_err(|source| AccessError::Read { path: path.to_owned(), source })?;
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let malformed = || AccessError::Line { path: path.to_owned(), line: number, expected };
        let mut words = line.split_whitespace();
        let (Some(name), Some(hex), role, None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(malformed());
        };
        let value = from_hex(hex).and_then(&read).ok_or_else(malformed)?;
        if roles.is_some_and(|roles| roles.is_empty() && role.is_some()) {
            return Err(malformed());
        }
        let is_known = |roles: &Roles| {
            roles.is_empty() || role.is_some_and(|role| roles.named(role).is_some())
        };
        if !roles.is_none_or(is_known) {
            return Err(AccessError::Role { path: path.to_owned(), line: number });
        }
        found.push(Entry { name: name.to_owned(), value, role: role.map(str::to_owned) });
    }
    Ok(found)
}
