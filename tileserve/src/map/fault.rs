//! Faults: what keeps the server from serving the newest map.

/// What keeps the server from serving the newest map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store has no manifest yet.
    NoManifest,
    /// The store does not respond.
    Store,
    /// The store no longer has the manifest that is served.
    Vanished {
        /// Its number.
        number: u64,
    },
    /// A manifest, or an archive that it lists, cannot be used.
    Broken {
        /// Its number.
        number: u64,
    },
    /// An archive of the served map is damaged or missing.
    Archive {
        /// Its key.
        key: String,
    },
}

impl Fault {
    /// Every kind, by its name in metrics.
    pub const KINDS: [&str; 5] = ["no-manifest", "store", "vanished", "broken", "archive"];

    /// Its kind, one of [`Self::KINDS`].
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoManifest => Self::KINDS[0],
            Self::Store => Self::KINDS[1],
            Self::Vanished { .. } => Self::KINDS[2],
            Self::Broken { .. } => Self::KINDS[3],
            Self::Archive { .. } => Self::KINDS[4],
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoManifest => f.write_str("the store has no manifest yet"),
            Self::Store => f.write_str("the store does not answer"),
            Self::Vanished { number } => write!(f, "the store has lost manifest {number}"),
            Self::Broken { number } => write!(f, "manifest {number} cannot be used"),
            Self::Archive { key } => write!(f, "{key} is damaged or gone"),
        }
    }
}
