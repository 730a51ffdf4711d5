//! The section `[fetch]`: where the inputs come from, and how patiently a source is asked.
//!
//! `file` is what was written, and `secret` is where URLs, keys and passwords are.

mod file;
mod secret;

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

pub(super) use file::FetchFile;
pub use secret::{Secret, SecretError};

/// How `tilegen fetch` asks its sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchConfig {
    /// The limits of one request.
    pub limits: FetchLimits,
    /// Days that are fetched at the same time.
    pub parallel_days: u8,
    /// The source of orders, if one is configured.
    pub orders: Option<SourceConfig>,
    /// The sources of vendors.
    pub vendors: Vec<VendorSource>,
    /// The files of grades, if they are copied from somewhere.
    pub grades: Option<FileSource>,
    /// The files of targets.
    pub targets: Option<FileSource>,
    /// The files of areas.
    pub areas: Option<FileSource>,
}

/// A source of the vendors of one platform.
#[derive(Clone, Debug, PartialEq)]
pub struct VendorSource {
    /// Its name in reports and metrics.
    pub name: String,
    /// The platform of its vendors.
    pub platform: &'static str,
    /// The age at which its rows are too old.
    pub max_age: Duration,
    /// Where its rows come from.
    pub origin: VendorOrigin,
}

/// Where vendors come from.
#[derive(Clone, Debug, PartialEq)]
pub enum VendorOrigin {
    /// A system that is asked for all vendors.
    System(SourceConfig),
    /// A Parquet, CSV or JSON Lines file.
    File(Address),
}

/// Files that are copied if they have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSource {
    /// The store that has them.
    pub from: Address,
    /// Objects or folders in the store.
    pub keys: Vec<String>,
}

/// The URL of a store or an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A URL without a secret.
    Plain(String),
    /// A URL with a user and a password.
    Secret(Secret),
}

impl Address {
    /// The URL.
    pub fn read(&self) -> Result<String, SecretError> {
        match self {
            Self::Plain(url) => Ok(url.clone()),
            Self::Secret(secret) => secret.read(),
        }
    }
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
    /// How Metabase knows the client.
    pub access: Access,
    /// Number of the question of the rows.
    pub question: u64,
    /// Number of the question of their number, if there is one.
    pub count_question: Option<u64>,
    /// Most rows of one export.
    pub row_cap: u64,
    /// The columns to read with their types, sorted by name.
    pub columns: Vec<(String, ValueType)>,
}

/// How Metabase knows the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// By an API key.
    Key(Secret),
    /// By a session that a user opens with a password.
    Login {
        /// The name of the user.
        user: Secret,
        /// The password.
        password: Secret,
    },
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

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};

    use super::file::METABASE_ROW_CAP;
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
    fn vendors_have_several_sources_with_a_platform_and_an_age_each() {
        let text = "[[fetch.vendors]]\nplatform = 'tapsifood'\nmax_age = '2h'\n\
            source = 'postgresql'\nurl_env = 'V'\nquery = 'SELECT * FROM vendors'\n\
            [[fetch.vendors]]\nname = 'rival'\nplatform = 'snappfood'\nurl = 'https://a.b/v.csv'\n\
            [fetch.grades]\nurl = 's3://bucket/inputs'\nkeys = ['grades.csv']";
        let config = fetch(text).unwrap();
        let [own, rival] = &config.vendors[..] else { panic!("{:?}", config.vendors) };
        assert_eq!(
            (&*own.name, own.platform, own.max_age.as_secs()),
            ("tapsifood", "tapsifood", 7200)
        );
        assert!(matches!(own.origin, VendorOrigin::System(_)));
        let file = VendorOrigin::File(Address::Plain("https://a.b/v.csv".into()));
        assert_eq!((&*rival.name, rival.platform, &rival.origin), ("rival", "snappfood", &file));
        assert_eq!(config.grades.unwrap().keys, ["grades.csv"]);
    }

    #[test]
    fn every_error_of_the_sources_of_vendors_is_reported() {
        let text = "[[fetch.vendors]]\nplatform = 'other'\nurl = 'a'\nurl_env = 'B'\n\
            [[fetch.vendors]]\nplatform = 'tapsifood'\nurl = 'a'\nmax_age = 'old'\n\
            [[fetch.vendors]]\nplatform = 'tapsifood'\nname = 'A B'\nurl = 'a'\n\
            [[fetch.vendors]]\nplatform = 'snappfood'\nurl = 'a'\n\
            [[fetch.vendors]]\nplatform = 'snappfood'\nurl = 'b'\n\
            [fetch.areas]\nurl = 'c'\n[fetch.orders]\nsource = 'postgresql'\nurl_env = 'A'\n\
            max_age = '1d'\nquery = '{day}'";
        let errors = fetch(text).unwrap_err();
        for part in [
            "fetch.vendors[0].platform is `other`",
            "fetch.vendors[0] must have exactly one of url",
            "fetch.vendors[1].max_age",
            "fetch.vendors[2].name is `A B`",
            "fetch.vendors[4] is another source named `snappfood`",
            "fetch.areas.keys is empty",
            "fetch.orders has name, platform or max_age",
        ] {
            assert!(errors.iter().any(|error| error.contains(part)), "{part}: {errors:#?}");
        }
    }

    #[test]
    fn metabase_may_have_a_user_and_a_password_instead_of_a_key() {
        let text = "[fetch.orders]\nsource = 'metabase'\nurl_env = 'URL'\nuser_env = 'U'\n\
            password_file = 'p'\nquestion = 7\n[fetch.orders.columns]\norder_id = 'integer'";
        let source = fetch(text).unwrap().orders.unwrap();
        let SourceRequest::Metabase(question) = source.request else { panic!("not metabase") };
        let user = Secret::Variable("U".into());
        assert_eq!(question.access, Access::Login { user, password: Secret::File("p".into()) });
    }
}
