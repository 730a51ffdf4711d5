//! The section `[fetch]`: where orders come from, and how patiently a source is asked.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::period::Period;

/// How `tilegen fetch` asks its sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchConfig {
    /// The limits of one request.
    pub limits: FetchLimits,
    /// Days that are fetched at the same time.
    pub parallel_days: u8,
    /// The source of orders, if one is configured.
    pub orders: Option<SourceConfig>,
}

/// The limits of one request, and how often it is repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FetchLimits {
    /// Longest time until the connection is open.
    pub connect: Duration,
    /// Longest time from the request to its first byte.
    pub first_byte: Duration,
    /// Longest pause between two parts of a response.
    pub stall: Duration,
    /// Longest time of the whole request.
    pub total: Duration,
    /// Maximum number of retries of a failed request.
    pub retries: u8,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceConfig {
    /// Where its URL is written. It may contain a user and a password.
    pub url: Secret,
    /// The queries that the source is asked to run.
    pub request: SourceRequest,
}

/// The queries for the rows of one day, by kind of source.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceRequest {
    /// PostgreSQL 12 or newer.
    PostgreSql(Sql),
    /// ClickHouse over HTTP.
    ClickHouse(Sql),
    /// Metabase.
    Metabase(Question),
}

/// Queries of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// The query of the rows.
    pub query: String,
    /// The query of their number, if the source counts itself.
    pub count_query: Option<String>,
}

/// Saved questions with the parameters `from` and `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Where the API key is written.
    pub key: Secret,
    /// Number of the question of the rows.
    pub question: u64,
    /// Number of the question of their number, if there is one.
    pub count_question: Option<u64>,
    /// Most rows of one export.
    pub row_cap: u64,
    /// The columns to read with their types, sorted by name.
    pub columns: Vec<(String, ValueType)>,
}

/// The type of a column of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// A whole number of 64 bits, also written as a text.
    Integer,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A time.
    Time,
}

impl SourceRequest {
    /// Whether the source counts rows itself.
    #[must_use]
    pub const fn counts(&self) -> bool {
        match self {
            Self::PostgreSql(sql) | Self::ClickHouse(sql) => sql.count_query.is_some(),
            Self::Metabase(question) => question.count_question.is_some(),
        }
    }
}

impl fmt::Display for SourceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PostgreSql(_) => "postgresql",
            Self::ClickHouse(_) => "clickhouse",
            Self::Metabase(_) => "metabase",
        })
    }
}

/// A kind of source, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SourceKind {
    PostgreSql,
    ClickHouse,
    Metabase,
}

/// Where a secret is written. It is never in the configuration itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// In an environment variable.
    Variable(String),
    /// In a file, without the white space around it.
    File(PathBuf),
}

/// A secret cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is missing or not UTF-8.
    #[error("could not read the environment variable {name}, which the configuration names")]
    Variable {
        /// Its name.
        name: String,
        /// Cause.
        #[source]
        source: std::env::VarError,
    },
    /// The file cannot be read.
    #[error("could not read the file {path}, which the configuration names")]
    File {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// Nothing is written there.
    #[error("{0} is empty")]
    Empty(String),
}

impl Secret {
    /// Reads the secret.
    pub fn read(&self) -> Result<String, SecretError> {
        let text = match self {
            Self::Variable(name) => std::env::var(name)
                .map_err(|source| SecretError::Variable { name: name.clone(), source })?,
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|source| SecretError::File { path: path.clone(), source })?,
        };
        match text.trim() {
            "" => Err(SecretError::Empty(match self {
                Self::Variable(name) => format!("the environment variable {name}"),
                Self::File(path) => format!("the file {}", path.display()),
            })),
            secret => Ok(secret.to_owned()),
        }
    }
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FetchFile {
    connect_timeout: Option<String>,
    first_byte_timeout: Option<String>,
    stall_timeout: Option<String>,
    total_timeout: Option<String>,
    retries: Option<u8>,
    parallel_days: Option<u8>,
    #[serde(default)]
    orders: SourceFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    source: Option<SourceKind>,
    url_env: Option<String>,
    url_file: Option<PathBuf>,
    query: Option<String>,
    count_query: Option<String>,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    question: Option<u64>,
    count_question: Option<u64>,
    row_cap: Option<u64>,
    #[serde(default)]
    columns: BTreeMap<String, ValueType>,
}

