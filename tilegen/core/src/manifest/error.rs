//! Why a manifest cannot be used.

use super::version::MANIFEST_VERSION;

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The JSON is truncated or malformed.
    #[error("the manifest is not valid JSON of the expected form")]
    Malformed(#[from] serde_json::Error),
    /// A newer version wrote it, in a form that this one does not know.
    #[error(
        "the manifest has version {found}, but this program supports only version {MANIFEST_VERSION}; install a newer release"
    )]
    Version {
        /// Version in the document.
        found: u32,
    },
    /// The number in the document differs from that in the key.
    #[error("the manifest with number {key} in its key has number {found} in its content")]
    Number {
        /// Number in the object's key.
        key: u64,
        /// Number in the document.
        found: u64,
    },
}

impl ManifestError {
    /// Whether the manifest is damaged. One of another version is not.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::Number { .. } => true,
            Self::Version { .. } => false,
        }
    }
}
