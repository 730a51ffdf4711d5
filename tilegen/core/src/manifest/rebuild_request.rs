//! Rebuild requests: objects in the store that request a rebuild of a layer. The server writes them, and
//! the next run of a job that builds the layer fulfils and removes them.

use jiff::Timestamp;

/// Directory of the requests in the store.
pub const REQUEST_FOLDER: &str = "requests";

/// Directory of the requests for a layer.
///
/// ```
/// assert_eq!(tilecore::rebuild_request::request_folder("density"), "requests/density");
/// ```
#[must_use]
pub fn request_folder(layer: &str) -> String {
    format!("{REQUEST_FOLDER}/{layer}")
}

/// Key of a request for a layer: its time in milliseconds, so that keys sort by time, and a unique
/// suffix.
///
/// ```
/// use tilecore::rebuild_request::{asked_at, request_key};
///
/// let time = "2026-11-24T08:00:00.5Z".parse()?;
/// let key = request_key("density", time, "3f2a");
/// assert_eq!(key, "requests/density/1795507200500-3f2a.json");
/// assert_eq!(asked_at(&key), Some(time));
/// assert_eq!(asked_at("requests/density/soon.json"), None);
/// # Ok::<(), jiff::Error>(())
/// ```
#[must_use]
pub fn request_key(layer: &str, asked_at: Timestamp, suffix: &str) -> String {
    format!("{}/{:013}-{suffix}.json", request_folder(layer), asked_at.as_millisecond())
}

/// The time of a request, from its key.
#[must_use]
pub fn asked_at(key: &str) -> Option<Timestamp> {
    let (time, _) = key.rsplit('/').next()?.strip_suffix(".json")?.split_once('-')?;
    Timestamp::from_millisecond(time.parse().ok()?).ok()
}
