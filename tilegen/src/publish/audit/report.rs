//! What an audit found.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

/// Examples that a report shows of each kind.
const EXAMPLES: usize = 3;

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct AuditOptions {
    /// The number of people below which a group is too small.
    pub min_users: u64,
    /// Whether archives may share days.
    pub may_overlap: bool,
}

/// A kind of subtraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Cell,
    Line,
    Orphan,
    ChildrenRest,
    LineRest,
    WholeRest,
    WithheldLines,
    ConcludedLines,
    AllButOneLine,
    NamedLine,
    UnroundedUsers,
    UsersOfSeveralChildren,
    UsersOutsideAChild,
    UsersOfSeveralLines,
    UsersOutsideALine,
    SharedDays,
    ChangedPlace,
}

impl Kind {
    const ALL: [Self; 17] = [
        Self::Cell,
        Self::Line,
        Self::Orphan,
        Self::ChildrenRest,
        Self::LineRest,
        Self::WholeRest,
        Self::WithheldLines,
        Self::ConcludedLines,
        Self::AllButOneLine,
        Self::NamedLine,
        Self::UnroundedUsers,
        Self::UsersOfSeveralChildren,
        Self::UsersOutsideAChild,
        Self::UsersOfSeveralLines,
        Self::UsersOutsideALine,
        Self::SharedDays,
        Self::ChangedPlace,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Cell => "a shown cell",
            Self::Line => "a shown line of a cell",
            Self::Orphan => "a shown cell whose parent is not shown",
            Self::ChildrenRest => "a cell minus its shown children",
            Self::LineRest => "a line of a cell minus that line of its children",
            Self::WholeRest => "the totals minus all cells",
            Self::WithheldLines => "a cell minus its shown lines",
            Self::ConcludedLines => {
                "withheld lines of a cell, from the sums of its lines and children"
            }
            Self::AllButOneLine => "a cell minus one line",
            Self::NamedLine => "a named line that no cell shows",
            Self::UnroundedUsers => "a number of users that is not rounded",
            Self::UsersOfSeveralChildren => "users of several children of a cell",
            Self::UsersOutsideAChild => "users of a cell who are not in one child",
            Self::UsersOfSeveralLines => "users of several lines of a cell",
            Self::UsersOutsideALine => "users of a cell who are not of one line",
            Self::SharedDays => "two archives that count the same day",
            Self::ChangedPlace => "a place of two archives with the same days",
        }
    }
}

/// What was tried and found of each kind.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<Kind, (u64, Vec<String>, u64)>);

impl Tally {
    /// Notes one try. `leak` says what was found, if it is about fewer than k people.
    pub(super) fn note(&mut self, kind: Kind, is_leak: bool, describe: impl FnOnce() -> String) {
        let (tried, examples, found) = self.0.entry(kind).or_default();
        *tried += 1;
        if is_leak {
            *found += 1;
            if examples.len() < EXAMPLES {
                examples.push(describe());
            }
        }
    }
}

/// What was tried of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    kind: Kind,
    /// What was subtracted.
    pub check: &'static str,
    /// How often it was tried.
    pub tried: u64,
    /// How often the result is about fewer than k people.
    pub found: u64,
    /// Some of these places.
    pub examples: Vec<String>,
}

/// The result of an audit.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// When it ended.
    pub at: Timestamp,
    /// The number of people below which a group is too small.
    pub min_users: u64,
    /// Archives that were read.
    pub archives: u64,
    /// Archives that are listed and not in the store any more.
    pub missing: Vec<String>,
    /// All tries.
    pub tried: u64,
    /// All results about fewer than k people.
    pub found: u64,
    /// The same by kind.
    pub checks: Vec<Finding>,
}

impl Audit {
    pub(super) fn new(
        options: AuditOptions,
        archives: u64,
        missing: Vec<String>,
        tally: &Tally,
    ) -> Self {
        let finding = |kind| {
            let (tried, examples, found) = tally.0.get(&kind).cloned().unwrap_or_default();
            Finding { kind, check: kind.text(), tried, found, examples }
        };
        let checks: Vec<Finding> = Kind::ALL.map(finding).into();
        Self {
            at: Timestamp::now(),
            min_users: options.min_users,
            archives,
            missing,
            tried: checks.iter().map(|check| check.tried).sum(),
            found: checks.iter().map(|check| check.found).sum(),
            checks,
        }
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{:>10} tried {:>8} found  {}", check.tried, check.found, check.check)?;
            for example in &check.examples {
                writeln!(f, "    {example}")?;
            }
        }
        for key in &self.missing {
            writeln!(f, "not in the store any more: {key}")?;
        }
        let Self { archives, tried, found, min_users, .. } = self;
        writeln!(
            f,
            "{archives} public archives, {tried} tries, {found} about fewer than {min_users} people"
        )
    }
}
