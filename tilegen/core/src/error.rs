//! Error messages with their causes.

use std::error::Error;

/// An error and its causes, joined by colons. A cause whose message is already part of the text is left
/// out. A line break at the end of a message is removed: parsers of TOML write one.
///
/// ```
/// use std::io;
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("could not read the manifest")]
/// struct ReadError(#[source] io::Error);
///
/// let error = ReadError(io::Error::other("the disk is broken"));
/// assert_eq!(tilecore::error::chain(&error), "could not read the manifest: the disk is broken");
/// ```
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let message = |error: &dyn Error| error.to_string().trim_end().to_owned();
    let mut messages = vec![message(error)];
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_message = message(cause);
        if !messages.iter().any(|known| known.contains(&cause_message)) {
            messages.push(cause_message);
        }
        source = cause.source();
    }
    messages.join(": ")
}
