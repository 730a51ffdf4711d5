//! The table of layers: zooms, visibility and description of each layer.

use serde::{Deserialize, Serialize};

/// Who has access to a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Anyone, through a CDN.
    Public,
    /// Only clients in a private network.
    Internal,
}

/// A layer of the map. [`LAYERS`] lists all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LayerSpec {
    /// Name in URLs, keys and manifests.
    pub id: &'static str,
    /// MVT layers in its tiles, the main one first.
    pub source_layers: &'static [&'static str],
    /// Who has access to it.
    pub visibility: Visibility,
    /// Shallowest zoom with tiles.
    pub minzoom: u8,
    /// Deepest zoom with tiles.
    pub maxzoom: u8,
    /// What its features are.
    pub description: &'static str,
}

/// Orders by cell, without a privacy floor.
pub const DENSITY: LayerSpec = LayerSpec {
    id: "density",
    source_layers: &["density"],
    visibility: Visibility::Internal,
    minzoom: 5,
    maxzoom: 14,
    description: "Orders and distinct users by cell",
};

/// Orders by cell, with the privacy floor.
pub const DENSITY_PUBLIC: LayerSpec = LayerSpec {
    id: "density-public",
    visibility: Visibility::Public,
    description: "Orders and distinct users by cell, small groups of people withheld",
    ..DENSITY
};

/// Polygons of areas, with a point for each label.
pub const AREAS: LayerSpec = LayerSpec {
    id: "areas",
    source_layers: &["areas", "area-labels"],
    visibility: Visibility::Public,
    minzoom: 4,
    maxzoom: 14,
    description: "Marketing areas, regions and neighbourhoods",
};

/// Inhabitants as dots.
pub const POPULATION: LayerSpec = LayerSpec {
    id: "population",
    source_layers: &["population"],
    visibility: Visibility::Public,
    minzoom: 8,
    maxzoom: 14,
    description: "Inhabitants as dots, somewhere in their area",
};

/// Number of vendors that reach each cell.
pub const COVERAGE: LayerSpec = LayerSpec {
    id: "coverage",
    source_layers: &["coverage"],
    visibility: Visibility::Public,
    minzoom: 6,
    maxzoom: 12,
    description: "Vendors that reach each cell, against the target of its area",
};

/// Vendors as points.
pub const VENDORS: LayerSpec = LayerSpec {
    id: "vendors",
    source_layers: &["vendors"],
    visibility: Visibility::Public,
    minzoom: 6,
    maxzoom: 14,
    description: "Vendors of all platforms",
};

/// The layers that `tilegen density` builds.
pub const DENSITY_LAYERS: [LayerSpec; 2] = [DENSITY, DENSITY_PUBLIC];

/// All layers. `data/layers.json` has the same table; a test compares them.
pub const LAYERS: [LayerSpec; 6] = [DENSITY, DENSITY_PUBLIC, COVERAGE, VENDORS, AREAS, POPULATION];

impl LayerSpec {
    /// The layer with this name.
    ///
    /// ```
    /// use tilecore::LayerSpec;
    ///
    /// assert_eq!(LayerSpec::named("density").map(|layer| layer.maxzoom), Some(14));
    /// assert_eq!(LayerSpec::named("nothing"), None);
    /// ```
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        LAYERS.iter().find(|layer| layer.id == id)
    }

    /// The zooms with tiles, in ascending order.
    #[must_use]
    pub fn zooms(&self) -> impl DoubleEndedIterator<Item = u8> + ExactSizeIterator + use<> {
        self.minzoom..self.maxzoom + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::cell::{CELL_LEVELS, DEEPEST_LEVEL};
    use crate::slot::is_plain_name;

    #[test]
    fn each_layer_has_a_unique_safe_name_and_valid_zooms() {
        for (index, layer) in LAYERS.iter().enumerate() {
            assert!(is_plain_name(layer.id), "{}", layer.id);
            assert!(!layer.source_layers.is_empty(), "{}", layer.id);
            assert!(layer.minzoom <= layer.maxzoom, "{}", layer.id);
            assert!(layer.maxzoom + CELL_LEVELS <= DEEPEST_LEVEL, "{}", layer.id);
            assert!(LAYERS[..index].iter().all(|other| other.id != layer.id), "{}", layer.id);
        }
    }

    #[test]
    fn layers_json_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/layers.json");
        let table = serde_json::to_string_pretty(&LAYERS).unwrap() + "\n";
        if std::env::var_os("UPDATE_TABLES").is_some() {
            std::fs::write(path, &table).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(written, table, "run the tests with UPDATE_TABLES=1 to update it");
    }
}
