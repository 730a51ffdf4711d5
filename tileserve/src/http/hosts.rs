//! Hosts: by which names clients may address listeners that show internal data.
//!
//! A web page can let its own name point to an address inside a private network (DNS rebinding). The
//! browser of a user in that network then takes responses from there as the page's own. It still sends
//! the name of the page as the host.

use std::net::IpAddr;

use http::Uri;
use http::header::{HOST, HeaderMap};
use http::uri::Authority;
use url::{Host, Url};

/// The hosts that clients may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedHosts {
    /// Every host.
    Any,
    /// IP addresses, names without a dot, and these names: no page on the internet has such an origin.
    These(Vec<String>),
}

impl AllowedHosts {
    /// The listed hosts, and the host of the public URL.
    ///
    /// # Errors
    ///
    /// Fails with one sentence for each entry that is not a host name. `*` must be the only entry.
    pub fn new(listed: &[String], public_url: Option<&str>) -> Result<Self, Vec<String>> {
        if listed == ["*"] {
            return Ok(Self::Any);
        }
        let (mut hosts, mut errors) = (Vec::new(), Vec::new());
        for text in listed {
            match Host::parse(text) {
                Ok(host) if !text.contains('*') => hosts.push(host.to_string()),
                _ => errors.push(format!(
                    "allowed_hosts: `{text}` is not a host like map.example; `*` must be the only entry"
                )),
            }
        }
        let url = public_url.and_then(|url| url.parse::<Url>().ok());
        hosts.extend(url.and_then(|url| Some(url.host()?.to_string())));
        if errors.is_empty() { Ok(Self::These(hosts)) } else { Err(errors) }
    }

    /// Whether the host of a request may be named. A request without a host does not come from a page.
    #[must_use]
    pub fn allows(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Self::These(hosts) = self else { return true };
        if let Some(authority) = uri.authority() {
            return is_allowed(authority, hosts);
        }
        headers.get_all(HOST).iter().all(|value| {
            is_plainly_local(value.as_bytes())
                || Authority::try_from(value.as_bytes())
                    .is_ok_and(|authority| is_allowed(&authority, hosts))
        })
    }
}

/// Whether a host is an IPv4 address or a name without a dot, with or without a port. Most requests end
/// here, without parsing: no name of the internet has only digits and dots.
fn is_plainly_local(host: &[u8]) -> bool {
    let is_address = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b':');
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
    host.iter().all(is_address) || host.iter().all(is_word)
}

fn is_allowed(authority: &Authority, hosts: &[String]) -> bool {
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let has_user = authority.as_str().contains('@');
    let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    !has_user && (is_address || !host.contains('.') || hosts.contains(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_local_names_and_listed_hosts_are_allowed() {
        let listed = ["analysts.example".to_owned()];
        let hosts = AllowedHosts::new(&listed, Some("https://map.example/food")).unwrap();
        for (host, is_allowed) in [
            ("localhost:8080", true),
            ("127.0.0.1", true),
            ("10.1.2.3:8081", true),
            ("[::1]:8080", true),
            ("tileserve-a:8081", true),
            ("analysts.example", true),
            ("ANALYSTS.example.:8080", true),
            ("map.example:443", true),
            ("evil.example", false),
            ("map.example.evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("evil.example@localhost", false),
            ("a b", false),
        ] {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            assert_eq!(hosts.allows(&Uri::from_static("/"), &headers), is_allowed, "{host}");
            if let Ok(uri) = format!("http://{host}/").parse() {
                assert_eq!(hosts.allows(&uri, &HeaderMap::new()), is_allowed, "{host}");
            }
        }
        assert!(hosts.allows(&Uri::from_static("/"), &HeaderMap::new()));
    }

    #[test]
    fn a_star_allows_every_host() {
        let hosts = AllowedHosts::new(&["*".to_owned()], None).unwrap();
        assert!(hosts.allows(&Uri::from_static("http://evil.example/"), &HeaderMap::new()));
    }

    #[test]
    fn every_wrong_entry_is_reported() {
        let listed = ["https://map.example", "map.example:80", "*", "a b", "map.example"];
        let errors = AllowedHosts::new(&listed.map(str::to_owned), None).unwrap_err();
        assert_eq!(errors.len(), 4, "{errors:?}");
    }
}
