//! Metabase: one saved question, exported as JSON for each day.
//!
//! JSON ends with a bracket, so an export that was cut is recognised. `export` reads it row by row. A day with as
//! many rows as an export can have is asked again hour by hour.

mod export;

use std::cell::OnceCell;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::{RequestBuilder, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::config::fetch::{Access, FetchLimits, Question, Secret};
use crate::fetch::error::QueryError;
use crate::fetch::part::PartFile;
use crate::fetch::source::database::NO_NUMBER;
use crate::fetch::source::deadline::Deadline;
use crate::fetch::source::http::{client, next_chunk, read_all, send};
use crate::fetch::window::DayWindow;
use export::Export;

/// A Metabase server and a question on it.
pub(super) struct Metabase<'a> {
    pub(super) url: &'a Secret,
    pub(super) question: &'a Question,
    pub(super) limits: FetchLimits,
    /// The zone of times that are written without one.
    pub(super) zoneless: TimeZone,
    /// The session of a user who logged in, once it is needed.
    pub(super) session: OnceCell<String>,
}

/// Instants from the first to the second, which is not included. `None` for a question without parameters.
type Span = Option<(Timestamp, Timestamp)>;

/// A session that Metabase has opened.
#[derive(Deserialize)]
struct OpenedSession {
    id: String,
}

impl Metabase<'_> {
    /// Exports the rows of a day, or all rows, into a file. If there is a question for their number, it must be the
    /// same before and after.
    pub(super) async fn fetch(
        &self,
        window: Option<&DayWindow>,
        folder: &Path,
    ) -> Result<(PartFile, Option<u64>), QueryError> {
        let before = self.count(window).await?;
        let cap = self.question.row_cap;
        let hours: Vec<Span> =
            window.map(DayWindow::hours).into_iter().flatten().map(Some).collect();
        let part = if before.is_some_and(|rows| rows >= cap) && !hours.is_empty() {
            self.export(&hours, None, folder).await?
        } else {
            match self.export(&[span(window)], None, folder).await {
                Err(QueryError::Capped { .. }) if !hours.is_empty() => {
                    self.export(&hours, None, folder).await?
                }
                part => part?,
            }
        };
        let after = self.count(window).await?;
        if before == after {
            return Ok((part, after));
        }
        Err(QueryError::Incomplete { what: "the number of rows changed meanwhile".to_owned() })
    }

    /// The first rows of a day, or of all, in a file.
    pub(super) async fn sample(
        &self,
        window: Option<&DayWindow>,
        most_rows: u64,
        folder: &Path,
    ) -> Result<PartFile, QueryError> {
        self.export(&[span(window)], Some(most_rows), folder).await
    }

    /// The number of rows of a day, or of all, if there is a question for it.
    pub(super) async fn count(
        &self,
        window: Option<&DayWindow>,
    ) -> Result<Option<u64>, QueryError> {
        let Some(question) = self.question.count_question else { return Ok(None) };
        let deadline = Deadline::start(self.limits);
        let response = self.ask(question, span(window), &deadline).await?;
        let bytes = read_all(response, &deadline).await?;
        let cut = |_| QueryError::Incomplete { what: "the count is not valid JSON".to_owned() };
        let rows: Vec<serde_json::Map<String, Value>> =
            serde_json::from_slice(&bytes).map_err(cut)?;
        let [row] = &rows[..] else { return Err(NO_NUMBER) };
        let mut values = row.values();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(NO_NUMBER) };
        let text = value.as_str().and_then(|text| text.parse().ok());
        value.as_u64().or(text).map(Some).ok_or(NO_NUMBER)
    }

    async fn export(
        &self,
        spans: &[Span],
        most_rows: Option<u64>,
        folder: &Path,
    ) -> Result<PartFile, QueryError> {
        let mut export = Export::create(&self.question.columns, &self.zoneless, most_rows, folder)?;
        for &span in spans {
            let deadline = Deadline::start(self.limits);
            let response = self.ask(self.question.question, span, &deadline).await?;
            let rows_before = export.rows();
            export = read(export, response, &deadline).await?;
            if export.rows() - rows_before >= self.question.row_cap {
                let hourly = span.is_some();
                return Err(QueryError::Capped { rows: self.question.row_cap, hourly });
            }
        }
        export.finish()
    }

    async fn ask(
        &self,
        question: u64,
        span: Span,
        deadline: &Deadline,
    ) -> Result<Response, QueryError> {
        let parameter = |name: &str, at: Timestamp| {
            json!({ "type": "category", "target": ["variable", ["template-tag", name]],
                    "value": at.to_string() })
        };
        let parameters: Vec<_> = span
            .into_iter()
            .flat_map(|(from, to)| [parameter("from", from), parameter("to", to)])
            .collect();
        let body =
            json!({ "parameters": parameters, "format_rows": false, "pivot_results": false });
        let request = self.post(&format!("/api/card/{question}/query/json"), &body)?;
        let request = match &self.question.access {
            Access::Key(key) => request.header("x-api-key", key.read()?),
            Access::Login { user, password } => {
                request.header("x-metabase-session", self.log_in(user, password, deadline).await?)
            }
        };
        send(request, deadline).await
    }

    /// The session of a user. A repeated fetch logs in again, so that a session that has ended is replaced.
    async fn log_in(
        &self,
        user: &Secret,
        password: &Secret,
        deadline: &Deadline,
    ) -> Result<&str, QueryError> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let body = json!({ "username": user.read()?, "password": password.read()? });
        let response = match send(self.post("/api/session", &body)?, deadline).await {
            // Every further attempt with a wrong password brings the user closer to being locked out.
            Err(QueryError::Status { status: status @ 400..=403, message, .. }) => {
                return Err(QueryError::Login { status, message });
            }
            response => response?,
        };
        let bytes = read_all(response, deadline).await?;
        let cut = |_| QueryError::Incomplete { what: "the session is not valid JSON".to_owned() };
        let opened: OpenedSession = serde_json::from_slice(&bytes).map_err(cut)?;
        Ok(self.session.get_or_init(|| opened.id))
    }

    fn post(&self, path: &str, body: &Value) -> Result<RequestBuilder, QueryError> {
        const EXAMPLE: &str = "https://metabase.example/";
        let invalid = |_| QueryError::Url { example: EXAMPLE };
        let mut url = Url::parse(&self.url.read()?).map_err(invalid)?;
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let request = client(self.limits)?.post(url);
        Ok(request.header("content-type", "application/json").body(body.to_string()))
    }
}

fn span(window: Option<&DayWindow>) -> Span {
    window.map(|window| (window.from, window.to))
}

/// Passes a body to the thread that reads it.
async fn read(
    export: Export,
    mut response: Response,
    deadline: &Deadline,
) -> Result<Export, QueryError> {
    let (sender, reader) = export.start();
    let sent: Result<(), QueryError> = async {
        while let Some(chunk) = next_chunk(&mut response, deadline).await? {
            // A reader that has ended has found an error.
            if sender.send(chunk).is_err() {
                break;
            }
        }
        Ok(())
    }
    .await;
    drop(sender);
    let read = reader.join().map_err(|_| QueryError::Query { what: "could not be read" })?;
    sent.and(read)
}
