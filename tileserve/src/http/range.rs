//! Range requests: the requested part of a body (RFC 9110, section 14).

use std::ops::Range;

use http::header::{HeaderMap, HeaderValue, IF_RANGE, RANGE};

/// The requested part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeRequest {
    /// The whole body.
    Full,
    /// These bytes of it.
    Partial(Range<u64>),
    /// Bytes beyond its end.
    Unsatisfiable,
}

/// Reads `Range` and `If-Range` for a body of a length, which is named by a strong tag.
///
/// A header that is malformed or has another unit is ignored (section 14.2). So are several ranges
/// at once, which readers of archives do not send.
#[must_use]
pub fn range_request(request: &HeaderMap, length: u64, etag: &HeaderValue) -> RangeRequest {
    // Section 13.1.5: the part only if the rest that the client has is of the same body.
    if request.get(IF_RANGE).is_some_and(|condition| condition != etag) {
        return RangeRequest::Full;
    }
    let mut lines = request.get_all(RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return RangeRequest::Full };
    let Ok(line) = line.to_str() else { return RangeRequest::Full };
    let Some((unit, set)) = line.split_once('=') else { return RangeRequest::Full };
    let Some((first, last)) = set.trim().split_once('-') else { return RangeRequest::Full };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return RangeRequest::Full;
    }
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        // The number of bytes at the end.
        (None, Some(last)) if first.is_empty() => match last {
            0 => return RangeRequest::Unsatisfiable,
            _ => length.saturating_sub(last)..length,
        },
        _ => return RangeRequest::Full,
    };
    if range.start < range.end { RangeRequest::Partial(range) } else { RangeRequest::Unsatisfiable }
}

/// A number of digits only; a larger number than fits is the largest one.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parsed_as_the_rfc_defines_them() {
        let etag = HeaderValue::from_static("\"here\"");
        for (range, condition, found) in [
            (None, None, RangeRequest::Full),
            (Some("bytes=0-0"), None, RangeRequest::Partial(0..1)),
            (Some("bytes=10-19"), None, RangeRequest::Partial(10..20)),
            (Some("Bytes = 10-19"), None, RangeRequest::Partial(10..20)),
            (Some("bytes=90-"), None, RangeRequest::Partial(90..100)),
            (Some("bytes=90-200"), None, RangeRequest::Partial(90..100)),
            (Some("bytes=0-99999999999999999999999"), None, RangeRequest::Partial(0..100)),
            (Some("bytes=-10"), None, RangeRequest::Partial(90..100)),
            (Some("bytes=-1000"), None, RangeRequest::Partial(0..100)),
            (Some("bytes=-0"), None, RangeRequest::Unsatisfiable),
            (Some("bytes=100-"), None, RangeRequest::Unsatisfiable),
            (Some("bytes=100-110"), None, RangeRequest::Unsatisfiable),
            (Some("bytes=18446744073709551615-"), None, RangeRequest::Unsatisfiable),
            (Some("bytes=20-10"), None, RangeRequest::Full),
            (Some("bytes=-"), None, RangeRequest::Full),
            (Some("bytes=a-b"), None, RangeRequest::Full),
            (Some("bytes=+1-2"), None, RangeRequest::Full),
            (Some("bytes=0-1,5-6"), None, RangeRequest::Full),
            (Some("lines=0-1"), None, RangeRequest::Full),
            (Some("bytes 0-1"), None, RangeRequest::Full),
            (Some("bytes=0-1"), Some("\"here\""), RangeRequest::Partial(0..2)),
            (Some("bytes=0-1"), Some("\"there\""), RangeRequest::Full),
            (Some("bytes=0-1"), Some("W/\"here\""), RangeRequest::Full),
            (Some("bytes=0-1"), Some("Tue, 24 Nov 2026 08:00:00 GMT"), RangeRequest::Full),
        ] {
            let mut request = HeaderMap::new();
            request.extend(range.map(|range| (RANGE, HeaderValue::from_static(range))));
            request.extend(condition.map(|tag| (IF_RANGE, HeaderValue::from_static(tag))));
            assert_eq!(range_request(&request, 100, &etag), found, "{range:?} {condition:?}");
        }
    }
}
