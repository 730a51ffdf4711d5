//! Windows: the days of orders that an archive counts.

use std::fmt;
use std::str::FromStr;

use tilecore::Slot;
use tilecore::text::Quoted;

use crate::orders::calendar::Day;

/// How far back a window reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// This number of calendar days, including the last one.
    Days(u16),
    /// All days up to the last one.
    All,
}

/// The text is not a valid window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is not a valid window; write a number of days such as 30d (1d to {MAX_DAYS}d), or all",
    Quoted(.0)
)]
pub struct WindowError(String);

/// Longest window in days: a packed order has 13 bits for the distance to the newest day.
pub const MAX_DAYS: u16 = 8_000;

impl FromStr for Window {
    type Err = WindowError;

    /// ```
    /// use tilegen::orders::window::Window;
    ///
    /// assert_eq!("30d".parse(), Ok(Window::Days(30)));
    /// assert_eq!("all".parse(), Ok(Window::All));
    /// assert!("0d".parse::<Window>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, WindowError> {
        let days =
            text.strip_suffix('d').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        match (text, days.and_then(|digits| digits.parse().ok())) {
            ("all", _) => Ok(Self::All),
            (_, Some(days @ 1..=MAX_DAYS)) => Ok(Self::Days(days)),
            _ => Err(WindowError(text.to_owned())),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days}d"),
            Self::All => f.write_str("all"),
        }
    }
}

impl Window {
    /// The slot that holds the window's archive.
    ///
    /// # Panics
    /// Never: the name of a window consists of digits and letters.
    #[must_use]
    pub fn slot(self) -> Slot {
        self.to_string().parse().expect("the name of a window is a valid slot")
    }
}

/// A range of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// First day.
    pub first: Day,
    /// Last day.
    pub last: Day,
}

impl DayRange {
    /// The days of a window that ends on `last`, in data that start on `oldest`.
    #[must_use]
    pub fn of_window(window: Window, last: Day, oldest: Day) -> Self {
        let first = match window {
            Window::Days(days) => Day(last.0 - i32::from(days) + 1),
            // The distance to the last day must fit into a packed order.
            Window::All => Day(oldest.0.clamp(last.0 - i32::from(MAX_DAYS), last.0)),
        };
        Self { first, last }
    }

    /// Whether the range contains a day.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// The days to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRange {
    /// The days.
    pub days: DayRange,
    /// Whether an earlier row is rejected as too old, because all days were requested. Otherwise it is
    /// outside the window.
    pub rejects_older: bool,
}

/// Days of a public window.
pub const PUBLIC_DAYS: u16 = 28;

/// Days after the last day of a public window before it is published, so that late orders are in it.
pub const PUBLIC_GRACE_DAYS: u16 = 3;

/// A last day of the grid of public windows: Friday 1970-01-23.
const GRID_DAY: i32 = 22;

/// The last public window whose days and days of grace are over on `newest`. The windows lie on a fixed
/// grid of days, and each ends `step_days` after the one before it.
#[must_use]
pub fn public_window(newest: Day, step_days: u16) -> DayRange {
    let last = newest.0 - i32::from(PUBLIC_GRACE_DAYS);
    let last = Day(last - (last - GRID_DAY).rem_euclid(i32::from(step_days.max(1))));
    DayRange::of_window(Window::Days(PUBLIC_DAYS), last, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_includes_its_last_day() {
        let range = DayRange::of_window(Window::Days(30), Day(100), Day(0));
        assert_eq!((range.first, range.last), (Day(71), Day(100)));
        assert_eq!(DayRange::of_window(Window::All, Day(100), Day(3)).first, Day(3));
    }

    #[test]
    fn public_windows_share_no_day_and_end_on_fridays() {
        let windows: Vec<_> = (0..120).map(|day| public_window(Day(day), PUBLIC_DAYS)).collect();
        for (day, window) in (0..).zip(&windows) {
            assert!(window.last.0 + 3 <= day, "no day of grace is missing on day {day}");
            assert_eq!(window.last.0 - window.first.0, 27);
            assert_eq!(window.last.date().weekday(), jiff::civil::Weekday::Friday);
        }
        for pair in windows.windows(2).filter(|pair| pair[0] != pair[1]) {
            assert_eq!(pair[0].last.0 + 1, pair[1].first.0);
        }
        assert_eq!(public_window(Day(52), PUBLIC_DAYS).last, Day(22), "the third day of grace");
        assert_eq!(public_window(Day(53), PUBLIC_DAYS).last, Day(50));
        assert_eq!(public_window(Day(53), 1).last, Day(50), "a step of a day");
    }

    #[test]
    fn an_invalid_window_is_rejected() {
        for text in ["", "d", "30", "-1d", "+3d", "9000d", "30 d", "ALL"] {
            assert_eq!(text.parse::<Window>(), Err(WindowError(text.to_owned())), "`{text}`");
        }
    }
}
