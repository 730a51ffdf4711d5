//! Errors of the map: why the server does not serve the newest map completely.

/// Why the server does not serve the newest map completely.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The store has no manifest yet.
    #[error("the store has no manifest yet")]
    NoManifest,
    /// The store does not respond.
    #[error("the store does not respond")]
    StoreUnreachable,
    /// The store no longer has the manifest that is served.
    #[error("the store no longer has manifest {number}")]
    ManifestMissing {
        /// Its number.
        number: u64,
    },
    /// A manifest, or an archive that it lists, cannot be used.
    #[error("manifest {number} cannot be used")]
    ManifestInvalid {
        /// Its number.
        number: u64,
    },
    /// An archive of the served map is damaged or missing.
    #[error("archive {key} is damaged or missing")]
    ArchiveDamaged {
        /// Its key.
        key: String,
    },
}

impl MapError {
    /// Every kind, by its name in metrics.
    pub const KINDS: [&str; 5] = [
        "no-manifest",
        "store-unreachable",
        "manifest-missing",
        "manifest-invalid",
        "archive-damaged",
    ];

    /// Its kind, one of [`Self::KINDS`].
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoManifest => Self::KINDS[0],
            Self::StoreUnreachable => Self::KINDS[1],
            Self::ManifestMissing { .. } => Self::KINDS[2],
            Self::ManifestInvalid { .. } => Self::KINDS[3],
            Self::ArchiveDamaged { .. } => Self::KINDS[4],
        }
    }
}
