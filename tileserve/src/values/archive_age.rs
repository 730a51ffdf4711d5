//! How old an archive is, and the data in it.

use tilecore::manifest::LayerEntry;

/// How old an archive of the map is.
#[derive(Clone, Debug)]
pub struct ArchiveAge {
    /// Its layer.
    pub layer: String,
    /// Slot of the layer.
    pub slot: String,
    /// When it was built, in seconds since 1970.
    pub built_at: i64,
    /// When its newest data were written, in seconds since 1970, where that is known.
    pub data_at: Option<i64>,
}

impl ArchiveAge {
    /// The age of a manifest's entry.
    #[must_use]
    pub fn of(entry: &LayerEntry) -> Self {
        Self {
            layer: entry.layer.clone(),
            slot: entry.slot.to_string(),
            built_at: entry.built_at.as_second(),
            data_at: entry.data_at.iter().map(|at| at.as_second()).next(),
        }
    }
}
