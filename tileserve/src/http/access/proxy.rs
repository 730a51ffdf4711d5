//! People, as a login proxy names them: in headers of trusted addresses, or in a signed token.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName};
use ipnet::IpNet;

use super::jwt::{JwtError, JwtOptions, JwtVerifier};
use super::person::{Person, is_name};

/// How people are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyOptions {
    /// The proxies whose headers name people. The headers of all others are ignored.
    pub addresses: Vec<IpNet>,
    /// The header with the name of a person.
    pub user_header: HeaderName,
    /// The header with their groups, separated by commas.
    pub groups_header: HeaderName,
    /// How signed tokens are verified, if the proxy sends them.
    pub jwt: Option<JwtOptions>,
    /// Where people log out: an address of the proxy.
    pub sign_out: Option<String>,
}

impl ProxyOptions {
    /// The headers that decide what a person sees, besides `Authorization`. In front of the proxy it is the
    /// cookie.
    #[must_use]
    pub fn headers(&self) -> Vec<HeaderName> {
        let jwt = self.jwt.as_ref().map(|jwt| jwt.header.clone());
        let mut headers = vec![COOKIE, self.user_header.clone()];
        headers.extend(jwt.filter(|name| *name != AUTHORIZATION));
        headers
    }
}

/// Recognises people.
#[derive(Debug)]
pub(super) struct IdentityProxy {
    options: ProxyOptions,
    jwt: Option<JwtVerifier>,
}

impl IdentityProxy {
    /// Reads the keys of signed tokens, if they are in a file.
    pub(super) fn open(options: ProxyOptions) -> Result<Self, JwtError> {
        let jwt = options.jwt.clone().map(JwtVerifier::open).transpose()?;
        Ok(Self { options, jwt })
    }

    /// The options.
    pub(super) const fn options(&self) -> &ProxyOptions {
        &self.options
    }

    /// The verifier of signed tokens.
    pub(super) const fn jwt(&self) -> Option<&JwtVerifier> {
        self.jwt.as_ref()
    }

    /// The person who sends a request through the proxy at `peer`. A signed token is as good from any
    /// address; a header is worth nothing from an address that is not listed.
    pub(super) fn person(&self, peer: IpAddr, headers: &HeaderMap) -> Option<Person> {
        if let Some(person) = self.jwt.as_ref().and_then(|jwt| jwt.person(headers)) {
            return Some(person);
        }
        let peer = peer.to_canonical();
        if !self.options.addresses.iter().any(|proxies| proxies.contains(&peer)) {
            return None;
        }
        let groups = headers.get_all(&self.options.groups_header).iter();
        let groups = groups.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        let groups = groups.map(str::trim).filter(|group| is_name(group)).map(str::to_owned);
        Some(Person { name: self.user(headers)?, groups: groups.collect() })
    }

    /// The name of the person. Several headers of this name are ambiguous: a client may have sent one.
    fn user(&self, headers: &HeaderMap) -> Option<String> {
        let mut values = headers.get_all(&self.options.user_header).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let name = value.to_str().ok()?.trim();
        is_name(name).then(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy() -> IdentityProxy {
        IdentityProxy::open(ProxyOptions {
            addresses: vec!["127.0.0.1/32".parse().unwrap(), "10.1.0.0/16".parse().unwrap()],
            user_header: HeaderName::from_static("x-auth-request-email"),
            groups_header: HeaderName::from_static("x-auth-request-groups"),
            jwt: None,
            sign_out: None,
        })
        .unwrap()
    }

    fn headers(written: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in written {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_listed_addresses_name_people() {
        let sara = headers(&[
            ("x-auth-request-email", "sara@example.com"),
            ("x-auth-request-groups", "analysts, tehran"),
            ("x-auth-request-groups", "all"),
        ]);
        for (peer, is_trusted) in [
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("10.1.255.7", true),
            ("10.2.0.1", false),
            ("127.0.0.2", false),
            ("::1", false),
        ] {
            let person = proxy().person(peer.parse().unwrap(), &sara);
            assert_eq!(person.is_some(), is_trusted, "{peer}");
            if let Some(person) = person {
                assert_eq!(person.name, "sara@example.com");
                assert_eq!(person.groups, ["analysts", "tehran", "all"]);
            }
        }
    }

    #[test]
    fn an_ambiguous_or_empty_name_is_ignored() {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        for written in [
            headers(&[]),
            headers(&[("x-auth-request-email", "")]),
            headers(&[("x-auth-request-email", "  ")]),
            headers(&[("x-auth-request-email", "a"), ("x-auth-request-email", "b")]),
            headers(&[("x-auth-request-groups", "analysts")]),
        ] {
            assert_eq!(proxy().person(loopback, &written), None, "{written:?}");
        }
    }
}