impl FetchFile {
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        Self {
            connect_timeout: self.connect_timeout.or(defaults.connect_timeout),
            first_byte_timeout: self.first_byte_timeout.or(defaults.first_byte_timeout),
            stall_timeout: self.stall_timeout.or(defaults.stall_timeout),
            total_timeout: self.total_timeout.or(defaults.total_timeout),
            retries: self.retries.or(defaults.retries),
            parallel_days: self.parallel_days.or(defaults.parallel_days),
            orders: self.orders,
        }
    }

    pub(super) fn validate(self, errors: &mut Vec<String>) -> FetchConfig {
        let mut limit = |key: &str, text: Option<String>| {
            let period = text.unwrap_or_default().parse::<Period>();
            let period = period.map_err(|error| errors.push(format!("fetch.{key}: {error}")));
            let period = period.map_or(Duration::MAX, Period::duration);
            if period.is_zero() {
                errors.push(format!("fetch.{key} is 0; give at least 1s"));
            }
            period
        };
        let limits = FetchLimits {
            connect: limit("connect_timeout", self.connect_timeout),
            first_byte: limit("first_byte_timeout", self.first_byte_timeout),
            stall: limit("stall_timeout", self.stall_timeout),
            total: limit("total_timeout", self.total_timeout),
            retries: self.retries.unwrap_or_default(),
        };
        let parallel_days = self.parallel_days.unwrap_or(1);
        if !(1..=16).contains(&parallel_days) {
            errors.push(format!("fetch.parallel_days is {parallel_days}; it must be 1 to 16"));
        }
        FetchConfig { limits, parallel_days, orders: self.orders.validate("fetch.orders", errors) }
    }
}

impl SourceFile {
    /// The source, or `None` if no kind is written.
    fn validate(mut self, section: &str, errors: &mut Vec<String>) -> Option<SourceConfig> {
        let Some(kind) = self.source else {
            if self.query.is_some() || self.question.is_some() {
                errors.push(format!(
                    "{section} has no source; it must be postgresql, clickhouse or metabase"
                ));
            }
            return None;
        };
        let (name, file) = (self.url_env.take(), self.url_file.take());
        let url = secret(section, "url", name, file, errors);
        let request = match kind {
            SourceKind::PostgreSql => Some(SourceRequest::PostgreSql(self.sql(section, errors))),
            SourceKind::ClickHouse => Some(SourceRequest::ClickHouse(self.sql(section, errors))),
            SourceKind::Metabase => self.question(section, errors).map(SourceRequest::Metabase),
        };
        Some(SourceConfig { url: url?, request: request? })
    }

    fn sql(self, section: &str, errors: &mut Vec<String>) -> Sql {
        if self.question.is_some() || self.count_question.is_some() || !self.columns.is_empty() {
            errors.push(format!("{section} has keys of metabase, and is another source"));
        }
        let query = self.query.unwrap_or_default();
        check_query(&format!("{section}.query"), &query, errors);
        if let Some(query) = &self.count_query {
            check_query(&format!("{section}.count_query"), query, errors);
        }
        Sql { query, count_query: self.count_query }
    }

    fn question(self, section: &str, errors: &mut Vec<String>) -> Option<Question> {
        if self.query.is_some() || self.count_query.is_some() {
            errors.push(format!("{section} has a query; metabase has question and count_question"));
        }
        if self.columns.is_empty() {
            errors.push(format!(
                "{section}.columns is empty; list the columns with their types (integer, number, text, time)"
            ));
        }
        let row_cap = self.row_cap.unwrap_or(METABASE_ROW_CAP);
        if row_cap == 0 {
            errors.push(format!("{section}.row_cap is 0; it must be at least 1"));
        }
        if self.question.is_none() {
            errors.push(format!("{section} has no question; give its number"));
        }
        Some(Question {
            key: secret(section, "key", self.key_env, self.key_file, errors)?,
            question: self.question?,
            count_question: self.count_question,
            row_cap,
            columns: self.columns.into_iter().collect(),
        })
    }
}

/// Most rows that Metabase exports.
const METABASE_ROW_CAP: u64 = 1_048_575;

