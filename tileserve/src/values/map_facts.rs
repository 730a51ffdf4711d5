//! What a manifest says about its layers and tables, also those that this server does not serve.
//! Metrics and operators read it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tilecore::lineage::{Build, InputSource};
use tilecore::manifest::{Hold, LayerEntry, Manifest, TableEntry};

/// The kinds of inputs that `--accept` names.
pub const ACCEPTED_INPUTS: [&str; 3] = ["orders", "vendors", "areas"];

/// What a manifest says about its layers and tables.
#[derive(Clone, Debug, Default)]
pub struct MapFacts {
    /// When the manifest was written, in seconds since 1970; 0 without one.
    pub published_at: i64,
    /// Its layers, one for each slot.
    pub layers: Vec<LayerFacts>,
    /// Its tables, one for each slot.
    pub tables: Vec<TableFacts>,
    /// The tilegen commands whose last build left out the newest days.
    pub held_back: Vec<String>,
    /// What operators have accepted, as values of `--accept`.
    pub accepted: Vec<String>,
    /// The holds of its jobs; some may have ended.
    pub holds: Vec<Hold>,
    /// The sources whose rows its layers join, each once.
    pub sources: Vec<InputSource>,
}

/// What a manifest says about a slot of a layer. Times are seconds since 1970.
#[derive(Clone, Debug)]
pub struct LayerFacts {
    /// Name of the layer.
    pub layer: String,
    /// Slot of the layer.
    pub slot: String,
    /// When its archive was built.
    pub built_at: i64,
    /// When its newest data were written, where that is known.
    pub data_at: Option<i64>,
    /// When the next build is due, where that is known.
    pub next_due: Option<i64>,
    /// Number of calendar days of its data.
    pub days: i64,
    /// Number of orders that it shows.
    pub orders: u64,
    /// Number of rows that its build read, where that is known.
    pub rows: Option<u64>,
    /// Number of rows that its build rejected, by reason.
    pub rejects: BTreeMap<String, u64>,
    /// Whether builds leave it unchanged.
    pub is_pinned: bool,
}

/// What a manifest says about a slot of a table. Times are seconds since 1970.
#[derive(Clone, Debug)]
pub struct TableFacts {
    /// Name of the table.
    pub table: String,
    /// Slot of the table.
    pub slot: String,
    /// When the source of its data was written.
    pub data_at: i64,
    /// When the next build is due, where that is known.
    pub next_due: Option<i64>,
}

impl MapFacts {
    /// The facts of a manifest.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        let held_back = manifest.guards.held_back.iter().map(|held| held.command.clone());
        Self {
            published_at: manifest.built_at.as_second(),
            layers: manifest.layers.iter().map(LayerFacts::of).collect(),
            tables: manifest.tables.iter().map(TableFacts::of).collect(),
            held_back: held_back.collect(),
            accepted: manifest.guards.accepted.clone(),
            holds: manifest.holds.clone(),
            sources: sources(&manifest.layers),
        }
    }

    /// How many findings of guards operators have accepted for a kind of [`ACCEPTED_INPUTS`].
    #[must_use]
    pub fn accepted_for(&self, inputs: &str) -> usize {
        let is_for = |text: &&String| text.split(':').next() == Some(inputs);
        self.accepted.iter().filter(is_for).count()
    }
}

impl LayerFacts {
    fn of(entry: &LayerEntry) -> Self {
        let build = entry.build.as_ref();
        let days = entry.from.until(entry.to).map_or(0, |span| i64::from(span.get_days()));
        Self {
            layer: entry.layer.clone(),
            slot: entry.slot.to_string(),
            built_at: entry.built_at.as_second(),
            data_at: entry.data_at.map(Timestamp::as_second),
            next_due: next_due(build),
            days: days + 1,
            orders: entry.orders,
            rows: build.map(|build| build.rows),
            rejects: build.map(|build| build.rejects.clone()).unwrap_or_default(),
            is_pinned: entry.pinned,
        }
    }
}

impl TableFacts {
    fn of(entry: &TableEntry) -> Self {
        Self {
            table: entry.name.to_string(),
            slot: entry.slot.to_string(),
            data_at: entry.data_at.as_second(),
            next_due: next_due(entry.build.as_ref()),
        }
    }
}

/// When the next build is due, in seconds since 1970.
fn next_due(build: Option<&Build>) -> Option<i64> {
    Some(build?.next_due?.as_second())
}

/// The sources of all layers. The layers of one build have the same.
fn sources(layers: &[LayerEntry]) -> Vec<InputSource> {
    let builds = layers.iter().filter_map(|entry| entry.build.as_ref());
    let mut sources: Vec<InputSource> = builds.flat_map(|build| build.sources.clone()).collect();
    sources.sort_unstable_by(|a, b| (&a.name, b.data_at).cmp(&(&b.name, a.data_at)));
    sources.dedup_by(|a, b| a.name == b.name);
    sources
}
