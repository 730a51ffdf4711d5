//! Signed tokens of an identity provider (JWT, RFC 7519), verified with its public keys (JWKS, RFC 7517).

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{
    AlgorithmFamily, DecodingKey, Validation, decode, decode_header, errors::Error as TokenError,
};
use serde_json::{Map, Value};
use url::Url;

use super::bearer::bearer;
use super::person::{Person, is_name};
use crate::values::reloaded::Reloaded;

/// How signed tokens are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtOptions {
    /// The header that has the token; in `Authorization` after `Bearer`.
    pub header: HeaderName,
    /// Where the public keys are.
    pub keys: KeySource,
    /// The required issuer (`iss`).
    pub issuer: String,
    /// The required audience (`aud`): this application at the identity provider.
    pub audience: String,
    /// The claim with the name of the person.
    pub user_claim: String,
    /// The claim with their groups.
    pub groups_claim: String,
}

/// Where public keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In a file, which is read again when it changes.
    File(PathBuf),
    /// At a URL of the identity provider, which is read again every five minutes.
    Url(Url),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Url(url) => write!(f, "{url}"),
        }
    }
}

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JwtError {
    /// The file cannot be read.
    #[error("could not read keys from {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The URL cannot be read.
    #[error("could not read keys from {url}")]
    Fetch {
        /// The URL.
        url: Box<Url>,
        /// Cause.
        #[source]
        source: reqwest::Error,
    },
    /// The response is too long.
    #[error("{url} has more than {MAX_BYTES} bytes, which cannot be a set of keys")]
    Length {
        /// The URL.
        url: Box<Url>,
    },
    /// The text is not a set of keys.
    #[error("{place} is not a JWKS")]
    Form {
        /// The file or URL.
        place: String,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// A key is malformed.
    #[error("a key of {place} is malformed")]
    Key {
        /// The file or URL.
        place: String,
        /// Cause.
        #[source]
        source: TokenError,
    },
    /// No key can verify a signature.
    #[error("{place} has no RSA, EC or Ed25519 key for signatures")]
    Empty {
        /// The file or URL.
        place: String,
    },
}

/// Largest set of keys in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Seconds by which the clocks of the identity provider and of this machine may differ.
const LEEWAY: u64 = 30;

/// Time for the identity provider to send its keys.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// A public key, and its name in the headers of tokens.
#[derive(Debug)]
struct PublicKey {
    id: Option<String>,
    key: DecodingKey,
}

/// Verifies tokens.
#[derive(Debug)]
pub(super) struct JwtVerifier {
    options: JwtOptions,
    keys: Reloaded<Vec<PublicKey>>,
}

impl JwtVerifier {
    /// Reads the keys, if they are in a file. Those at a URL are read by [`Self::fetch`]; until then no token
    /// is valid.
    pub(super) fn open(options: JwtOptions) -> Result<Self, JwtError> {
        let keys = match &options.keys {
            KeySource::File(path) => Reloaded::new(vec![path.clone()], read_file(path)?),
            KeySource::Url(_) => Reloaded::new(Vec::new(), Vec::new()),
        };
        Ok(Self { options, keys })
    }

    /// Reads the file again, if it changed or if it is `forced`.
    pub(super) fn refresh(&self, forced: bool) {
        if let KeySource::File(path) = &self.options.keys {
            self.keys.refresh("keys of signed tokens", forced, || read_file(path));
        }
    }

    /// Reads the keys at the URL, if they are at one. The previous ones stay if that fails.
    pub(super) async fn fetch(&self) {
        let KeySource::Url(url) = &self.options.keys else { return };
        let fetched = read_url(url).await;
        self.keys.refresh("keys of signed tokens", true, || fetched);
    }

    /// Whether there is a key.
    pub(super) fn has_keys(&self) -> bool {
        !self.keys.get().is_empty()
    }

    /// The person whom a valid token names.
    pub(super) fn person(&self, headers: &HeaderMap) -> Option<Person> {
        let token = self.token(headers)?;
        let header = decode_header(token).ok()?;
        let keys = self.keys.get();
        let is_named =
            |key: &&PublicKey| header.kid.is_none() || key.id.is_none() || key.id == header.kid;
        let claims = keys.iter().filter(is_named).find_map(|key| self.claims(token, &key.key))?;
        self.person_of(&claims)
    }

    fn token<'a>(&self, headers: &'a HeaderMap) -> Option<&'a [u8]> {
        if self.options.header == AUTHORIZATION {
            return bearer(headers);
        }
        Some(headers.get(&self.options.header)?.as_bytes().trim_ascii())
    }

    /// The claims of a token, if it is signed with this key, valid now, and made for us.
    fn claims(&self, token: &[u8], key: &DecodingKey) -> Option<Map<String, Value>> {
        // The family comes from the key: a token cannot choose an algorithm that fits another kind of key
        // (RFC 8725, section 3.1).
        let mut validation = Validation::new_for_family(key.family());
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.options.issuer]);
        validation.set_audience(&[&self.options.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        Some(decode(token, key, &validation).ok()?.claims)
    }

    fn person_of(&self, claims: &Map<String, Value>) -> Option<Person> {
        let name = claims.get(&self.options.user_claim)?.as_str().filter(|name| is_name(name))?;
        let groups = match claims.get(&self.options.groups_claim) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(group)) => vec![group.as_str()],
            _ => Vec::new(),
        };
        Some(Person {
            name: name.to_owned(),
            groups: groups.into_iter().map(str::to_owned).collect(),
        })
    }
}

fn read_file(path: &PathBuf) -> Result<Vec<PublicKey>, JwtError> {
    let text = fs::read(path).map_err(|source| JwtError::Read { path: path.to_owned(), source })?;
    parse(&text, &path.display().to_string())
}

async fn read_url(url: &Url) -> Result<Vec<PublicKey>, JwtError> {
    let failed = |source| JwtError::Fetch { url: Box::new(url.clone()), source };
    let client = reqwest::Client::builder().timeout(FETCH_TIMEOUT).build().map_err(failed)?;
    let sent = client.get(url.clone()).send().await;
    let mut response = sent.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_BYTES {
            return Err(JwtError::Length { url: Box::new(url.clone()) });
        }
    }
    parse(&text, url.as_str())
}

fn parse(text: &[u8], place: &str) -> Result<Vec<PublicKey>, JwtError> {
    let place = place.to_owned();
    let set: JwkSet = match serde_json::from_slice(text) {
        Ok(set) => set,
        Err(source) => return Err(JwtError::Form { place, source }),
    };
    let mut keys = Vec::new();
    for jwk in set.keys.iter().filter(|jwk| is_for_signatures(jwk)) {
        let key = match DecodingKey::from_jwk(jwk) {
            Ok(key) => key,
            Err(source) => return Err(JwtError::Key { place, source }),
        };
        // A shared secret in a public set would let anyone sign.
        if key.family() != AlgorithmFamily::Hmac {
            keys.push(PublicKey { id: jwk.common.key_id.clone(), key });
        }
    }
    if keys.is_empty() { Err(JwtError::Empty { place }) } else { Ok(keys) }
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let is_known = !matches!(jwk.algorithm, jsonwebtoken::jwk::AlgorithmParameters::Other(_));
    is_known && !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption))
}
