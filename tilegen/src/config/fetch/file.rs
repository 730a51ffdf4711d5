//! The section `[fetch]` as it is written, and its validation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::secret::secret;
use super::{
    Access, Address, FetchConfig, FetchLimits, FileSource, Question, SourceConfig, SourceRequest,
    Sql, ValueType, VendorOrigin, VendorSource,
};
use crate::config::period::Period;

/// A kind of source, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SourceKind {
    PostgreSql,
    ClickHouse,
    Metabase,
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct FetchFile {
    connect_timeout: Option<String>,
    first_byte_timeout: Option<String>,
    stall_timeout: Option<String>,
    total_timeout: Option<String>,
    retries: Option<u8>,
    parallel_days: Option<u8>,
    #[serde(default)]
    orders: SourceFile,
    #[serde(default)]
    vendors: Vec<SourceFile>,
    grades: Option<FilesFile>,
    targets: Option<FilesFile>,
    areas: Option<FilesFile>,
}

/// Files of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilesFile {
    url: Option<String>,
    url_env: Option<String>,
    url_file: Option<PathBuf>,
    #[serde(default)]
    keys: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    /// The first four are keys of vendors only.
    name: Option<String>,
    platform: Option<String>,
    max_age: Option<String>,
    url: Option<String>,
    source: Option<SourceKind>,
    url_env: Option<String>,
    url_file: Option<PathBuf>,
    query: Option<String>,
    count_query: Option<String>,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    user_env: Option<String>,
    user_file: Option<PathBuf>,
    password_env: Option<String>,
    password_file: Option<PathBuf>,
    question: Option<u64>,
    count_question: Option<u64>,
    row_cap: Option<u64>,
    #[serde(default)]
    columns: BTreeMap<String, ValueType>,
}

impl FetchFile {
    pub(in crate::config) fn with_defaults(self, defaults: Self) -> Self {
        Self {
            connect_timeout: self.connect_timeout.or(defaults.connect_timeout),
            first_byte_timeout: self.first_byte_timeout.or(defaults.first_byte_timeout),
            stall_timeout: self.stall_timeout.or(defaults.stall_timeout),
            total_timeout: self.total_timeout.or(defaults.total_timeout),
            retries: self.retries.or(defaults.retries),
            parallel_days: self.parallel_days.or(defaults.parallel_days),
            orders: self.orders,
            vendors: self.vendors,
            grades: self.grades,
            targets: self.targets,
            areas: self.areas,
        }
    }

    pub(in crate::config) fn validate(self, errors: &mut Vec<String>) -> FetchConfig {
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
        let orders = Rows::OfOneDay;
        let files = |key: &str, files: Option<FilesFile>, errors: &mut Vec<String>| {
            files.and_then(|files| files.validate(&format!("fetch.{key}"), errors))
        };
        FetchConfig {
            limits,
            parallel_days,
            orders: self.orders.validate("fetch.orders", orders, errors),
            vendors: vendors(self.vendors, errors),
            grades: files("grades", self.grades, errors),
            targets: files("targets", self.targets, errors),
            areas: files("areas", self.areas, errors),
        }
    }
}

impl SourceFile {
    /// The source, or `None` if no kind is written.
    fn validate(
        mut self,
        section: &str,
        rows: Rows,
        errors: &mut Vec<String>,
    ) -> Option<SourceConfig> {
        let Some(kind) = self.source else {
            if self.query.is_some() || self.question.is_some() {
                errors.push(format!(
                    "{section} has no source; it must be postgresql, clickhouse or metabase"
                ));
            }
            return None;
        };
        if self.name.is_some() || self.platform.is_some() || self.max_age.is_some() {
            errors
                .push(format!("{section} has name, platform or max_age, which only vendors have"));
        }
        if self.url.is_some() {
            errors.push(format!("{section}.url is for files; a system has url_env or url_file"));
        }
        let (name, file) = (self.url_env.take(), self.url_file.take());
        let url = secret(section, "url", name, file, errors);
        let request = match kind {
            SourceKind::PostgreSql => {
                Some(SourceRequest::PostgreSql(self.sql(section, rows, errors)))
            }
            SourceKind::ClickHouse => {
                Some(SourceRequest::ClickHouse(self.sql(section, rows, errors)))
            }
            SourceKind::Metabase => self.question(section, errors).map(SourceRequest::Metabase),
        };
        Some(SourceConfig { url: url?, request: request? })
    }

