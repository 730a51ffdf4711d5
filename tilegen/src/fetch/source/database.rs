//! A system that is asked in SQL: the rows of a query, and then their number.

use std::path::Path;

use crate::fetch::error::QueryError;
use crate::fetch::part::PartFile;
use crate::fetch::window::Queries;

/// Why a query of a number is wrong.
pub(super) const NO_NUMBER: QueryError =
    QueryError::Query { what: "does not return one whole number" };

/// A system that is asked in SQL.
pub(super) trait Database {
    /// What the queries of one fetch share, such as a connection with a snapshot.
    type Session;

    /// Prepares to ask.
    async fn begin(&self) -> Result<Self::Session, QueryError>;

    /// The rows of a query, in a file in `folder`.
    async fn rows(
        &self,
        session: &Self::Session,
        query: &str,
        folder: &Path,
    ) -> Result<PartFile, QueryError>;

    /// The number that a query returns.
    async fn number(&self, session: &Self::Session, query: &str) -> Result<u64, QueryError>;

    /// Ends what [`Self::begin`] began.
    async fn end(&self, session: Self::Session) -> Result<(), QueryError>;
}

/// Fetches the rows of a query, and counts them if there is a query for it.
pub(super) async fn fetch_and_count(
    database: &impl Database,
    queries: &Queries,
    folder: &Path,
) -> Result<(PartFile, Option<u64>), QueryError> {
    let session = database.begin().await?;
    let part = database.rows(&session, &queries.rows, folder).await?;
    let source_rows = match &queries.count {
        Some(query) => Some(database.number(&session, query).await?),
        None => None,
    };
    database.end(session).await?;
    Ok((part, source_rows))
}

/// The number that a query returns.
pub(super) async fn count(database: &impl Database, query: &str) -> Result<u64, QueryError> {
    let session = database.begin().await?;
    let number = database.number(&session, query).await?;
    database.end(session).await?;
    Ok(number)
}