/// A secret that is in exactly one place.
fn secret(
    section: &str,
    key: &str,
    variable: Option<String>,
    file: Option<PathBuf>,
    errors: &mut Vec<String>,
) -> Option<Secret> {
    match (variable, file) {
        (Some(name), None) => Some(Secret::Variable(name)),
        (None, Some(path)) => Some(Secret::File(path)),
        _ => {
            errors.push(format!("{section} must have either {key}_env or {key}_file"));
            None
        }
    }
}

/// A query must be limited to one day, or every day would have the rows of all.
fn check_query(key: &str, query: &str, errors: &mut Vec<String>) {
    let limits_time = query.contains("{from}") && query.contains("{to}");
    if !(limits_time || query.contains("{day}")) {
        errors.push(format!(
            "{key} must contain {{from}} and {{to}}, or {{day}}, so that it has the rows of one day"
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};

    use super::*;

    const QUERY: &str = "query = 'SELECT 1 WHERE t >= {from} AND t < {to}'";

    fn fetch(text: &str) -> Result<FetchConfig, Vec<String>> {
        match Config::parse("test", text) {
            Ok(config) => Ok(config.fetch),
            Err(ConfigError::Invalid { errors, .. }) => Err(errors),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn without_a_source_only_the_limits_are_set() {
        let config = fetch("[fetch]\nstall_timeout = '5s'").unwrap();
        assert_eq!(config.orders, None);
        assert_eq!(config.limits.stall, Duration::from_secs(5));
        assert_eq!(config.limits.connect, Duration::from_secs(10));
    }

    #[test]
    fn a_source_has_a_kind_a_url_and_a_query() {
        for kind in ["postgresql", "clickhouse"] {
            let text = format!("[fetch.orders]\nsource = '{kind}'\nurl_env = 'ORDERS'\n{QUERY}");
            let source = fetch(&text).unwrap().orders.unwrap();
            assert_eq!(source.request.to_string(), kind);
            assert_eq!(source.url, Secret::Variable("ORDERS".into()));
            assert!(!source.request.counts());
        }
    }

    #[test]
    fn metabase_has_questions_a_key_and_types() {
        let text = "[fetch.orders]\nsource = 'metabase'\nurl_env = 'URL'\nkey_file = 'key'\n\
            question = 7\ncount_question = 8\n[fetch.orders.columns]\norder_id = 'integer'";
        let source = fetch(text).unwrap().orders.unwrap();
        let SourceRequest::Metabase(question) = &source.request else { panic!("not metabase") };
        assert_eq!((question.question, question.row_cap), (7, METABASE_ROW_CAP));
        assert_eq!(question.columns, [("order_id".to_owned(), ValueType::Integer)]);
        assert!(source.request.counts());
    }

    #[test]
    fn every_error_of_a_source_is_reported() {
        let text = "[fetch]\nparallel_days = 0\ntotal_timeout = '0s'\n[fetch.orders]\n\
            source = 'postgresql'\nurl_env = 'A'\nurl_file = 'b'\nquery = 'SELECT 1'\ncount_query = '{from}'";
        let errors = fetch(text).unwrap_err();
        for part in [
            "fetch.total_timeout is 0",
            "fetch.parallel_days is 0",
            "either url_env or url_file",
            "fetch.orders.query must contain",
            "fetch.orders.count_query must contain",
        ] {
            assert!(errors.iter().any(|error| error.contains(part)), "{part}: {errors:#?}");
        }
        let errors = fetch(&format!("[fetch.orders]\n{QUERY}")).unwrap_err();
        assert!(errors[0].starts_with("fetch.orders has no source"), "{errors:?}");
        let errors = fetch("[fetch.orders]\nsource = 'metabase'\nurl_env = 'U'").unwrap_err();
        for part in ["columns is empty", "no question", "either key_env or key_file"] {
            assert!(errors.iter().any(|error| error.contains(part)), "{part}: {errors:#?}");
        }
    }

    #[test]
    fn a_secret_is_read_from_a_file_without_white_space() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("url");
        std::fs::write(&path, "postgresql://reader@db/orders\n").unwrap();
        let secret = Secret::File(path.clone());
        assert_eq!(secret.read().unwrap(), "postgresql://reader@db/orders");
        std::fs::write(&path, " \n").unwrap();
        assert!(secret.read().unwrap_err().to_string().ends_with("is empty"));
        let missing = Secret::Variable("FOODMAP_NO_SUCH_VARIABLE".into());
        assert!(missing.read().unwrap_err().to_string().contains("FOODMAP_NO_SUCH_VARIABLE"));
    }
}