    fn sql(self, section: &str, rows: Rows, errors: &mut Vec<String>) -> Sql {
        if self.question.is_some() || self.count_question.is_some() || !self.columns.is_empty() {
            errors.push(format!("{section} has keys of metabase, and is another source"));
        }
        let query = self.query.unwrap_or_default();
        rows.check(&format!("{section}.query"), &query, errors);
        if let Some(query) = &self.count_query {
            rows.check(&format!("{section}.count_query"), query, errors);
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
        let access = if self.user_env.is_some() || self.user_file.is_some() {
            let user = secret(section, "user", self.user_env, self.user_file, errors);
            let password =
                secret(section, "password", self.password_env, self.password_file, errors);
            user.zip(password).map(|(user, password)| Access::Login { user, password })
        } else {
            secret(section, "key", self.key_env, self.key_file, errors).map(Access::Key)
        };
        Some(Question {
            access: access?,
            question: self.question?,
            count_question: self.count_question,
            row_cap,
            columns: self.columns.into_iter().collect(),
        })
    }
}

/// Most rows that Metabase exports.
pub(super) const METABASE_ROW_CAP: u64 = 1_048_575;

/// Which rows a source is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// Those of one day.
    OfOneDay,
    /// All of them.
    All,
}

impl Rows {
    /// A query of one day must be limited to it, or every day would have the rows of all.
    fn check(self, key: &str, query: &str, errors: &mut Vec<String>) {
        let limits_time = query.contains("{from}") && query.contains("{to}");
        if self == Self::OfOneDay && !(limits_time || query.contains("{day}")) {
            errors.push(format!(
                "{key} must contain {{from}} and {{to}}, or {{day}}, so that it has the rows of one day"
            ));
        }
        if self == Self::All && query.trim().is_empty() {
            errors.push(format!("{key} is empty; write the query of all vendors"));
        }
    }
}

/// The platforms of vendors.
const PLATFORMS: [&str; 2] = ["tapsifood", "snappfood"];

fn vendors(written: Vec<SourceFile>, errors: &mut Vec<String>) -> Vec<VendorSource> {
    let mut names = BTreeSet::new();
    let mut sources = Vec::new();
    for (index, file) in written.into_iter().enumerate() {
        let section = format!("fetch.vendors[{index}]");
        let Some(source) = file.vendors(&section, errors) else { continue };
        if names.insert(source.name.clone()) {
            sources.push(source);
        } else {
            let name = source.name;
            errors.push(format!("{section} is another source named `{name}`; give it a name"));
        }
    }
    sources
}

/// A name is part of keys and labels.
fn is_plain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&name.len()) && name.bytes().all(plain)
}

impl SourceFile {
    /// A source of vendors.
    fn vendors(mut self, section: &str, errors: &mut Vec<String>) -> Option<VendorSource> {
        let written = self.platform.take().unwrap_or_default();
        let platform = PLATFORMS.into_iter().find(|known| *known == written);
        if platform.is_none() {
            let known = PLATFORMS.join(" or ");
            errors.push(format!("{section}.platform is `{written}`; it must be {known}"));
        }
        let name = self.name.take().or_else(|| platform.map(str::to_owned)).unwrap_or_default();
        if platform.is_some() && !is_plain_name(&name) {
            errors.push(format!(
                "{section}.name is `{name}`; write 1 to 40 of the characters a-z, 0-9 and -"
            ));
        }
        let max_age = self.max_age.take().unwrap_or_else(|| "1d".to_owned()).parse::<Period>();
        let max_age = max_age.map_err(|error| errors.push(format!("{section}.max_age: {error}")));
        let origin = if self.source.is_none() && self.query.is_none() && self.question.is_none() {
            address(section, self.url, self.url_env, self.url_file, errors).map(VendorOrigin::File)
        } else {
            self.validate(section, Rows::All, errors).map(VendorOrigin::System)
        };
        let max_age = max_age.ok()?.duration();
        Some(VendorSource { name, platform: platform?, max_age, origin: origin? })
    }
}

impl FilesFile {
    /// The files, or `None` if nothing is written.
    fn validate(self, section: &str, errors: &mut Vec<String>) -> Option<FileSource> {
        let has_url = self.url.is_some() || self.url_env.is_some() || self.url_file.is_some();
        if !has_url && self.keys.is_empty() {
            return None;
        }
        if self.keys.is_empty() {
            errors.push(format!("{section}.keys is empty; list the objects or folders to copy"));
        }
        let from = address(section, self.url, self.url_env, self.url_file, errors)?;
        Some(FileSource { from, keys: self.keys })
    }
}

/// A URL that is written in the configuration, or where a secret is.
fn address(
    section: &str,
    url: Option<String>,
    variable: Option<String>,
    file: Option<PathBuf>,
    errors: &mut Vec<String>,
) -> Option<Address> {
    match (url, variable, file) {
        (Some(url), None, None) if !url.trim().is_empty() => Some(Address::Plain(url)),
        (None, Some(name), None) => Some(Address::Secret(super::Secret::Variable(name))),
        (None, None, Some(path)) => Some(Address::Secret(super::Secret::File(path))),
        _ => {
            errors.push(format!("{section} must have exactly one of url, url_env and url_file"));
            None
        }
    }
}
