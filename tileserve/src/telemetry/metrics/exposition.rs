//! Exposition: the metrics as text, in the format that the scraper accepts.

use std::borrow::Cow;

/// The text format of the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// `OpenMetrics` 1.0, which Prometheus prefers.
    OpenMetrics,
    /// The text format of Prometheus 0.0.4, which every scraper reads.
    Classic,
}

impl Exposition {
    /// The format that an `Accept` header prefers.
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

    /// Converts text in the `OpenMetrics` format to this one. The older format describes counters
    /// with the suffix `_total`, and has neither units nor an end marker.
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

/// A line of the description of a counter, with the suffix `_total`.
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
    fn classic_counters_are_described_with_their_suffix() {
        let modern = "# HELP a_b Things.\n# TYPE a_b counter\n# UNIT a_b b\na_b_total 3\n\
                      # HELP g Other.\n# TYPE g gauge\ng 1\n# EOF\n";
        let classic = "# HELP a_b_total Things.\n# TYPE a_b_total counter\na_b_total 3\n\
                       # HELP g Other.\n# TYPE g gauge\ng 1\n";
        assert_eq!(Exposition::of(None).write(modern.to_owned()), classic);
        let modern_accepted =
            Exposition::of(Some("application/openmetrics-text;version=1.0.0,text/plain"));
        assert_eq!(modern_accepted.write(modern.to_owned()), modern);
    }
}
