//! Metabase: one saved question, exported as JSON for each day.
//!
//! JSON ends with a bracket, so an export that was cut is recognised. `export` reads it row by row. A day with as
//! many rows as an export can have is asked again hour by hour.

mod export;

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Response;
use serde_json::{Value, json};
use url::Url;

use crate::config::fetch::{FetchLimits, Question, Secret};
use crate::fetch::deadline::Deadline;
use crate::fetch::error::QueryError;
use crate::fetch::http::{client, next_chunk, send};
use crate::fetch::part::PartFile;
use crate::fetch::window::DayWindow;
use export::Export;

/// A Metabase server and a question on it.
pub(super) struct Metabase<'a> {
    pub(super) url: &'a Secret,
    pub(super) question: &'a Question,
    pub(super) limits: FetchLimits,
    /// The zone of times that are written without one.
    pub(super) zoneless: TimeZone,
}

/// Instants from the first to the second, which is not included.
type Span = (Timestamp, Timestamp);

impl Metabase<'_> {
    /// Exports the rows of a day into a file. If there is a question for their number, it must be the same before
    /// and after.
    pub(super) async fn fetch(
        &self,
        window: &DayWindow,
        folder: &Path,
    ) -> Result<(PartFile, Option<u64>), QueryError> {
        let before = self.count(window).await?;
        let cap = self.question.row_cap;
        let whole = [(window.from, window.to)];
        let part = if before.is_some_and(|rows| rows >= cap) {
            self.export(&window.hours(), folder).await?
        } else {
            match self.export(&whole, folder).await {
                Err(QueryError::Capped { .. }) => self.export(&window.hours(), folder).await?,
                part => part?,
            }
        };
        let after = self.count(window).await?;
        if before == after {
            return Ok((part, after));
        }
        Err(QueryError::Incomplete { what: "the number of rows changed meanwhile".to_owned() })
    }

    /// The number of rows of a day, if there is a question for it.
    pub(super) async fn count(&self, window: &DayWindow) -> Result<Option<u64>, QueryError> {
        const WRONG: QueryError = QueryError::Query { what: "does not return one whole number" };
        let Some(question) = self.question.count_question else { return Ok(None) };
        let deadline = Deadline::start(self.limits);
        let mut response = self.ask(question, (window.from, window.to), &deadline).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = next_chunk(&mut response, &deadline).await? {
            bytes.extend_from_slice(&chunk);
        }
        let cut = |_| QueryError::Incomplete { what: "the count is not valid JSON".to_owned() };
        let rows: Vec<serde_json::Map<String, Value>> =
            serde_json::from_slice(&bytes).map_err(cut)?;
        let [row] = &rows[..] else { return Err(WRONG) };
        let mut values = row.values();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(WRONG) };
        let text = value.as_str().and_then(|text| text.parse().ok());
        value.as_u64().or(text).map(Some).ok_or(WRONG)
    }

    async fn export(&self, spans: &[Span], folder: &Path) -> Result<PartFile, QueryError> {
        let mut export = Export::create(&self.question.columns, &self.zoneless, folder)?;
        for &span in spans {
            let deadline = Deadline::start(self.limits);
            let response = self.ask(self.question.question, span, &deadline).await?;
            let rows_before = export.rows();
            export = read(export, response, &deadline).await?;
            if export.rows() - rows_before >= self.question.row_cap {
                return Err(QueryError::Capped { rows: self.question.row_cap });
            }
        }
        export.finish()
    }

    async fn ask(
        &self,
        question: u64,
        (from, to): Span,
        deadline: &Deadline,
    ) -> Result<Response, QueryError> {
        const EXAMPLE: &str = "https://metabase.example/";
        let invalid = |_| QueryError::Url { example: EXAMPLE };
        let mut url = Url::parse(&self.url.read()?).map_err(invalid)?;
        let path = format!("{}/api/card/{question}/query/json", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let parameter = |name: &str, at: Timestamp| {
            json!({ "type": "category", "target": ["variable", ["template-tag", name]],
                    "value": at.to_string() })
        };
        let body = json!({ "parameters": [parameter("from", from), parameter("to", to)],
                           "format_rows": false, "pivot_results": false });
        let request = client(self.limits)?
            .post(url)
            .header("x-api-key", self.question.key.read()?)
            .header("content-type", "application/json")
            .body(body.to_string());
        send(request, deadline).await
    }
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
