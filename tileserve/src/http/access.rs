//! Access to internal layers: by a token or by a signed URL.
//!
//! Tokens are stored as SHA-256 only, signatures are HMAC-SHA-256 (RFC 2104), and both are compared
//! in constant time. The files with hashes and keys are read again when they change, so tokens and
//! keys are added and revoked without a restart.

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

/// What a request may see in addition to public layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// What its path names.
    Signed {
        /// The signed query, which URLs in the response need too.
        query: String,
        /// Seconds until the signature expires. The response may live no longer.
        seconds_left: u64,
    },
}

impl Grant {
    /// The longest lifetime of a response in seconds, if the grant limits it.
    #[must_use]
    pub const fn seconds_left(&self) -> Option<u64> {
        match self {
            Self::Signed { seconds_left, .. } => Some(*seconds_left),
            Self::Nothing | Self::Everything => None,
        }
    }
}

/// The current tokens and keys.
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

    /// Whether there are tokens or keys for internal layers.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.files.is_configured()
    }

    /// Reads the files again, if they changed or if it is `forced`.
    pub fn refresh(&self, forced: bool) {
        self.known.refresh("tokens and keys", forced, || self.files.read());
    }

    /// Whether a request may request rebuilds.
    #[must_use]
    pub fn may_rebuild(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|token| is_among(token, &self.known.get().admin_tokens))
    }

    /// What a request may see. Nothing is hashed for requests without a token or a signature.
    #[must_use]
    pub fn grant(&self, path: &str, query: Option<&str>, headers: &HeaderMap) -> Grant {
        if !self.is_configured() {
            return Grant::Nothing;
        }
        if bearer(headers).is_some_and(|token| is_among(token, &self.known.get().tokens)) {
            return Grant::Everything;
        }
        let Some(query) = query.filter(|query| query.contains("signature=")) else {
            return Grant::Nothing;
        };
        match signature::valid_for(path, query, &self.known.get().keys) {
            Some(seconds_left) => Grant::Signed { query: query.to_owned(), seconds_left },
            None => Grant::Nothing,
        }
    }
}

fn is_among(token: &[u8], known: &[[u8; 32]]) -> bool {
    let hash: [u8; 32] = Sha256::digest(token).into();
    // Every hash is compared, so that the time does not reveal which one matches.
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
