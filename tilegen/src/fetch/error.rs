//! Why a source did not deliver, and whether asking again may help.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::config::fetch::SecretError;
use crate::fetch::part::PartError;

/// Why a source did not deliver.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The URL or password cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The URL is not that of a source of this kind. It is not shown, because it may contain a password.
    #[error("the URL of the source is not valid; write it as {example}")]
    Url {
        /// A valid URL.
        example: &'static str,
    },
    /// The certificates of this machine cannot be used.
    #[error("could not prepare TLS")]
    Tls(#[source] rustls::Error),
    /// The runtime could not be started.
    #[error("could not start the async runtime")]
    Runtime(#[source] std::io::Error),
    /// A time limit passed.
    #[error("{awaited} did not arrive within {seconds} s; see the timeouts under [fetch]")]
    TimedOut {
        /// The part of the response that did not arrive.
        awaited: &'static str,
        /// The limit.
        seconds: f64,
    },
    /// PostgreSQL reported an error, or the connection ended.
    #[error("PostgreSQL did not complete the query")]
    Postgres(#[from] tokio_postgres::Error),
    /// HTTP failed: the connection broke, or the response was cut.
    #[error("the request failed")]
    Http(#[source] reqwest::Error),
    /// The server refused.
    #[error("the server answered with the status {status}: {message}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Code of a ClickHouse exception.
        code: Option<u16>,
        /// The beginning of the response.
        message: String,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// Metabase refused the user or the password.
    #[error("Metabase refused the login with the status {status}: {message}")]
    Login {
        /// HTTP status.
        status: u16,
        /// The beginning of the response.
        message: String,
    },
    /// The response ended too early, or the data changed meanwhile.
    #[error("the response is not complete: {what}")]
    Incomplete {
        /// What is missing.
        what: String,
    },
    /// An export has as many rows as it can have.
    #[error(
        "{} {rows} rows or more, the maximum of one export",
        if *hourly { "one hour has" } else { "the question has" }
    )]
    Capped {
        /// Rows of an export.
        rows: u64,
        /// Whether a span of time was asked.
        hourly: bool,
    },
    /// An export has values or columns that do not fit the configuration.
    #[error("the export cannot be used: {what}")]
    Export {
        /// What is wrong, with the row.
        what: String,
    },
    /// A column has a type or a value that cannot be stored.
    #[error("column {column}: {what}")]
    Column {
        /// Name of the column.
        column: String,
        /// What is wrong, and how to fix it.
        what: String,
    },
    /// The query returned something else than rows of a table.
    #[error("the query {what}")]
    Query {
        /// What is wrong.
        what: &'static str,
    },
    /// The rows could not be stored.
    #[error("could not store the rows")]
    Part(#[from] PartError),
}

impl QueryError {
    /// How long the server wants to be left alone.
    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::Incomplete { .. } => true,
            Self::Http(error) => !error.is_builder(),
            Self::Status { status, code, .. } => match code {
                Some(code) => TRANSIENT_EXCEPTIONS.contains(code),
                // 401: a key that was replaced in its file is read again.
                None => matches!(status, 401 | 408 | 429 | 500..),
            },
            Self::Postgres(error) => error.code().map_or(!is_refused(error), is_transient_state),
            Self::Secret(_)
            | Self::Url { .. }
            | Self::Tls(_)
            | Self::Runtime(_)
            | Self::Login { .. }
            | Self::Capped { .. }
            | Self::Export { .. }
            | Self::Column { .. }
            | Self::Query { .. }
            | Self::Part(_) => false,
        }
    }
}

/// Codes of ClickHouse exceptions of a server that is overloaded or restarts: timeouts, too many queries, broken
/// connections, memory, a lost coordinator (`ErrorCodes.cpp`).
const TRANSIENT_EXCEPTIONS: [u16; 9] = [159, 160, 202, 209, 210, 236, 241, 279, 999];

/// Whether the client itself refused to go on: a wrong configuration or password, or a value of another type.
/// Everything else without a code is a broken connection.
fn is_refused(error: &tokio_postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return false;
        }
        cause = error.source();
    }
    !error.is_closed()
}

/// States of a server that is overloaded or restarts, and of a replica that cancels a query because it applies
/// changes (appendix A of the PostgreSQL manual).
fn is_transient_state(state: &SqlState) -> bool {
    let code = state.code();
    code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") || {
        [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED].contains(&state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_states_that_pass_are_asked_again() {
        for (code, is_transient) in [
            ("40001", true),
            ("40P01", true),
            ("08006", true),
            ("53300", true),
            ("57P01", true),
            ("57014", false),
            ("28P01", false),
            ("42703", false),
        ] {
            assert_eq!(is_transient_state(&SqlState::from_code(code)), is_transient, "{code}");
        }
    }
}
