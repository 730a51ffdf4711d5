//! Periods: durations as they are written on the command line.

use std::str::FromStr;
use std::time::Duration;

/// A whole number of seconds, minutes, hours, days or weeks: `90s`, `10m`, `12h`, `7d`, `2w`.
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
#[error("`{0}` is not a time such as 90s, 10m, 12h, 7d or 2w")]
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
        let wrong = || PeriodError(text.to_owned());
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(wrong()),
        };
        let digits = &text[..text.len() - 1];
        // A sign would be read as part of the number.
        let count: u16 = digits.parse().map_err(|_| wrong())?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| Self(Duration::from_secs(u64::from(count) * seconds))).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        let seconds = |text: &str| text.parse::<Period>().map(|period| period.0.as_secs());
        assert_eq!(
            ["90s", "10m", "12h", "7d", "2w", "0d"].map(seconds),
            [90, 600, 43_200, 604_800, 1_209_600, 0].map(Ok)
        );
        for wrong in ["", "d", "7", "7y", "-1d", "+1d", "7 d", "1.5d", "٧d", "70000w"] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }
}
