//! Entity tags: the name of one representation's bytes, and the client's list of those it has.

use http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};
use tilecore::TileHash;

use crate::encoding::Encoding;

/// A strong entity tag: the hash of the stored bytes and the coding in which they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag([u8; ETag::LEN]);

impl ETag {
    /// Two quotes, 32 hex digits, three letters.
    const LEN: usize = 37;

    /// The tag of bytes with this hash, sent in this coding.
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

    /// Whether `If-None-Match` names this tag (RFC 9110, section 13.1.2). The comparison is weak
    /// (section 8.8.3.2): a cache that weakened our tag to `W/"…"` still has the same bytes.
    #[must_use]
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        headers.get_all(IF_NONE_MATCH).iter().any(|line| is_in_list(&self.0, line.as_bytes()))
    }
}

/// Walks `*` or a list of tags; at the first thing that is none it stops, and nothing matches.
fn is_in_list(tag: &[u8], mut list: &[u8]) -> bool {
    loop {
        list = list.trim_ascii();
        match list {
            [] => return false,
            b"*" => return true,
            [b',', rest @ ..] => list = rest,
            _ => {
                let opaque = list.strip_prefix(b"W/").unwrap_or(list);
                let inside = opaque.strip_prefix(b"\"").unwrap_or_default();
                let Some(length) = inside.iter().position(|&byte| byte == b'"') else {
                    return false;
                };
                let (candidate, behind) = opaque.split_at(length + 2);
                if candidate == tag {
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
    fn a_tag_is_the_hash_and_the_coding() {
        let hash = TileHash::of(b"a tile");
        for (encoding, ending) in [(Encoding::Gzip, "gz"), (Encoding::Identity, "id")] {
            let header = ETag::new(hash, encoding).header();
            assert_eq!(header, format!("\"{hash}-{ending}\""));
        }
    }

    #[test]
    fn a_client_that_has_the_bytes_is_recognised() {
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
            assert_eq!(tag.is_known(&headers), is_known, "{lines:?}");
        }
    }
}
