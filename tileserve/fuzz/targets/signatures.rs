//! Signed URLs: a signed query opens what lies below its prefix. A changed query, and one that was never
//! signed, opens nothing.
#![no_main]

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use std::time::Duration;

use http::HeaderMap;
use libfuzzer_sys::fuzz_target;
use tileserve::http::access::{
    Access, AccessFiles, AccessOptions, Grant, SigningKey, read_keys, sign,
};

/// Signatures do not depend on the address of the client.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Fixture {
    access: Access,
    key: SigningKey,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let file = std::env::temp_dir().join(format!("fuzz-keys-{}", std::process::id()));
        fs::write(&file, format!("k1 {}\n", "5a".repeat(32))).unwrap();
        let key = read_keys(&file).unwrap().remove(0);
        let files = AccessFiles { keys: Some(file.clone()), ..AccessFiles::default() };
        let access = Access::open(AccessOptions { files, ..AccessOptions::default() }).unwrap();
        fs::remove_file(file).unwrap();
        Fixture { access, key }
    })
}

fuzz_target!(|input: (&str, &str, &str, u16, u8)| {
    let (prefix, rest, query, at, flip) = input;
    let Fixture { access, key } = fixture();
    let opens = |path: &str, query: &str| {
        access.grant(CLIENT, path, Some(query), &HeaderMap::new()) != Grant::default()
    };
    let path = format!("{prefix}{rest}");
    assert!(!opens(&path, query), "{query} was never signed");

    let signed = sign(key, prefix, Duration::from_secs(3600));
    let is_below = rest.is_empty() || prefix.ends_with('/') || rest.starts_with(['/', '@', '.']);
    assert_eq!(opens(&path, &signed), is_below, "{prefix:?} {rest:?}");

    // One character is changed anywhere in the query.
    let mut bytes = signed.clone().into_bytes();
    let place = usize::from(at) % bytes.len();
    bytes[place] ^= flip & 0x7f;
    let Ok(changed) = String::from_utf8(bytes) else { return };
    let normalized = |query: &str| {
        let url = format!("x:?{query}");
        let pairs = url.split_once('?').map(|(_, query)| query.to_ascii_lowercase());
        pairs.unwrap_or_default()
    };
    // Hex digits may have either case.
    if normalized(&changed) != normalized(&signed) && opens(&path, &changed) {
        // Other spellings of the same prefix (`+` and `%20`, say) are the same prefix.
        assert!(!changed.starts_with("for=") || decoded(&changed) == decoded(&signed), "{changed}");
    }
});

/// The decoded prefix.
fn decoded(query: &str) -> Vec<u8> {
    let value = query.split('&').next().unwrap_or_default();
    let bytes = value.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match (bytes[at], hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
