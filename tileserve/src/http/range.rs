//! Ranges: which part of a body a request asks for (RFC 9110, section 14).

use std::ops::Range;

use http::header::{HeaderMap, HeaderValue, IF_RANGE, RANGE};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that it does not have.
    Outside,
}

/// Reads `Range` and `If-Range` for a body of a length, which is named by a strong tag.
///
/// A header that is malformed or of another unit is as if it were not there (section 14.2), and so
/// are several ranges at once, which nobody who reads archives asks for.
#[must_use]
pub fn wanted(request: &HeaderMap, length: u64, etag: &HeaderValue) -> Wanted {
    // Section 13.1.5: the part only if the rest that the client has is of the same body.
    if request.get(IF_RANGE).is_some_and(|condition| condition != etag) {
        return Wanted::Whole;
    }
    let mut lines = request.get_all(RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return Wanted::Whole };
    let Ok(line) = line.to_str() else { return Wanted::Whole };
    let Some((unit, set)) = line.split_once('=') else { return Wanted::Whole };
    let Some((first, last)) = set.trim().split_once('-') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        // The last so many bytes.
        (None, Some(last)) if first.is_empty() => match last {
            0 => return Wanted::Outside,
            _ => length.saturating_sub(last)..length,
        },
        _ => return Wanted::Whole,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Outside }
}

/// A number of digits only; one that is too large is as good as the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_asked_for_by_its_ends() {
        let etag = HeaderValue::from_static("\"here\"");
        for (range, condition, found) in [
            (None, None, Wanted::Whole),
            (Some("bytes=0-0"), None, Wanted::Part(0..1)),
            (Some("bytes=10-19"), None, Wanted::Part(10..20)),
            (Some("Bytes = 10-19"), None, Wanted::Part(10..20)),
            (Some("bytes=90-"), None, Wanted::Part(90..100)),
            (Some("bytes=90-200"), None, Wanted::Part(90..100)),
            (Some("bytes=0-99999999999999999999999"), None, Wanted::Part(0..100)),
            (Some("bytes=-10"), None, Wanted::Part(90..100)),
            (Some("bytes=-1000"), None, Wanted::Part(0..100)),
            (Some("bytes=-0"), None, Wanted::Outside),
            (Some("bytes=100-"), None, Wanted::Outside),
            (Some("bytes=100-110"), None, Wanted::Outside),
            (Some("bytes=18446744073709551615-"), None, Wanted::Outside),
            (Some("bytes=20-10"), None, Wanted::Whole),
            (Some("bytes=-"), None, Wanted::Whole),
            (Some("bytes=a-b"), None, Wanted::Whole),
            (Some("bytes=+1-2"), None, Wanted::Whole),
            (Some("bytes=0-1,5-6"), None, Wanted::Whole),
            (Some("lines=0-1"), None, Wanted::Whole),
            (Some("bytes 0-1"), None, Wanted::Whole),
            (Some("bytes=0-1"), Some("\"here\""), Wanted::Part(0..2)),
            (Some("bytes=0-1"), Some("\"there\""), Wanted::Whole),
            (Some("bytes=0-1"), Some("W/\"here\""), Wanted::Whole),
            (Some("bytes=0-1"), Some("Tue, 24 Nov 2026 08:00:00 GMT"), Wanted::Whole),
        ] {
            let mut request = HeaderMap::new();
            request.extend(range.map(|range| (RANGE, HeaderValue::from_static(range))));
            request.extend(condition.map(|tag| (IF_RANGE, HeaderValue::from_static(tag))));
            assert_eq!(wanted(&request, 100, &etag), found, "{range:?} {condition:?}");
        }
    }
}
