//! What an operator accepts: the orders of a city on some days, or one set of input files.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tilecore::ArchiveDigest;

use crate::config::guards::parse_span;

/// Data that an operator has looked at and accepts although a guard does not.
///
/// ```
/// use tilegen::publish::guards::Acceptance;
///
/// let day: Acceptance = "orders:tehran:2026-11-29".parse()?;
/// let days: Acceptance = "orders:tehran:2026-11-01..2026-11-30".parse()?;
/// assert!(days.covers(&day) && !day.covers(&days));
/// assert!("orders:tehran".parse::<Acceptance>().is_err());
/// # Ok::<(), tilegen::publish::guards::AcceptanceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Acceptance {
    /// The orders of a city from the first to the last day.
    Orders {
        /// Key of the city.
        city: String,
        /// First day.
        first: Date,
        /// Last day.
        last: Date,
    },
    /// The snapshot whose vendor file has this digest.
    Vendors(ArchiveDigest),
    /// The area files whose list has this digest.
    Areas(ArchiveDigest),
}

/// The text is not an acceptance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` accepts nothing; write orders:CITY:DATE, orders:CITY:DATE..DATE, vendors:DIGEST or areas:DIGEST, as the message of the build says"
)]
pub struct AcceptanceError(String);

impl Acceptance {
    /// The orders of a city on one day.
    #[must_use]
    pub fn of_day(city: &str, day: Date) -> Self {
        Self::Orders { city: city.to_owned(), first: day, last: day }
    }

    /// Whether this acceptance includes another one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Orders { city, first, last },
                Self::Orders { city: other_city, first: other_first, last: other_last },
            ) => city == other_city && first <= other_first && other_last <= last,
            (Self::Vendors(own), Self::Vendors(other)) | (Self::Areas(own), Self::Areas(other)) => {
                own == other
            }
            _ => false,
        }
    }

    /// Includes another acceptance if both are equal, or if its days follow those of this one in the same
    /// city. Returns whether it did.
    pub(super) fn extend(&mut self, other: &Self) -> bool {
        match (&mut *self, other) {
            (
                Self::Orders { city, last, .. },
                Self::Orders { city: other_city, first: next, last: end },
            ) if city == other_city && *next <= last.saturating_add(1.day()) => {
                *last = (*last).max(*end);
                true
            }
            (own, other) => own == other,
        }
    }

    /// The kind of data: `orders`, `vendors` or `areas`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Orders { .. } => "orders",
            Self::Vendors(_) => "vendors",
            Self::Areas(_) => "areas",
        }
    }
}

impl FromStr for Acceptance {
    type Err = AcceptanceError;

    fn from_str(text: &str) -> Result<Self, AcceptanceError> {
        let parsed = || match text.split_once(':')? {
            ("vendors", digest) => Some(Self::Vendors(digest.parse().ok()?)),
            ("areas", digest) => Some(Self::Areas(digest.parse().ok()?)),
            ("orders", rest) => {
                let (city, days) = rest.split_once(':').filter(|(city, _)| !city.is_empty())?;
                let (first, last) = parse_span(days)?.into_inner();
                Some(Self::Orders { city: city.to_owned(), first, last })
            }
            _ => None,
        };
        parsed().ok_or_else(|| AcceptanceError(text.to_owned()))
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orders { city, first, last } if first == last => {
                write!(f, "orders:{city}:{first}")
            }
            Self::Orders { city, first, last } => write!(f, "orders:{city}:{first}..{last}"),
            Self::Vendors(digest) => write!(f, "vendors:{digest}"),
            Self::Areas(digest) => write!(f, "areas:{digest}"),
        }
    }
}

impl TryFrom<String> for Acceptance {
    type Error = AcceptanceError;

    fn try_from(text: String) -> Result<Self, AcceptanceError> {
        text.parse()
    }
}

impl From<Acceptance> for String {
    fn from(acceptance: Acceptance) -> Self {
        acceptance.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acceptance_is_read_as_it_is_written() {
        let digest = ArchiveDigest::of(b"vendors");
        for text in [
            "orders:tehran:2026-11-29".to_owned(),
            "orders:new-city_2:2026-11-01..2026-11-30".to_owned(),
            format!("vendors:{digest}"),
            format!("areas:{digest}"),
        ] {
            assert_eq!(text.parse::<Acceptance>().map(|one| one.to_string()), Ok(text));
        }
        for wrong in [
            "",
            "orders",
            "orders:tehran",
            "orders::2026-11-29",
            "orders:tehran:yesterday",
            "orders:tehran:2026-11-30..2026-11-29",
            "vendors:all",
            "all",
        ] {
            assert_eq!(wrong.parse::<Acceptance>(), Err(AcceptanceError(wrong.to_owned())));
        }
    }

    #[test]
    fn acceptances_of_consecutive_days_are_joined() {
        let parse = |text: &str| text.parse::<Acceptance>().unwrap();
        let mut days = parse("orders:tehran:2026-11-28");
        assert!(days.extend(&parse("orders:tehran:2026-11-28")));
        assert!(days.extend(&parse("orders:tehran:2026-11-29..2026-11-30")));
        assert_eq!(days, parse("orders:tehran:2026-11-28..2026-11-30"));
        assert!(!days.extend(&parse("orders:tehran:2026-12-02")), "a gap");
        assert!(!days.extend(&parse("orders:shiraz:2026-12-01")), "another city");
    }

    #[test]
    fn an_acceptance_is_narrow() {
        let parse = |text: &str| text.parse::<Acceptance>().unwrap();
        let day = parse("orders:tehran:2026-11-29");
        assert!(day.covers(&day));
        for other in ["orders:shiraz:2026-11-29", "orders:tehran:2026-11-28"] {
            assert!(!day.covers(&parse(other)), "{other}");
        }
        let [a, b] = [b"a", b"b"].map(|bytes| ArchiveDigest::of(bytes));
        assert!(Acceptance::Vendors(a).covers(&Acceptance::Vendors(a)));
        assert!(!Acceptance::Vendors(a).covers(&Acceptance::Vendors(b)));
        assert!(!Acceptance::Vendors(a).covers(&Acceptance::Areas(a)));
    }
}
