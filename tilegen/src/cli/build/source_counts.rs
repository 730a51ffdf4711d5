//! The source's own counts of orders, which an operator gives with `--source-counts`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use tilecore::manifest::City;
use tilecore::text::parse_date;

use crate::files::{EncodingError, read_file, short_name, utf8_text};

/// Orders by day and key of the city.
type Counts = BTreeMap<(Date, String), u64>;

/// The source's own counts could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceCountsError {
    /// The file could not be read.
    #[error("could not read the counts of the source in {path}")]
    Read {
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// The file is empty, or in another encoding.
    #[error(transparent)]
    Text(#[from] EncodingError),
    /// A line is not a date, a city and a number.
    #[error(
        "line {line} of {path} is `{text}`; write date,city,orders, such as 2026-11-29,tehran,48211"
    )]
    Line { path: String, line: usize, text: String },
    /// A city is not configured.
    #[error("line {line} of {path} is about the city `{city}`; the keys of the cities are {known}")]
    UnknownCity { path: String, line: usize, city: String, known: String },
    /// Two lines are about the same day and city.
    #[error("line {line} of {path} repeats {date} of {city}; keep one line for each day and city")]
    Repeated { path: String, line: usize, date: Date, city: String },
}

/// Reads a CSV file with the columns date, city and orders.
pub(crate) fn read(path: &Path, cities: &[City]) -> Result<Counts, SourceCountsError> {
    let name = path.display().to_string();
    let read = |source| SourceCountsError::Read { path: name.clone(), source };
    let bytes = read_file(path).map_err(read)?;
    parse(&name, utf8_text(&name, &bytes)?, cities)
}

fn parse(path: &str, text: &str, cities: &[City]) -> Result<Counts, SourceCountsError> {
    let mut counts = Counts::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        if line == 1 && fields == ["date", "city", "orders"] {
            continue;
        }
        let path = path.to_owned();
        let Some((date, city, orders)) = parse_line(&fields) else {
            return Err(SourceCountsError::Line { path, line, text: short_name(text) });
        };
        if !cities.iter().any(|known| known.key == city) {
            let known: Vec<_> = cities.iter().map(|city| city.key.as_str()).collect();
            let (city, known) = (short_name(city), known.join(", "));
            return Err(SourceCountsError::UnknownCity { path, line, city, known });
        }
        if counts.insert((date, city.to_owned()), orders).is_some() {
            return Err(SourceCountsError::Repeated { path, line, date, city: city.to_owned() });
        }
    }
    Ok(counts)
}

fn parse_line<'a>(fields: &[&'a str]) -> Option<(Date, &'a str, u64)> {
    match fields {
        [date, city, orders] => Some((parse_date(date).ok()?, city, orders.parse().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn parse_text(text: &str) -> Result<Counts, SourceCountsError> {
        parse("counts.csv", text, &Config::load(None).unwrap().cities)
    }

    #[test]
    fn counts_are_read_by_day_and_city() {
        let counts = parse_text("date,city,orders\n2026-11-29,tehran,48211\n\n2026-11-29,shiraz,0");
        assert_eq!(counts.unwrap().into_values().collect::<Vec<_>>(), [0, 48211]);
    }

    #[test]
    fn the_error_names_the_line() {
        for (text, part) in [
            ("2026-11-29,tehran\n", "line 1 of counts.csv is `2026-11-29,tehran`"),
            ("date,city,orders\n2026-11-29,tehran,many\n", "line 2"),
            ("2026-11-29,teheran,5\n", "line 1 of counts.csv is about the city `teheran`"),
            ("2026-11-29,Tehran,5\n", "the keys of the cities are mashhad, tehran"),
            (
                "2026-11-29,tehran,5\n2026-11-29,tehran,6\n",
                "line 2 of counts.csv repeats 2026-11-29",
            ),
        ] {
            let error = parse_text(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
