//! HTTP: one client for the sources that speak it, and what a response must be before its body is read.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};

use crate::config::fetch::FetchLimits;
use crate::fetch::error::QueryError;
use crate::fetch::source::deadline::Deadline;
use crate::store::GENERATOR;

/// Most bytes of an error response that a message shows.
const SHOWN_BYTES: usize = 400;

/// Longest `Retry-After` that is kept.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// A client that follows no redirect: a login page is not data.
pub(super) fn client(limits: FetchLimits) -> Result<Client, QueryError> {
    let client = Client::builder()
        .connect_timeout(limits.connect)
        .redirect(Policy::none())
        .user_agent(GENERATOR)
        .build();
    client.map_err(http_error)
}

/// Sends a request. Returns a response with the status 200 and without a body yet.
pub(super) async fn send(
    request: RequestBuilder,
    deadline: &Deadline,
) -> Result<Response, QueryError> {
    let response = deadline.first_byte(request.send()).await?.map_err(http_error)?;
    if response.status().as_u16() == 200 {
        return Ok(response);
    }
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok());
    let retry_after = retry_after.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    let code = response.headers().get("x-clickhouse-exception-code");
    let code = code.and_then(|code| code.to_str().ok()?.parse().ok());
    let message = match header(LOCATION) {
        Some(target) => format!("it redirects to {target}"),
        None => text(response, deadline).await?,
    };
    Err(QueryError::Status { status, code, message, retry_after })
}

/// The next part of a body, or `None` at its end. A body that is cut is an error.
pub(super) async fn next_chunk(
    response: &mut Response,
    deadline: &Deadline,
) -> Result<Option<Bytes>, QueryError> {
    deadline.next_part(response.chunk()).await?.map_err(http_error)
}

/// A whole body, which is short.
pub(super) async fn read_all(
    mut response: Response,
    deadline: &Deadline,
) -> Result<Vec<u8>, QueryError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(&mut response, deadline).await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The beginning of a body, as text.
async fn text(mut response: Response, deadline: &Deadline) -> Result<String, QueryError> {
    let mut bytes = Vec::new();
    while bytes.len() < SHOWN_BYTES {
        match next_chunk(&mut response, deadline).await? {
            Some(chunk) => bytes.extend_from_slice(&chunk),
            None => break,
        }
    }
    Ok(shown(&bytes))
}

/// The beginning of an error message of a server, on one line.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_BYTES)]);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The URL is left out: it may contain a password.
pub(super) fn http_error(error: reqwest::Error) -> QueryError {
    QueryError::Http(error.without_url())
}
