//! Surrogate keys: names by which caches purge what is made from a part of the map.

use std::collections::BTreeSet;

use http::header::HeaderValue;

/// The surrogate keys of a response: the parts of the map that it is made from.
#[derive(Clone, Debug)]
pub struct SurrogateKeys {
    /// As `Surrogate-Key` and `xkey` have them.
    pub spaced: HeaderValue,
    /// As `Cache-Tag` has them.
    pub listed: HeaderValue,
}

impl SurrogateKeys {
    /// The keys in their order. They are parts of paths, so they make headers.
    #[must_use]
    pub fn new(keys: &[String]) -> Self {
        let joined = |with: &str| {
            let text = HeaderValue::from_str(&keys.join(with));
            text.unwrap_or_else(|_| HeaderValue::from_static(""))
        };
        Self { spaced: joined(" "), listed: joined(",") }
    }

    /// The keys of what is made from all of these.
    #[must_use]
    pub fn of_all<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let keys: BTreeSet<String> = parts
            .filter_map(|part| part.spaced.to_str().ok())
            .flat_map(|keys| keys.split(' '))
            .map(str::to_owned)
            .collect();
        Self::new(&Vec::from_iter(keys))
    }
}
