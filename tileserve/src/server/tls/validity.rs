//! Validity: when a certificate expires, read from its DER (RFC 5280, section 4.1).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Tags of X.690: a sequence, the version that may come first, and the two forms of a time.
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// When a certificate expires, in seconds since 1970; `None` if its bytes are malformed.
pub(super) fn expires_at(certificate: &[u8]) -> Option<i64> {
    let (certificate, _) = take(certificate, SEQUENCE)?;
    let (mut fields, _) = take(certificate, SEQUENCE)?;
    if let Some((_, rest)) = take(fields, VERSION) {
        fields = rest;
    }
    // Serial number, algorithm and issuer precede it.
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (validity, _) = take(fields, SEQUENCE)?;
    let (_, _, not_after) = element(validity)?;
    let (tag, text, _) = element(not_after)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// A time as certificates must write it: to the second, in UTC (sections 4.1.2.5.1 and 4.1.2.5.2).
fn time(tag: u8, text: &str) -> Option<i64> {
    let digits =
        text.strip_suffix('Z').filter(|text| text.bytes().all(|one| one.is_ascii_digit()))?;
    let (year, rest) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year: i16 = digits[..2].parse().ok()?;
            (if year >= 50 { 1900 + year } else { 2000 + year }, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => (digits[..4].parse().ok()?, &digits[4..]),
        _ => return None,
    };
    let part = |at: usize| rest[at..at + 2].parse::<i8>().ok();
    let at = DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    Some(TimeZone::UTC.to_timestamp(at).ok()?.as_second())
}

/// The content of an element with this tag, and what follows it.
fn take(der: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(der)?;
    (tag == wanted).then_some((content, rest))
}

/// Tag, content and what follows (X.690, sections 8.1.2 and 10.1).
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], mut rest) = der.split_first_chunk()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7F))?;
        length = bytes.iter().try_fold(0_usize, |length, &byte| {
            length.checked_mul(256)?.checked_add(usize::from(byte))
        })?;
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["map.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 2, 28);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_ends_when_it_says() {
        // Up to 2049 the year has two digits, from 2050 on four.
        for (year, seconds) in [(2027, 1_803_772_800), (2049, 2_498_083_200), (2050, 2_529_619_200)]
        {
            assert_eq!(expires_at(&certificate(year)), Some(seconds), "{year}");
        }
    }

    #[test]
    fn what_is_cut_tells_nothing() {
        let whole = certificate(2027);
        for length in 0..whole.len() {
            assert_eq!(expires_at(&whole[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_time_is_written_in_one_way() {
        for text in
            ["270228000000", "2702280000Z", "270228000000+0330", "27022800000xZ", "271328000000Z"]
        {
            assert_eq!(time(UTC_TIME, text), None, "{text}");
        }
    }
}
