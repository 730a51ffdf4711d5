//! The threshold of the privacy floor: how many distinct users are enough, and which children of a
//! parent have enough.

/// Minimum number of distinct users of everything that is shown, and of every difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    pub(super) min_users: usize,
    pub(super) has_lines: bool,
}

impl Floor {
    /// A floor of `min_users`, or `None` if that is 1 or less.
    #[must_use]
    pub const fn new(min_users: u16) -> Option<Self> {
        if min_users > 1 {
            Some(Self { min_users: min_users as usize, has_lines: false })
        } else {
            None
        }
    }

    /// The same floor, applied by line too or not.
    #[must_use]
    pub const fn by_line(self, has_lines: bool) -> Self {
        Self { has_lines, ..self }
    }

    /// Whether the floor applies by line too.
    #[must_use]
    pub const fn has_lines(self) -> bool {
        self.has_lines
    }

    /// Minimum number of distinct users.
    #[must_use]
    pub const fn min_users(self) -> usize {
        self.min_users
    }

    /// Published numbers of users are rounded down to multiples of this. Two numbers then differ by less
    /// than twice the step, or the users by whom they differ are at least `min_users`.
    #[must_use]
    pub const fn users_step(self) -> u32 {
        self.min_users as u32
    }

    /// Which children of a parent are shown, given the distinct users of each. `hidden_users`
    /// returns the number of distinct users of all children marked as hidden together.
    pub(super) fn shown_children(
        self,
        users: &[usize],
        hidden_users: impl FnOnce(&[bool]) -> usize,
    ) -> Vec<bool> {
        let mut hidden: Vec<bool> = users.iter().map(|&users| users < self.min_users).collect();
        if hidden.contains(&true) && hidden_users(&hidden) < self.min_users {
            // Every other child has enough users by itself, so hiding one more is enough. The
            // smallest one costs least; of equals, `min_by_key` returns the first along the curve.
            let others = (0..users.len()).filter(|&child| !hidden[child]);
            if let Some(smallest) = others.min_by_key(|&child| users[child]) {
                hidden[smallest] = true;
            }
        }
        hidden.into_iter().map(|hidden| !hidden).collect()
    }
}

/// The distinct users of `users`, sorted.
pub(super) fn distinct(users: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut users: Vec<_> = users.collect();
    users.sort_unstable();
    users.dedup();
    users
}
