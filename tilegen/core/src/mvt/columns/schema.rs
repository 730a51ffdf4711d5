//! The columns of each timeline layer.

/// Most keys of a schema.
pub const MAX_KEYS: usize = 4;

/// Most counts of a schema.
pub const MAX_COUNTS: usize = 3;

/// The keys and counts of the rows of a layer.
///
/// ```
/// use tilecore::mvt::Schema;
///
/// let schema = Schema::of("timeline-users").unwrap();
/// assert_eq!((schema.keys, schema.counts), (&["cell", "day", "since"][..], &["users"][..]));
/// assert!(Schema::of("density").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Name of the source layer.
    pub layer: &'static str,
    /// Names of the keys. Rows ascend by them, the first key first.
    pub keys: &'static [&'static str],
    /// Names of the counts. The first one is at least 1 in every row.
    pub counts: &'static [&'static str],
}

/// A row: its keys and counts in the order of the schema. Those that the schema does not have are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The keys.
    pub keys: [u16; MAX_KEYS],
    /// The counts.
    pub counts: [u32; MAX_COUNTS],
}

/// Orders, organic orders, and orders of unknown origin.
const ORDERS: &[&str] = &["orders", "organic", "unknown"];

/// Users.
const USERS: &[&str] = &["users"];

impl Schema {
    /// All schemas.
    pub const ALL: [Self; 8] = [
        Self { layer: "timeline-orders", keys: &["cell", "line", "day"], counts: ORDERS },
        Self { layer: "timeline-orders-totals", keys: &["cell", "line"], counts: ORDERS },
        Self { layer: "timeline-users", keys: &["cell", "day", "since"], counts: USERS },
        Self { layer: "timeline-users-totals", keys: &["cell", "before"], counts: USERS },
        Self {
            layer: "timeline-line-users",
            keys: &["cell", "line", "day", "since"],
            counts: USERS,
        },
        Self {
            layer: "timeline-line-users-totals",
            keys: &["cell", "line", "before"],
            counts: USERS,
        },
        Self { layer: "timeline-hours", keys: &["cell", "line", "day", "hour"], counts: ORDERS },
        Self {
            layer: "timeline-hours-totals",
            keys: &["cell", "line", "weekday", "hour"],
            counts: ORDERS,
        },
    ];

    /// The schema of a source layer.
    #[must_use]
    pub fn of(layer: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|schema| schema.layer == layer)
    }
}
