//! Grades of vendors: their names and their order.

use std::fmt;

use serde::{Serialize, Serializer};

/// The grade of a vendor. A better grade sorts first. The order is also the order of the attributes
/// `g0`, `g1`, … and of the packed counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade(u8);

/// Names, best first (requirements 1). A vendor without a grade is `Ungraded`.
const NAMES: [&str; Grade::COUNT] = [
    "A+",
    "A",
    "A-",
    "B",
    "B-",
    "C",
    "C-",
    "D",
    "D-",
    "E",
    "E-",
    "F",
    "Not Enough Rate",
    "Ungraded",
];

impl Grade {
    /// Number of grades, including `Ungraded`.
    pub const COUNT: usize = 14;

    /// The grade of a vendor that no grades file contains.
    pub const UNGRADED: Self = Self(Self::COUNT as u8 - 1);

    /// The grade with this name. `Ungraded` is not accepted: it means that a vendor has no grade.
    ///
    /// ```
    /// use tilegen::vendors::grade::Grade;
    ///
    /// let best = ["Not Enough Rate", "C-", "B"].into_iter().filter_map(Grade::from_name).min();
    /// assert_eq!(best.map(Grade::name), Some("B"));
    /// assert_eq!(Grade::from_name("G"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let index = NAMES.iter().position(|&known| known == name)?;
        Some(Self(index as u8)).filter(|&grade| grade != Self::UNGRADED)
    }

    /// Name of the grade.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[self.index()]
    }

    /// Index in the order of grades; 0 is the best.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every grade, best first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Grade {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
