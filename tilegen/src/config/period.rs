//! Periods: durations as they are written on the command line.

use std::str::FromStr;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use tilecore::text::Quoted;

/// A duration in weeks, days of 24 hours, hours, minutes and seconds, in jiff's friendly format: `90s`,
/// `10m`, `12h`, `7d`, `2w`, `1h 30m`.
///
/// ```
/// use std::time::Duration;
/// use tilegen::config::period::Period;
///
/// assert_eq!("10m".parse().map(Period::duration), Ok(Duration::from_secs(600)));
/// assert!("10".parse::<Period>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period(Duration);

/// The text is not a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a period such as 90s, 10m, 12h, 7d or 2w", Quoted(.0))]
pub struct PeriodError(String);

impl Period {
    /// Its length.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let invalid = || PeriodError(text.to_owned());
        let span: Span = text.parse().map_err(|_| invalid())?;
        // Months and years have no fixed length, so they are rejected here.
        let duration =
            span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| invalid())?;
        Duration::try_from(duration).map(Self).map_err(|_| invalid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_number_and_a_unit() {
        let seconds = |text: &str| text.parse::<Period>().map(|period| period.0.as_secs());
        assert_eq!(
            ["90s", "10m", "24h", "7d", "30d", "2w", "0d", "1h 30m"].map(seconds),
            [90, 600, 86_400, 604_800, 2_592_000, 1_209_600, 0, 5_400].map(Ok)
        );
        for wrong in ["", "d", "7", "7y", "7mo", "-1d", "1.5d", "٧d", "9999999999w"] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
        let blank = "".parse::<Period>().unwrap_err().to_string();
        assert!(blank.starts_with("a blank text is not a period"), "{blank}");
    }
}
