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
    /// Whether the page may keep its tiles for use without a network.
    pub offline: bool,
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
    offline: true,
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
    offline: true,
    description: "Marketing areas, regions and neighbourhoods",
};

/// Inhabitants as dots.
pub const POPULATION: LayerSpec = LayerSpec {
    id: "population",
    source_layers: &["population"],
    visibility: Visibility::Public,
    minzoom: 8,
    maxzoom: 14,
    offline: true,
    description: "Inhabitants as dots, somewhere in their area",
};

/// Number of vendors that reach each cell.
pub const COVERAGE: LayerSpec = LayerSpec {
    id: "coverage",
    source_layers: &["coverage"],
    visibility: Visibility::Public,
    minzoom: 6,
    maxzoom: 12,
    offline: true,
    description: "Vendors that reach each cell, against the target of its area",
};

/// Vendors as points.
pub const VENDORS: LayerSpec = LayerSpec {
    id: "vendors",
    source_layers: &["vendors"],
    visibility: Visibility::Public,
    minzoom: 6,
    maxzoom: 14,
    offline: true,
    description: "Vendors of all platforms",
};

/// Orders by cell, line and day. Its tiles have 32 × 32 cells, so those of zoom z + 1 have the cells of
/// density's zoom z.
pub const TIMELINE_ORDERS: LayerSpec = LayerSpec {
    id: "timeline-orders",
    source_layers: &["timeline-orders"],
    visibility: Visibility::Internal,
    minzoom: 6,
    maxzoom: 14,
    offline: false,
    description: "Orders by cell, line and day",
};

/// The layers that `tilegen timeline` builds, in the order of the schemas of their columns.
pub const TIMELINE_LAYERS: [LayerSpec; 8] = [
    TIMELINE_ORDERS,
    LayerSpec {
        id: "timeline-orders-totals",
        source_layers: &["timeline-orders-totals"],
        description: "Orders of the month by cell and line",
        ..TIMELINE_ORDERS
    },
    LayerSpec {
        id: "timeline-users",
        source_layers: &["timeline-users"],
        description: "Users by cell, day and days since their previous day in the cell",
        ..TIMELINE_ORDERS
    },
    LayerSpec {
        id: "timeline-users-totals",
        source_layers: &["timeline-users-totals"],
        description: "Users of the month by cell and previous day in the cell",
        ..TIMELINE_ORDERS
    },
    LayerSpec {
        id: "timeline-line-users",
        source_layers: &["timeline-line-users"],
        description: "Users by cell, line, day and days since their previous day of the line in the cell",
        ..TIMELINE_ORDERS
    },
    LayerSpec {
        id: "timeline-line-users-totals",
        source_layers: &["timeline-line-users-totals"],
        description: "Users of the month by cell, line and previous day of the line in the cell",
        ..TIMELINE_ORDERS
    },
    LayerSpec {
        id: "timeline-hours",
        source_layers: &["timeline-hours"],
        maxzoom: 12,
        description: "Orders by cell, line, day and hour",
        ..TIMELINE_ORDERS
    },
    LayerSpec {
        id: "timeline-hours-totals",
        source_layers: &["timeline-hours-totals"],
        maxzoom: 12,
        description: "Orders of the month by cell, line, weekday and hour",
        ..TIMELINE_ORDERS
    },
];

/// The layers that `tilegen density` builds.
pub const DENSITY_LAYERS: [LayerSpec; 2] = [DENSITY, DENSITY_PUBLIC];

/// All layers. `data/layers.json` has the same table; a test compares them.
pub const LAYERS: [LayerSpec; 14] = {
    let [orders, orders_totals, users, users_totals, line_users, line_totals, hours, weekdays] =
        TIMELINE_LAYERS;
    [
        DENSITY,
        DENSITY_PUBLIC,
        COVERAGE,
        VENDORS,
        AREAS,
        POPULATION,
        orders,
        orders_totals,
        users,
        users_totals,
        line_users,
        line_totals,
        hours,
        weekdays,
    ]
};

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
