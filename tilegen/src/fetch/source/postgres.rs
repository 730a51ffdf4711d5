//! PostgreSQL: the rows of one query, copied in binary form from one snapshot.
//!
//! The binary form ends with a trailer, so a cut response is recognised, and numbers and times are not written as
//! text on the way. `columns` decodes the values.

mod columns;

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::binary_copy::BinaryCopyOutStream;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::fetch::{FetchLimits, Secret};
use crate::fetch::error::QueryError;
use crate::fetch::part::{PartError, PartFile, PartWriter};
use crate::fetch::source::database::{Database, NO_NUMBER};
use crate::fetch::source::deadline::Deadline;
use columns::Columns;

/// Rows of a batch that is passed to the encoder.
const BATCH_ROWS: usize = 16_384;

/// One snapshot for all statements, which also replicas allow.
const BEGIN: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL TIME ZONE 'UTC'";

/// A PostgreSQL database.
pub(super) struct Postgres<'a> {
    pub(super) url: &'a Secret,
    pub(super) limits: FetchLimits,
}

/// A connection with a snapshot, and the time limits of all its statements.
pub(super) struct Session {
    client: Client,
    deadline: Deadline,
}

impl Database for Postgres<'_> {
    type Session = Session;

    async fn begin(&self) -> Result<Session, QueryError> {
        const EXAMPLE: &str = "postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require";
        let deadline = Deadline::start(self.limits);
        let url = self.url.read()?;
        let config = url.parse::<Config>().map_err(|_| QueryError::Url { example: EXAMPLE })?;
        let tls = MakeRustlsConnect::new(tls_config()?);
        let (client, connection) = deadline.connect(config.connect(tls)).await??;
        // It ends when the client is dropped. Its errors also reach the client.
        tokio::spawn(connection);
        deadline.connect(client.batch_execute(BEGIN)).await??;
        Ok(Session { client, deadline })
    }

    async fn rows(
        &self,
        session: &Session,
        query: &str,
        folder: &Path,
    ) -> Result<PartFile, QueryError> {
        copy(&session.client, query, folder, &session.deadline).await
    }

    async fn number(&self, session: &Session, query: &str) -> Result<u64, QueryError> {
        count(&session.client, query, &session.deadline).await
    }

    async fn end(&self, session: Session) -> Result<(), QueryError> {
        let Session { client, deadline } = session;
        Ok(deadline.next_part(client.batch_execute("COMMIT")).await??)
    }
}

async fn copy(
    client: &Client,
    query: &str,
    folder: &Path,
    deadline: &Deadline,
) -> Result<PartFile, QueryError> {
    let statement = deadline.first_byte(client.prepare(query)).await??;
    if !statement.params().is_empty() {
        return Err(QueryError::Query { what: "has parameters such as $1; use {from} and {to}" });
    }
    let types: Vec<_> = statement.columns().iter().map(|column| column.type_().clone()).collect();
    let mut columns = Columns::new(statement.columns())?;
    let copy = format!("COPY ({query}) TO STDOUT (FORMAT binary)");
    let stream = deadline.first_byte(client.copy_out(copy.as_str())).await??;
    let mut rows = pin!(BinaryCopyOutStream::new(stream, &types));
    let writer = PartWriter::create(folder, columns.schema())?;
    let mut first = deadline.first_byte(rows.next()).await?;
    while let Some(row) = first.take() {
        columns.push(&row?)?;
        if columns.rows() == BATCH_ROWS
            && let Err(PartError::Ended) = writer.write(columns.take_batch()?)
        {
            break;
        }
        first = deadline.next_part(rows.next()).await?;
    }
    if columns.rows() > 0 {
        // The error of an encoder that has ended is that of `finish`.
        let _ = writer.write(columns.take_batch()?);
    }
    Ok(writer.finish()?)
}

async fn count(client: &Client, query: &str, deadline: &Deadline) -> Result<u64, QueryError> {
    let row = deadline.first_byte(client.query_one(query, &[])).await??;
    let rows: i64 = if row.len() == 1 { row.try_get(0).map_err(|_| NO_NUMBER)? } else { 0 };
    u64::try_from(rows).ok().filter(|_| row.len() == 1).ok_or(NO_NUMBER)
}

/// TLS with the certificates that the system trusts.
fn tls_config() -> Result<ClientConfig, QueryError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(QueryError::Tls)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
