//! Conversion of the section `[access]`. Every error is added to `errors`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use http::header::{AUTHORIZATION, HeaderName};
use ipnet::IpNet;
use url::{Host, Url};

use super::file::{AccessSection, AuditSection, ProxySection, RoleSection};
use super::values::note;
use crate::http::access::{
    AccessFiles, AccessOptions, JwtOptions, KeySource, Names, ProxyOptions, Role, Roles,
};
use crate::telemetry::audit_log::AuditOptions;

pub(super) fn access(
    file: AccessSection,
    serve_internal: bool,
    errors: &mut Vec<String>,
) -> AccessOptions {
    let has_login = file.proxy != ProxySection::default();
    let proxy = proxy(file.proxy, errors);
    if has_login && serve_internal {
        note::<()>(
            errors,
            "serve_internal shows internal layers without a login; remove it, or [access.proxy]"
                .to_owned(),
        );
    }
    AccessOptions {
        files: AccessFiles {
            tokens: file.tokens,
            keys: file.signing_keys,
            admin_tokens: file.admin_tokens,
            origin_secrets: file.origin_secrets,
        },
        roles: roles(file.roles, errors),
        proxy,
        contact: file.contact,
    }
}

/// The login proxy, if a key of its section is set.
fn proxy(file: ProxySection, errors: &mut Vec<String>) -> Option<ProxyOptions> {
    if file == ProxySection::default() {
        return None;
    }
    if file.addresses.is_none() && file.jwks.is_none() {
        errors.push(
            "access.proxy: set `addresses`, the proxies whose headers name people, or `jwks`, the keys of \
             signed tokens"
                .to_owned(),
        );
    }
    let user = file.user_header.clone();
    let user_header = header("user_header", user, "x-auth-request-email", errors);
    let groups = file.groups_header.clone();
    let groups_header = header("groups_header", groups, "x-auth-request-groups", errors);
    let written = file.addresses.clone().unwrap_or_default();
    let addresses = written.iter().filter_map(|text| network(text, errors)).collect();
    let sign_out = file.sign_out.clone();
    let jwt = jwt(file, errors);
    Some(ProxyOptions {
        addresses,
        user_header: user_header?,
        groups_header: groups_header?,
        sign_out,
        jwt,
    })
}

/// An address or a network.
fn network(text: &str, errors: &mut Vec<String>) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).or_else(|| {
        note(
            errors,
            format!(
                "access.proxy.addresses: `{text}` is not an address or a network like 10.0.0.0/8"
            ),
        )
    })
}

fn header(
    key: &str,
    written: Option<String>,
    default: &str,
    errors: &mut Vec<String>,
) -> Option<HeaderName> {
    let name = written.unwrap_or_else(|| default.to_owned());
    name.parse()
        .ok()
        .or_else(|| note(errors, format!("access.proxy.{key} `{name}` is not a valid header name")))
}

fn jwt(file: ProxySection, errors: &mut Vec<String>) -> Option<JwtOptions> {
    let jwks = file.jwks?;
    let header = header("jwt_header", file.jwt_header, AUTHORIZATION.as_str(), errors);
    let keys = key_source(&jwks, errors);
    let mut required = |key: &str, value: Option<String>| {
        value.filter(|value| !value.is_empty()).or_else(|| {
            note(
                errors,
                format!("access.proxy.{key} is missing; without it, tokens made for other programs would be valid here"),
            )
        })
    };
    let (issuer, audience) = (required("issuer", file.issuer), required("audience", file.audience));
    Some(JwtOptions {
        header: header?,
        keys: keys?,
        issuer: issuer?,
        audience: audience?,
        user_claim: file.user_claim.unwrap_or_else(|| "email".to_owned()),
        groups_claim: file.groups_claim.unwrap_or_else(|| "groups".to_owned()),
    })
}

/// A file, or a URL that cannot be changed on the way.
fn key_source(text: &str, errors: &mut Vec<String>) -> Option<KeySource> {
    if !text.contains("://") {
        return Some(KeySource::File(PathBuf::from(text)));
    }
    match text.parse::<Url>() {
        Ok(url) if url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url) => {
            Some(KeySource::Url(url))
        }
        _ => note(errors, format!("access.proxy.jwks `{text}` is not a file or an https URL")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn roles(written: BTreeMap<String, RoleSection>, errors: &mut Vec<String>) -> Roles {
    let roles = written.into_iter().map(|(name, file)| {
        let RoleSection { groups, layers, cities, max_zoom } = file;
        if name.contains(char::is_whitespace) {
            errors.push(format!("access.roles: `{name}` has a space; files of tokens could not name it"));
        }
        let mut names = |key: &str, written: Option<Vec<String>>| match written {
            None => Names::All,
            Some(names) => {
                if names.is_empty() {
                    errors.push(format!(
                        "access.roles.{name}.{key} is empty, so the role opens nothing; leave it out for all"
                    ));
                }
                Names::These(names)
            }
        };
        let (layers, cities) = (names("layers", layers), names("cities", cities));
        Role { name, groups: groups.unwrap_or_default(), layers, cities, max_zoom }
    });
    Roles::new(roles.collect())
}

pub(super) fn audit(file: &AuditSection, errors: &mut Vec<String>) -> Option<AuditOptions> {
    let keep_days = file.keep_days.unwrap_or(365);
    if keep_days == 0 {
        errors.push("access.audit.keep_days is 0; it must be 1 or more".to_owned());
    }
    Some(AuditOptions { folder: file.folder.clone()?, keep_days })
}
