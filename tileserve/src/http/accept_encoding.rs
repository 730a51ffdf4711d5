//! `Accept-Encoding`: the content coding that a client prefers.

use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};

use crate::values::content_encoding::Encoding;

/// The quality of each coding for a client, in thousandths; 0 = not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    identity: u16,
    gzip: u16,
    brotli: u16,
}

/// A coding that is neither named nor excluded comes after all that are named.
const UNNAMED: u16 = 1;

/// What browsers and caches usually send, parsed in advance.
const USUAL: [(&[u8], Accepted); 3] = [
    (b"gzip, deflate, br, zstd", Accepted { identity: UNNAMED, gzip: 1000, brotli: 1000 }),
    (b"gzip, deflate, br", Accepted { identity: UNNAMED, gzip: 1000, brotli: 1000 }),
    (b"gzip", Accepted { identity: UNNAMED, gzip: 1000, brotli: 0 }),
];

impl Accepted {
    /// Reads `Accept-Encoding` (RFC 9110, section 12.5.3).
    ///
    /// By the standard, a request without the header accepts any coding. Such clients are mostly
    /// scripts that would write compressed bytes to a file, so they get plain ones.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(ACCEPT_ENCODING).iter();
        let line = lines.next().map_or(&b""[..], HeaderValue::as_bytes);
        match USUAL.iter().find(|(usual, _)| *usual == line) {
            // A second line may say more.
            Some((_, accepted)) if lines.next().is_none() => *accepted,
            _ => Self::read(headers),
        }
    }

    fn read(headers: &HeaderMap) -> Self {
        let (mut identity, mut gzip, mut brotli, mut rest) = (None, None, None, None);
        for line in headers.get_all(ACCEPT_ENCODING) {
            for item in line.as_bytes().split(|&byte| byte == b',') {
                let mut parts = item.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
                let name = parts.next().unwrap_or_default();
                let Some(quality) = quality(parts) else { continue };
                let known = match name {
                    b"*" => &mut rest,
                    _ if name.eq_ignore_ascii_case(b"gzip") => &mut gzip,
                    // Section 8.4.1.3: the two names mean the same.
                    _ if name.eq_ignore_ascii_case(b"x-gzip") => &mut gzip,
                    _ if name.eq_ignore_ascii_case(b"br") => &mut brotli,
                    _ if name.eq_ignore_ascii_case(b"identity") => &mut identity,
                    _ => continue,
                };
                *known = Some(quality);
            }
        }
        Self {
            identity: identity.or(rest.filter(|&rest| rest == 0)).unwrap_or(UNNAMED),
            gzip: gzip.or(rest).unwrap_or(0),
            brotli: brotli.or(rest).unwrap_or(0),
        }
    }

    /// The coding on `offer` that the client prefers; the first of equals.
    #[must_use]
    pub fn choose(self, offer: &[Encoding]) -> Option<Encoding> {
        let mut best = None;
        for &encoding in offer {
            let quality = self.quality(encoding);
            if quality > best.map_or(0, |best| self.quality(best)) {
                best = Some(encoding);
            }
        }
        best
    }

    const fn quality(self, encoding: Encoding) -> u16 {
        match encoding {
            Encoding::Identity => self.identity,
            Encoding::Gzip => self.gzip,
            Encoding::Brotli => self.brotli,
        }
    }
}

/// The `q` among an item's parameters in thousandths: 1000 if there is none, `None` if it is
/// malformed (section 12.4.2).
fn quality<'a>(mut parameters: impl Iterator<Item = &'a [u8]>) -> Option<u16> {
    let Some(value) = parameters.find_map(|parameter| match parameter {
        [b'q' | b'Q', rest @ ..] => rest.trim_ascii_start().strip_prefix(b"="),
        _ => None,
    }) else {
        return Some(1000);
    };
    match value.trim_ascii_start() {
        [b'0'] => Some(0),
        [b'1'] => Some(1000),
        [whole @ (b'0' | b'1'), b'.', digits @ ..] if digits.len() <= 3 => {
            let mut thousandths = u16::from(whole - b'0') * 1000;
            for (place, digit) in [100, 10, 1].into_iter().zip(digits) {
                thousandths += place * u16::from(digit.checked_sub(b'0').filter(|&d| d < 10)?);
            }
            (thousandths <= 1000).then_some(thousandths)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precomputed_headers_equal_what_the_parser_reads() {
        for (line, accepted) in USUAL {
            let line = std::str::from_utf8(line).unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(line));
            assert_eq!(Accepted::read(&headers), accepted, "{line}");
            assert_eq!(Accepted::of(&headers), accepted, "{line}");
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=0"));
            assert_eq!(Accepted::of(&headers), Accepted { gzip: 0, ..accepted }, "{line}");
        }
    }

    #[test]
    fn the_encoding_that_the_client_prefers_is_chosen() {
        let tile: &[Encoding] = &[Encoding::Gzip, Encoding::Identity];
        let file: &[Encoding] = &[Encoding::Brotli, Encoding::Gzip, Encoding::Identity];
        let (gzip, identity) = (Some(Encoding::Gzip), Some(Encoding::Identity));
        for (header, offer, choice) in [
            (None, tile, identity),
            (Some(""), tile, identity),
            (Some("gzip"), tile, gzip),
            (Some("GZip"), tile, gzip),
            (Some("x-gzip"), tile, gzip),
            (Some("gzip, deflate, br, zstd"), tile, gzip),
            (Some("gzip, deflate, br, zstd"), file, Some(Encoding::Brotli)),
            (Some("deflate, zstd"), tile, identity),
            (Some("gzip;q=0"), tile, identity),
            (Some("gzip;q=0.000"), tile, identity),
            (Some("gzip ; q=0.5 , identity"), tile, identity),
            (Some("gzip;q=0.5, identity;q=0.5"), tile, gzip),
            (Some("gzip;q=0.001"), tile, gzip),
            (Some("br;q=0.1, gzip;q=0.2"), file, gzip),
            (Some("*"), tile, gzip),
            (Some("*;q=0"), tile, None),
            (Some("*;q=0, identity"), tile, identity),
            (Some("*;q=0, gzip"), tile, gzip),
            (Some("identity;q=0"), tile, None),
            (Some("identity;q=0, br"), tile, None),
            (Some("identity;q=0, gzip"), tile, gzip),
            (Some("gzip;q=2"), tile, identity),
            (Some("gzip;q=0.1234"), tile, identity),
            (Some("gzip;q=abc, identity;q=0"), tile, None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            }
            assert_eq!(Accepted::of(&headers).choose(offer), choice, "{header:?} for {offer:?}");
        }
    }
}
