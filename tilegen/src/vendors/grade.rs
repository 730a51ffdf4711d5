//! Grades of vendors: the letters, their order, and how they are written.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a vendor is graded. The better grade is the lesser; the order is also that of the
/// attributes `g0`, `g1`, … and of the packed counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade(u8);

/// Names in the order of requirements 1, best first. A vendor without a grade is `Ungraded`.
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
    /// How many grades there are, `Ungraded` among them.
    pub const COUNT: usize = 14;

    /// No grades file knows the vendor.
    pub const UNGRADED: Self = Self(Self::COUNT as u8 - 1);

    /// The grade of this name. `Ungraded` is what is left over, so no file can give it.
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

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[self.index()]
    }

    /// Place in the order, 0 for the best.
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
