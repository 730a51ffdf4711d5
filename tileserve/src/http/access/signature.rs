//! Signatures: URLs that grant access to a part of the map until they expire.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::form_urlencoded;

use super::hex::from_hex;

/// A signing key, and its name in URLs.
#[derive(Clone)]
pub struct SigningKey {
    /// Its name.
    pub id: String,
    /// The secret.
    pub secret: Vec<u8>,
    /// The role of what it signs, if there are roles.
    pub role: Option<String>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

/// The query that grants access to every path below `prefix`, for this long from now.
///
/// The signed text is the prefix, a line feed, and the expiry as seconds since 1970.
#[must_use]
pub fn sign(key: &SigningKey, prefix: &str, valid: Duration) -> String {
    let expires = (SystemTime::now() + valid).duration_since(UNIX_EPOCH).unwrap_or_default();
    let expires = expires.as_secs();
    let signature = mac(key, prefix, &expires.to_string())
        .map(|mac| mac.finalize().into_bytes())
        .unwrap_or_default();
    let hex = signature.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    form_urlencoded::Serializer::new(String::new())
        .append_pair("for", prefix)
        .append_pair("expires", &expires.to_string())
        .append_pair("key", &key.id)
        .append_pair("signature", &hex)
        .finish()
}

/// For how many more seconds a query grants access to a path, and with which key; `None` if it does not
/// now.
pub(super) fn valid_for<'a>(
    path: &str,
    query: &str,
    keys: &'a [SigningKey],
) -> Option<(u64, &'a SigningKey)> {
    let [mut prefix, mut expires, mut id, mut signature] = [const { None }; 4];
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let known = match &*name {
            "for" => &mut prefix,
            "expires" => &mut expires,
            "key" => &mut id,
            "signature" => &mut signature,
            _ => continue,
        };
        // A repeated parameter is ambiguous.
        if known.replace(value).is_some() {
            return None;
        }
    }
    let (prefix, expires, id, signature) = (prefix?, expires?, id?, signature?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::MAX).as_secs();
    let key = keys.iter().find(|key| key.id == id)?;
    let signature = from_hex(&signature)?;
    mac(key, &prefix, &expires)?.verify_slice(&signature).ok()?;
    let left = expires.parse::<u64>().ok()?.checked_sub(now)?;
    (left > 0 && covers(&prefix, path)).then_some((left, key))
}

fn mac(key: &SigningKey, prefix: &str, expires: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::new_from_slice(&key.secret).ok()?;
    mac.update(prefix.as_bytes());
    mac.update(b"\n");
    mac.update(expires.as_bytes());
    Some(mac)
}

/// Whether a path is what the prefix names or lies below it: `density/30d` does not cover `density/30d2`.
fn covers(prefix: &str, path: &str) -> bool {
    let Some(rest) = path.strip_prefix(prefix) else { return false };
    rest.is_empty() || prefix.ends_with('/') || rest.starts_with(['/', '@', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, secret: &[u8]) -> SigningKey {
        SigningKey { id: id.to_owned(), secret: secret.to_vec(), role: None }
    }

    #[test]
    fn a_signature_opens_its_prefix_until_it_expires_and_nothing_else() {
        let keys = [key("new", &[7; 32]), key("old", &[9; 32])];
        let hour = Duration::from_hours(1);
        let prefix = "/v1/tiles/density/30d";
        for (signer, query, path, opens) in [
            (0, sign(&keys[0], prefix, hour), "/v1/tiles/density/30d/5/1/1.mvt", true),
            (0, sign(&keys[0], prefix, hour), "/v1/tiles/density/30d@0f/5/1/1.mvt", true),
            (1, sign(&keys[1], prefix, hour), "/v1/tiles/density/30d", true),
            (0, sign(&keys[0], prefix, hour), "/v1/tiles/density/30d2/5/1/1.mvt", false),
            (0, sign(&keys[0], prefix, hour), "/v1/tiles/density/7d/5/1/1.mvt", false),
            (0, sign(&keys[0], prefix, Duration::ZERO), "/v1/tiles/density/30d/5/1/1.mvt", false),
            (0, sign(&key("new", &[8; 32]), prefix, hour), prefix, false),
            (0, sign(&key("unknown", &[7; 32]), prefix, hour), prefix, false),
        ] {
            assert_eq!(valid_for(path, &query, &keys).is_some(), opens, "{signer} {path} {query}");
        }
    }

    #[test]
    fn a_changed_query_opens_nothing() {
        let keys = [key("new", &[7; 32])];
        let prefix = "/v1/tiles/density/30d";
        let query = sign(&keys[0], prefix, Duration::from_hours(1));
        assert!((3599..=3600).contains(&valid_for(prefix, &query, &keys).unwrap().0));
        assert!(valid_for(prefix, &format!("{query}&other=1"), &keys).is_some());
        for changed in [
            query.replace("expires=1", "expires=9"),
            query.replace("density", "population"),
            query.replace("signature=", "signature=0"),
            format!("{query}&expires=99999999999"),
            query.split_once('&').map_or(String::new(), |(_, rest)| rest.to_owned()),
            String::new(),
            "signature=".to_owned(),
            "signature=%ff%fe".to_owned(),
        ] {
            assert!(valid_for(prefix, &changed, &keys).is_none(), "{changed}");
        }
        assert!(valid_for(prefix, &query[..query.len() - 1], &keys).is_none());
    }
}
