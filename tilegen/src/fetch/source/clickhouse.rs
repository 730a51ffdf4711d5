//! ClickHouse over HTTP: the server writes Parquet, which is streamed to disk.
//!
//! A server that fails after it has sent the status 200 breaks the body, or ends it with a message. Such a file has
//! no footer, so it is never taken for a short result.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use reqwest::Response;
use tempfile::NamedTempFile;
use url::Url;

use crate::config::fetch::{FetchLimits, Secret};
use crate::fetch::error::QueryError;
use crate::fetch::part::{PartError, PartFile};
use crate::fetch::source::database::{Database, NO_NUMBER};
use crate::fetch::source::deadline::Deadline;
use crate::fetch::source::http::{client, next_chunk, read_all, send, shown};

/// Settings of the query. Times are in UTC, and the file has the form that builds read fastest.
const SETTINGS: [(&str, &str); 6] = [
    ("session_timezone", "UTC"),
    ("output_format_parquet_compression_method", "zstd"),
    ("output_format_parquet_row_group_size", "131072"),
    ("output_format_parquet_string_as_string", "1"),
    ("http_write_exception_in_output_format", "0"),
    ("enable_http_compression", "0"),
];

/// The bytes with which every Parquet file begins and ends.
const MAGIC: &[u8] = b"PAR1";

/// Bytes at the end of a broken file in which the server's message is looked for.
const TAIL_BYTES: u64 = 16_384;

/// A ClickHouse server.
pub(super) struct ClickHouse<'a> {
    pub(super) url: &'a Secret,
    pub(super) limits: FetchLimits,
}

impl Database for ClickHouse<'_> {
    /// Every query is a request of its own.
    type Session = ();

    async fn begin(&self) -> Result<(), QueryError> {
        Ok(())
    }

    async fn rows(&self, (): &(), query: &str, folder: &Path) -> Result<PartFile, QueryError> {
        let deadline = Deadline::start(self.limits);
        let response = self.ask(&format!("{query} FORMAT Parquet"), &deadline).await?;
        download(response, folder, &deadline).await
    }

    async fn number(&self, (): &(), query: &str) -> Result<u64, QueryError> {
        let deadline = Deadline::start(self.limits);
        let query = format!("{query} FORMAT TabSeparated");
        let bytes = read_all(self.ask(&query, &deadline).await?, &deadline).await?;
        let number = std::str::from_utf8(&bytes).ok().and_then(|text| text.trim().parse().ok());
        number.ok_or(NO_NUMBER)
    }

    async fn end(&self, (): ()) -> Result<(), QueryError> {
        Ok(())
    }
}

impl ClickHouse<'_> {
    async fn ask(&self, query: &str, deadline: &Deadline) -> Result<Response, QueryError> {
        const EXAMPLE: &str = "https://USER:PASSWORD@HOST:8443/?database=DATABASE";
        let mut url =
            Url::parse(&self.url.read()?).map_err(|_| QueryError::Url { example: EXAMPLE })?;
        url.query_pairs_mut().extend_pairs(SETTINGS);
        let request = client(self.limits)?.post(url).body(query.to_owned());
        let response = send(request, deadline).await?;
        let code = response.headers().get("x-clickhouse-exception-code");
        let code = code.and_then(|code| code.to_str().ok()?.parse().ok());
        if code.is_some() {
            let message = "the server reports an exception".to_owned();
            return Err(QueryError::Status { status: 200, code, message, retry_after: None });
        }
        Ok(response)
    }
}

async fn download(
    mut response: Response,
    folder: &Path,
    deadline: &Deadline,
) -> Result<PartFile, QueryError> {
    let mut file = NamedTempFile::new_in(folder).map_err(PartError::Io)?;
    while let Some(chunk) = next_chunk(&mut response, deadline).await? {
        file.write_all(&chunk).map_err(PartError::Io)?;
    }
    file.flush().map_err(PartError::Io)?;
    let tail = tail(&mut file).map_err(PartError::Io)?;
    if let Some(message) = exception(&tail) {
        return Err(QueryError::Incomplete { what: message });
    }
    if !tail.ends_with(MAGIC) {
        return Err(QueryError::Incomplete { what: "the Parquet file has no footer".to_owned() });
    }
    Ok(PartFile::open(file)?)
}

fn tail(file: &mut NamedTempFile) -> std::io::Result<Vec<u8>> {
    let (file, mut tail) = (file.as_file_mut(), Vec::new());
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL_BYTES)))?;
    file.read_to_end(&mut tail)?;
    Ok(tail)
}

/// The message that a server appends to a body that it cannot complete.
fn exception(tail: &[u8]) -> Option<String> {
    if tail.ends_with(MAGIC) {
        return None;
    }
    let starts = [&b"__exception__"[..], b"Code: "];
    let find = |start: &[u8]| tail.windows(start.len()).rposition(|window| window == start);
    let at = starts.into_iter().find_map(find)?;
    Some(format!("the server stopped with `{}`", shown(&tail[at..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_after_a_broken_body_is_found() {
        let broken = b"PAR1\x00\x01__exception__\r\nCode: 241. DB::Exception: Memory limit";
        let message = exception(broken).unwrap();
        assert!(message.contains("Memory limit"), "{message}");
        assert_eq!(exception(b"PAR1 Code: 241 in a text PAR1"), None);
        assert_eq!(exception(b"PAR1\x00\x01"), None);
    }
}
