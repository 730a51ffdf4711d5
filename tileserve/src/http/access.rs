//! Access to internal layers: by a token, by a signed URL, or by the login of a person.
//!
//! Tokens are stored as SHA-256 only, signatures are HMAC-SHA-256 (RFC 2104), and both are compared
//! in constant time. The files with hashes and keys are read again when they change, so tokens and
//! keys are added and revoked without a restart. A login proxy names people (`proxy`), in headers or in
//! signed tokens (`jwt`). `role` says what the holders of each may see.

mod bearer;
mod files;
mod grant;
mod hex;
mod jwt;
mod person;
mod proxy;
mod role;
mod signature;

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::values::reloaded::Reloaded;

use self::bearer::bearer;
pub use self::files::{AccessError, AccessFiles, read_keys};
use self::files::{Credentials, Token};
use self::grant::Scope;
pub use self::grant::{Grant, Holder, Permission, SignedQuery};
pub use self::jwt::{JwtError, JwtOptions, KeySource};
pub use self::person::Person;
use self::proxy::IdentityProxy;
pub use self::proxy::ProxyOptions;
pub use self::role::{Limits, Names, Role, Roles, Subject, city_of};
pub use self::signature::{SigningKey, sign};

/// Who may see internal layers.
#[derive(Clone, Debug, Default)]
pub struct AccessOptions {
    /// The files of tokens and keys.
    pub files: AccessFiles,
    /// What their holders, and people, may see. Without roles each of them sees everything.
    pub roles: Roles,
    /// How people are named, if they log in.
    pub proxy: Option<ProxyOptions>,
    /// Whom to ask for access: an e-mail address or a URL.
    pub contact: Option<String>,
}

/// The current tokens, keys and roles.
#[derive(Debug)]
pub struct Access {
    files: AccessFiles,
    known: Reloaded<Credentials>,
    roles: Roles,
    proxy: Option<IdentityProxy>,
    contact: Option<String>,
    vary: Option<HeaderValue>,
}

/// The secret that a CDN sends, so that the server can refuse clients that bypass it.
const ORIGIN_SECRET: HeaderName = HeaderName::from_static("x-origin-secret");

impl Access {
    /// Reads the files.
    pub fn open(options: AccessOptions) -> Result<Self, AccessError> {
        let AccessOptions { files, roles, proxy, contact } = options;
        let known = Reloaded::new(files.all(), files.read(&roles)?);
        let vary = (files.is_configured() || proxy.is_some()).then(|| vary(proxy.as_ref()));
        let proxy = proxy.map(IdentityProxy::open).transpose()?;
        Ok(Self { files, known, roles, proxy, contact, vary: vary.flatten() })
    }

    /// Whether there are tokens, keys or people for internal layers.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.files.is_configured() || self.proxy.is_some()
    }

    /// The request headers that decide what a client sees, if any do.
    #[must_use]
    pub const fn vary(&self) -> Option<&HeaderValue> {
        self.vary.as_ref()
    }

    /// Where people log out.
    #[must_use]
    pub fn sign_out(&self) -> Option<&str> {
        self.proxy.as_ref()?.options().sign_out.as_deref()
    }

    /// Whom to ask for access.
    #[must_use]
    pub fn contact(&self) -> Option<&str> {
        self.contact.as_deref()
    }

    /// Reads the files again, if they changed or if it is `forced`.
    pub fn refresh(&self, forced: bool) {
        self.known.refresh("tokens and keys", forced, || self.files.read(&self.roles));
        if let Some(jwt) = self.proxy.as_ref().and_then(IdentityProxy::jwt) {
            jwt.refresh(forced);
        }
    }

    /// Reads the keys of signed tokens from their URL, if they have one.
    pub async fn fetch_keys(&self) {
        if let Some(jwt) = self.proxy.as_ref().and_then(IdentityProxy::jwt) {
            jwt.fetch().await;
        }
    }

    /// Whether there are all keys that are needed.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        let jwt = self.proxy.as_ref().and_then(IdentityProxy::jwt);
        jwt.is_none_or(jwt::JwtVerifier::has_keys)
    }

    /// Whether a request may request rebuilds.
    #[must_use]
    pub fn may_rebuild(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|token| find(token, &self.known.get().admin_tokens).is_some())
    }

    /// Whether a request comes through the CDN, if that must send a secret.
    #[must_use]
    pub fn comes_through_cdn(&self, headers: &HeaderMap) -> bool {
        if self.files.origin_secrets.is_none() {
            return true;
        }
        let secret = headers.get(ORIGIN_SECRET).map(HeaderValue::as_bytes);
        secret.is_some_and(|secret| find(secret, &self.known.get().origin_secrets).is_some())
    }

    /// What a request may see. Nothing is hashed for requests without credentials.
    #[must_use]
    pub fn grant(
        &self,
        peer: IpAddr,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Grant {
        if !self.is_configured() {
            return Grant::default();
        }
        if let Some(token) = bearer(headers)
            && let Some(Token { name, role, .. }) = find(token, &self.known.get().tokens)
        {
            return self.granted(name, role.as_deref());
        }
        if let Some(person) = self.proxy.as_ref().and_then(|proxy| proxy.person(peer, headers)) {
            return self.granted_to(person);
        }
        let Some(query) = query.filter(|query| query.contains("signature=")) else {
            return Grant::default();
        };
        match signature::valid_for(path, query, &self.known.get().keys) {
            Some((seconds_left, key)) => {
                let signed = Some(SignedQuery { query: query.to_owned(), seconds_left });
                Grant { signed, ..self.granted(&key.id, key.role.as_deref()) }
            }
            None => Grant::default(),
        }
    }

    /// The grant of a token or a key.
    fn granted(&self, name: &str, role: Option<&str>) -> Grant {
        let role = role.and_then(|role| self.roles.named(role)).cloned();
        let scope = match role {
            Some(role) => Scope::Roles(vec![role]),
            None if self.roles.is_empty() => Scope::Everything,
            None => Scope::Nothing,
        };
        let holder = Holder { name: name.to_owned(), is_person: false };
        Grant { scope, holder: Some(Arc::new(holder)), signed: None }
    }

    fn granted_to(&self, Person { name, groups }: Person) -> Grant {
        let scope = match self.roles.of_groups(&groups) {
            _ if self.roles.is_empty() => Scope::Everything,
            roles if roles.is_empty() => Scope::Nothing,
            roles => Scope::Roles(roles),
        };
        let holder = Holder { name, is_person: true };
        Grant { scope, holder: Some(Arc::new(holder)), signed: None }
    }
}

fn vary(proxy: Option<&ProxyOptions>) -> Option<HeaderValue> {
    let people = proxy.map(ProxyOptions::headers).unwrap_or_default();
    let names = [AUTHORIZATION].into_iter().chain(people);
    let names: Vec<String> = names.map(|name| name.to_string()).collect();
    HeaderValue::from_str(&names.join(", ")).ok()
}

/// The token with this text.
fn find<'a>(token: &[u8], known: &'a [Token]) -> Option<&'a Token> {
    let hash: [u8; 32] = Sha256::digest(token).into();
    // Every hash is compared, so that the time does not reveal which one matches.
    let mut found = u32::MAX;
    for (known, at) in known.iter().zip(0u32..) {
        found.conditional_assign(&at, known.hash.as_slice().ct_eq(hash.as_slice()));
    }
    known.get(usize::try_from(found).ok()?)
}
