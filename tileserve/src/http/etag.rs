//! `ETag`s: the name of the bytes of a representation, and the conditions of requests on it.

use http::header::{HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use tilecore::TileHash;

use crate::values::content_encoding::Encoding;

/// A strong `ETag`: the hash of the stored bytes and the encoding in which they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag([u8; ETag::LEN]);

impl ETag {
    /// Two quotes, 32 hex digits, three letters.
    const LEN: usize = 37;

    /// The tag of bytes with this hash, sent in this encoding.
    #[must_use]
    pub fn new(hash: TileHash, encoding: Encoding) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'"'; Self::LEN];
        for (digits, byte) in text[1..33].as_chunks_mut().0.iter_mut().zip(hash.get().to_be_bytes())
        {
            *digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
        }
        text[33..36].copy_from_slice(encoding.etag_ending().as_bytes());
        Self(text)
    }

    /// The tag as a header's value.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.0).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
    }

    /// The outcome of a request's conditions for what has this tag.
    #[must_use]
    pub fn condition(&self, headers: &HeaderMap) -> Condition {
        condition(headers, &self.0)
    }
}

/// The outcome of a request's conditions (RFC 9110, section 13.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The request is answered as if it had no conditions.
    Proceed,
    /// The client has these bytes: 304.
    NotModified,
    /// The client requires other bytes: 412.
    PreconditionFailed,
}

/// `If-Match` and `If-None-Match` of a request for what has this tag. The first compares strongly
/// (section 13.1.1), the second weakly (section 13.1.2): a cache that weakened a tag of ours to
/// `W/"…"` still has the same bytes.
#[must_use]
pub fn condition(headers: &HeaderMap, tag: &[u8]) -> Condition {
    // Most requests have neither header.
    let mut match_lines = headers.get_all(IF_MATCH).iter().peekable();
    if match_lines.peek().is_some()
        && !match_lines.any(|line| is_in_list(tag, line.as_bytes(), Comparison::Strong))
    {
        return Condition::PreconditionFailed;
    }
    let mut lines = headers.get_all(IF_NONE_MATCH).iter();
    let is_known = lines.any(|line| is_in_list(tag, line.as_bytes(), Comparison::Weak));
    if is_known { Condition::NotModified } else { Condition::Proceed }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Weak,
    Strong,
}

/// Reads `*` or a list of tags. It stops at the first malformed tag, and nothing matches.
fn is_in_list(tag: &[u8], mut list: &[u8], comparison: Comparison) -> bool {
    // Browsers send the one tag that they have. It is not `*`, because tags begin with a quote.
    if list == tag {
        return true;
    }
    loop {
        list = list.trim_ascii();
        match list {
            [] => return false,
            b"*" => return true,
            [b',', rest @ ..] => list = rest,
            _ => {
                let (opaque, is_weak) = match list.strip_prefix(b"W/") {
                    Some(opaque) => (opaque, true),
                    None => (list, false),
                };
                let inside = opaque.strip_prefix(b"\"").unwrap_or_default();
                let Some(length) = inside.iter().position(|&byte| byte == b'"') else {
                    return false;
                };
                let (candidate, behind) = opaque.split_at(length + 2);
                if candidate == tag && !(is_weak && comparison == Comparison::Strong) {
                    return true;
                }
                list = behind;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_the_hash_and_the_encoding() {
        let hash = TileHash::of(b"a tile");
        for (encoding, ending) in [(Encoding::Gzip, "gz"), (Encoding::Identity, "id")] {
            let header = ETag::new(hash, encoding).header();
            assert_eq!(header, format!("\"{hash}-{ending}\""));
        }
    }

    #[test]
    fn if_none_match_recognises_the_etag_in_every_form() {
        let hash = TileHash::of(b"a tile");
        let tag = ETag::new(hash, Encoding::Gzip);
        for (lines, is_known) in [
            (vec![], false),
            (vec![format!("\"{hash}-gz\"")], true),
            (vec![format!("W/\"{hash}-gz\"")], true),
            (vec![format!("\"other\", \"{hash}-gz\"")], true),
            (vec![format!("\"a,b\" ,, W/\"{hash}-gz\" , \"c\"")], true),
            (vec!["\"other\"".to_owned(), format!("\"{hash}-gz\"")], true),
            (vec!["*".to_owned()], true),
            (vec![" * ".to_owned()], true),
            (vec![format!("\"{hash}-id\"")], false),
            (vec![format!("{hash}-gz")], false),
            (vec![format!("w/\"{hash}-gz\"")], false),
            (vec![format!("\"{hash}-gz")], false),
            (vec!["\"other\", \"".to_owned()], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(IF_NONE_MATCH, line.parse().unwrap());
            }
            let found = tag.condition(&headers) == Condition::NotModified;
            assert_eq!(found, is_known, "{lines:?}");
        }
    }

    #[test]
    fn if_match_compares_strongly_and_if_none_match_weakly() {
        let tag = b"\"here\"";
        for (if_match, if_none_match, found) in [
            (None, None, Condition::Proceed),
            (Some("\"here\""), None, Condition::Proceed),
            (Some("*"), None, Condition::Proceed),
            (Some("\"there\", \"here\""), None, Condition::Proceed),
            (Some("\"there\""), None, Condition::PreconditionFailed),
            (Some("W/\"here\""), None, Condition::PreconditionFailed),
            (Some("here"), None, Condition::PreconditionFailed),
            (Some(""), None, Condition::PreconditionFailed),
            (Some("\"there\""), Some("\"here\""), Condition::PreconditionFailed),
            (Some("\"here\""), Some("W/\"here\""), Condition::NotModified),
            (None, Some("\"there\""), Condition::Proceed),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(if_match.map(|tag| (IF_MATCH, HeaderValue::from_static(tag))));
            headers.extend(if_none_match.map(|tag| (IF_NONE_MATCH, HeaderValue::from_static(tag))));
            assert_eq!(condition(&headers, tag), found, "{if_match:?} {if_none_match:?}");
        }
    }
}
