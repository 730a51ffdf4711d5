//! Error messages with their causes.

use std::error::Error;

/// An error and its causes in one line. A cause whose message is already part of the line is left out.
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
    let mut messages = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        if !messages.iter().any(|known| known.contains(&message)) {
            messages.push(message);
        }
        source = cause.source();
    }
    messages.join(": ")
}
