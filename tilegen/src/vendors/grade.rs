//! Grades of vendors: their names and their order, from the configuration.

use tilecore::text::identity;

/// A grade, as its index in the order of grades; 0 is the best. The order is also the order of the
/// attributes `g0`, `g1`, … and of the packed counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade(u8);

impl Grade {
    /// The grade with this index.
    #[must_use]
    pub const fn at(index: u8) -> Self {
        Self(index)
    }

    /// Index in the order of grades; 0 is the best.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The grades in their order, best first. The last one is `Ungraded`: the grade of a vendor that no
/// grades file contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeScale {
    names: Vec<String>,
    /// The spelling by which each name is compared; not of `Ungraded`, which no file can give.
    spellings: Vec<String>,
}

/// Name of the grade of a vendor without a grade.
pub const UNGRADED: &str = "Ungraded";

impl GradeScale {
    /// The scale of these grades, best first, without `Ungraded`.
    ///
    /// ```
    /// use tilegen::vendors::grade::GradeScale;
    ///
    /// let scale = GradeScale::new(&["A+", "B"].map(String::from));
    /// assert_eq!(scale.names(), ["A+", "B", "Ungraded"]);
    /// assert_eq!(scale.read(" a +"), scale.read("A+"));
    /// assert!(scale.read("A+").unwrap() < scale.read("B").unwrap());
    /// assert!(scale.read("C").is_none() && scale.read("Ungraded").is_none());
    /// ```
    #[must_use]
    pub fn new(order: &[String]) -> Self {
        let names: Vec<String> = order.iter().cloned().chain([UNGRADED.to_owned()]).collect();
        Self { names, spellings: order.iter().map(|name| spelling(name)).collect() }
    }

    /// Number of grades, including `Ungraded`.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.names.len()
    }

    /// The grade of a vendor that no grades file contains.
    #[must_use]
    pub const fn ungraded(&self) -> Grade {
        Grade(self.names.len() as u8 - 1)
    }

    /// The grade with this name. Capitals, outer blanks, and blanks before `+` and `-` make no
    /// difference. `Ungraded` is not accepted: it means that a vendor has no grade.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Grade> {
        let name = spelling(name);
        let index = self.spellings.iter().position(|known| *known == name)?;
        Some(Grade(index as u8))
    }

    /// The names in their order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Name of a grade.
    #[must_use]
    pub fn name(&self, grade: Grade) -> &str {
        &self.names[grade.index()]
    }
}

/// The spelling by which grades are compared.
fn spelling(name: &str) -> String {
    let words: Vec<&str> = identity(name).split_whitespace().collect();
    let name = words.join(" ").to_uppercase().replace('\u{2212}', "-");
    name.replace(" +", "+").replace(" -", "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_has_one_meaning_in_every_spelling() {
        let scale = GradeScale::new(&["A+", "A", "C-", "Not Enough Rate"].map(String::from));
        for (text, name) in [
            ("a+", Some("A+")),
            (" A\u{a0}+\u{200f}", Some("A+")),
            ("\u{200e}c -", Some("C-")),
            ("C\u{2212}", Some("C-")),
            ("not  enough rate", Some("Not Enough Rate")),
            ("A +\n", Some("A+")),
            ("А", None), // Cyrillic
            ("AA", None),
            ("", None),
            ("ungraded", None),
        ] {
            assert_eq!(scale.read(text).map(|grade| scale.name(grade)), name, "{text:?}");
        }
    }
}
