//! Conditional requests, ranges and content negotiation: no header makes a parser panic, and the results
//! follow RFC 9110, sections 12.5.3, 13.1 and 14.2.
#![no_main]

use http::header::{
    ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use libfuzzer_sys::fuzz_target;
use tilecore::TileHash;
use tileserve::http::accept_encoding::Accepted;
use tileserve::http::etag::{Condition, ETag, condition};
use tileserve::http::range::{RangeRequest, range_request};
use tileserve::values::content_encoding::Encoding;

fuzz_target!(|input: (u8, u16, &[u8], &[u8], &[u8], &[u8])| {
    let (which, length, known, encodings, range, if_range) = input;
    let tag = ETag::new(TileHash::of(&[which & 1]), Encoding::Gzip).header();
    let mut headers = HeaderMap::new();
    let mut add = |name, bytes: &[u8]| {
        let value = HeaderValue::from_bytes(bytes);
        headers.extend(value.map(|value| (name, value)));
    };
    add(if which & 2 == 0 { IF_NONE_MATCH } else { IF_MATCH }, known);
    add(ACCEPT_ENCODING, encodings);
    add(RANGE, range);
    if !if_range.is_empty() {
        add(IF_RANGE, if_range);
    }

    let outcome = condition(&headers, tag.as_bytes());
    let has_tag = |tag: &[u8]| known.windows(tag.len()).any(|part| part == tag);
    if outcome == Condition::NotModified {
        assert!(has_tag(tag.as_bytes()) || known.contains(&b'*'), "{known:?}");
    }
    if which & 2 != 0 && outcome == Condition::Proceed && headers.contains_key(IF_MATCH) {
        assert!(has_tag(tag.as_bytes()) || known.contains(&b'*'), "{known:?}");
    }
    if known == tag.as_bytes() {
        let expected = if which & 2 == 0 { Condition::NotModified } else { Condition::Proceed };
        assert_eq!(outcome, expected);
    }

    let offer = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];
    if let Some(encoding) = Accepted::of(&headers).choose(&offer) {
        assert!(offer.contains(&encoding));
    }
    // A client that names no encoding gets plain bytes.
    if headers.get(ACCEPT_ENCODING).is_none() {
        assert_eq!(Accepted::of(&headers).choose(&offer), Some(Encoding::Identity));
    }

    match range_request(&headers, u64::from(length), &tag) {
        RangeRequest::Partial(part) => {
            assert!(part.start < part.end && part.end <= u64::from(length), "{part:?}");
        }
        RangeRequest::Full | RangeRequest::Unsatisfiable => {}
    }
});
