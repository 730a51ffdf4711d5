//! Access: who may see internal layers. Whoever holds a token, or a URL that was signed for them.
//!
//! Tokens are known by their SHA-256 only, signatures are HMAC-SHA-256 (RFC 2104), and both are compared
//! in constant time. The files with hashes and keys are read again when they change, so a token or a
//! key is added or withdrawn without a restart.

mod files;
mod hex;
mod signature;

use http::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::values::reloaded::Reloaded;

use self::files::Credentials;
pub use self::files::{AccessError, AccessFiles, read_keys};
pub use self::signature::{SigningKey, sign};

/// What a request may see beside what anybody may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// What its path names; the query that grants it belongs on addresses that follow from the answer.
    Signed(String),
}

/// Tokens and keys, as the files have them now.
#[derive(Debug)]
pub struct Access {
    files: AccessFiles,
    known: Reloaded<Credentials>,
}

impl Access {
    /// Reads the files.
    pub fn open(files: AccessFiles) -> Result<Self, AccessError> {
        let known = Reloaded::new(files.all(), files.read()?);
        Ok(Self { files, known })
    }

    /// Whether there is any way to internal layers.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.files.is_configured()
    }

    /// Reads the files again, if they changed or if it is `forced`.
    pub fn refresh(&self, forced: bool) {
        self.known.refresh("tokens and keys", forced, || self.files.read());
    }

    /// Whether a request may ask for a layer to be built anew.
    #[must_use]
    pub fn may_rebuild(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|token| is_among(token, &self.known.get().admin_tokens))
    }

    /// What a request may see. Without a token or a signature nothing is computed.
    #[must_use]
    pub fn grant(&self, path: &str, query: Option<&str>, headers: &HeaderMap) -> Grant {
        if !self.is_configured() {
            return Grant::Nothing;
        }
        if bearer(headers).is_some_and(|token| is_among(token, &self.known.get().tokens)) {
            return Grant::Everything;
        }
        match query.filter(|query| query.contains("signature=")) {
            Some(query) if signature::is_valid(path, query, &self.known.get().keys) => {
                Grant::Signed(query.to_owned())
            }
            Some(_) | None => Grant::Nothing,
        }
    }
}

fn is_among(token: &[u8], known: &[[u8; 32]]) -> bool {
    let hash: [u8; 32] = Sha256::digest(token).into();
    // Every hash is looked at, so that the time tells nothing of which one it was.
    let found = known
        .iter()
        .fold(Choice::from(0), |found, token| found | token.as_slice().ct_eq(hash.as_slice()));
    found.into()
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}
