//! Exposition: the metrics as a text, in the form that a scraper asks for.

use std::borrow::Cow;

/// The form of a scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// `OpenMetrics` 1.0, which Prometheus asks for.
    OpenMetrics,
    /// The text form of Prometheus 0.0.4, which everything reads.
    Classic,
}

impl Exposition {
    /// The form that an `Accept` header asks for.
    #[must_use]
    pub fn of(accept: Option<&str>) -> Self {
        let is_modern =
            accept.is_some_and(|accept| accept.contains("application/openmetrics-text"));
        if is_modern { Self::OpenMetrics } else { Self::Classic }
    }

    /// Its `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// A text of `OpenMetrics` in this form. The two differ in the name by which a counter is
    /// described, and in the end and the units, which the older one does not have.
    #[must_use]
    pub fn write(self, modern: String) -> String {
        if self == Self::OpenMetrics {
            return modern;
        }
        let counters: Vec<&str> = modern
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
            .collect();
        let lines = modern.lines().filter(|line| !line.starts_with("# UNIT ") && *line != "# EOF");
        lines.flat_map(|line| [described(line, &counters), Cow::Borrowed("\n")]).collect()
    }
}

/// A line that describes a counter, with the name that its values have.
fn described<'a>(line: &'a str, counters: &[&str]) -> Cow<'a, str> {
    let mut words = line.splitn(4, ' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("#"), Some(what), Some(name), Some(rest)) if counters.contains(&name) => {
            format!("# {what} {name}_total {rest}").into()
        }
        _ => line.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_described_by_the_name_that_they_have() {
        let modern = "# HELP a_b Things.\n# TYPE a_b counter\n# UNIT a_b b\na_b_total 3\n\
                      # HELP g Other.\n# TYPE g gauge\ng 1\n# EOF\n";
        let classic = "# HELP a_b_total Things.\n# TYPE a_b_total counter\na_b_total 3\n\
                       # HELP g Other.\n# TYPE g gauge\ng 1\n";
        assert_eq!(Exposition::of(None).write(modern.to_owned()), classic);
        let asked = Exposition::of(Some("application/openmetrics-text;version=1.0.0,text/plain"));
        assert_eq!(asked.write(modern.to_owned()), modern);
    }
}
