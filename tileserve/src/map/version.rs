//! A version of the map: one manifest with all its archives open, swapped in as a whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tilecore::manifest::{City, LayerEntry, Manifest, TableEntry, manifest_key};
use tilecore::{ArchiveDigest, Slot, Visibility};

use super::budget::Budget;
use super::slots::{ArchiveLookup, LatestArchive, ServedSlot, keep_earlier};
use super::version_error::MapVersionError;
use crate::map::catalog;
use crate::map::tables::{self, ServedTable};
use crate::storage::archive::{Archive, StorageTier};
use crate::storage::disk_cache::DiskCache;
use crate::storage::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::values::document::Document;
use crate::values::map_facts::MapFacts;
use crate::values::surrogate_keys::SurrogateKeys;

/// Largest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 64 << 20;

/// The map as one manifest describes it.
#[derive(Debug)]
pub struct MapVersion {
    /// The manifest's number.
    pub number: u64,
    /// The catalog for every client: what is public, or all that is served with `list_internal`.
    pub catalog: Document,
    /// The catalog of all that is served, for clients that may see it.
    pub full_catalog: Document,
    /// By layer and slot, as paths have them: `density/30d`.
    slots: HashMap<String, ServedSlot>,
    /// By name and slot, as paths have them: `vendors/tehran/now`.
    tables: HashMap<String, ServedTable>,
    hidden: Hidden,
    /// The cities of the map.
    pub cities: Vec<City>,
    /// What the manifest says about all layers and tables, also those that are not served.
    pub facts: Arc<MapFacts>,
}

/// What a manifest lists and this server does not serve, by its names in paths.
#[derive(Clone, Debug)]
struct Hidden {
    slots: Vec<String>,
    tables: Vec<String>,
}

/// How versions are opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Whether internal layers are opened.
    pub serve_internal: bool,
    /// Whether the catalog lists them for every client.
    pub list_internal: bool,
    /// Prefix of absolute URLs; empty = URLs begin with a slash.
    pub public_url: String,
    /// Most bytes of archives in memory.
    pub memory_bytes: u64,
    /// The disk cache, for archives that do not fit in memory.
    pub disk: Option<DiskCache>,
    /// Most bytes of archives in the disk cache.
    pub disk_bytes: u64,
    /// How long a replaced archive is still served under its digest.
    pub retention: Duration,
    /// The metrics of the server.
    pub metrics: Arc<Metrics>,
}

impl MapVersion {
    /// Opens a manifest with all its archives. Those that `before` has open are reused.
    pub async fn open(
        store: &Store,
        number: u64,
        options: &OpenOptions,
        before: Option<&Self>,
    ) -> Result<Self, MapVersionError> {
        let bytes = store.read(&manifest_key(number), MAX_MANIFEST).await;
        let bytes = bytes.map_err(|source| MapVersionError::Read { number, source })?;
        let manifest = Manifest::parse(number, &bytes)
            .map_err(|source| MapVersionError::Manifest { number, source })?;
        let visible: Vec<&LayerEntry> = manifest
            .layers
            .iter()
            .filter(|entry| options.serve_internal || entry.visibility == Visibility::Public)
            .collect();
        check_names(number, &manifest)?;

        let mut budget = Budget::new(
            options.memory_bytes,
            if options.disk.is_some() { options.disk_bytes } else { 0 },
        );
        let mut slots = HashMap::new();
        for (entry, tier) in budget.allocate(&visible) {
            let archive = reuse_open(before, entry, tier);
            let archive = match archive {
                Some(archive) => archive,
                None => Archive::open(store, options.disk.as_ref(), entry, tier)
                    .await
                    .map_err(|source| MapVersionError::Archive { number, source })?
                    .into(),
            };
            let tilejson = catalog::tilejson(entry, &archive, &manifest.holds, &options.public_url);
            let tilejson = Document::json(&tilejson);
            let latest = Some(LatestArchive { archive, tilejson });
            let (visibility, metrics) = (entry.visibility, options.metrics.tiles(&entry.layer));
            let keys = keys_of(&name(entry), number);
            let slot = ServedSlot { visibility, metrics, keys, latest, earlier: Vec::new() };
            slots.insert(name(entry), slot);
        }
        let shown: Vec<&TableEntry> = manifest
            .tables
            .iter()
            .filter(|entry| options.serve_internal || entry.visibility == Visibility::Public)
            .collect();
        let hidden = Hidden {
            slots: manifest
                .layers
                .iter()
                .filter(|entry| !visible.contains(entry))
                .map(name)
                .collect(),
            tables: manifest
                .tables
                .iter()
                .filter(|entry| !shown.contains(entry))
                .map(tables::name)
                .collect(),
        };
        if let Some(before) = before {
            keep_earlier(&mut slots, &before.slots, &hidden.slots, options.retention, &mut budget);
        }
        let before = before.map(|before| &before.tables);
        let tables = tables::open_all(store, &shown, &hidden.tables, before, options.retention)
            .await
            .map_err(|source| MapVersionError::Table { number, source })?;
        let holds = catalog::full_holds(&manifest.holds);
        let full_catalog = catalog::catalog(&manifest, &visible, &shown, &holds);
        let full_catalog = Document::json(&full_catalog);
        let catalog = if options.list_internal {
            full_catalog.clone()
        } else {
            let is_public = |visibility: Visibility| visibility == Visibility::Public;
            let (mut visible, mut shown) = (visible, shown);
            visible.retain(|entry| is_public(entry.visibility));
            shown.retain(|entry| is_public(entry.visibility));
            let holds = catalog::public_holds(&manifest.holds);
            Document::json(&catalog::catalog(&manifest, &visible, &shown, &holds))
        };
        let facts = Arc::new(MapFacts::of(&manifest));
        let cities = manifest.cities;
        Ok(Self { number, catalog, full_catalog, slots, tables, hidden, cities, facts })
    }

    /// The same version, which also serves what an earlier one listed.
    #[must_use]
    pub fn with_history(&self, earlier: &Self, retention: Duration) -> Self {
        let mut slots = self.slots.clone();
        keep_earlier(
            &mut slots,
            &earlier.slots,
            &self.hidden.slots,
            retention,
            &mut Budget::default(),
        );
        let mut tables = self.tables.clone();
        tables::keep_earlier(&mut tables, &earlier.tables, &self.hidden.tables, retention);
        Self {
            number: self.number,
            catalog: self.catalog.clone(),
            full_catalog: self.full_catalog.clone(),
            slots,
            tables,
            hidden: self.hidden.clone(),
            cities: self.cities.clone(),
            facts: Arc::clone(&self.facts),
        }
    }

    /// What is served under a layer and slot, written as in paths.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<&ServedSlot> {
        self.slots.get(name)
    }

    /// What is served under a table's name and slot, written as in paths.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&ServedTable> {
        self.tables.get(name)
    }

    /// The served archives that its manifest lists.
    pub fn latest_archives(&self) -> impl Iterator<Item = &Arc<Archive>> {
        self.slots.values().filter_map(|slot| Some(&slot.latest.as_ref()?.archive))
    }

    /// What is served, with the state of each archive, for operators.
    #[must_use]
    pub fn describe(&self) -> Value {
        let archive = |archive: &Archive| {
            json!({
                "digest": archive.digest(),
                "bytes": archive.length(),
                "tier": archive.tier().name(),
                "is_healthy": archive.is_healthy(),
            })
        };
        let slots: BTreeMap<&String, Value> = self
            .slots
            .iter()
            .map(|(name, slot)| {
                let earlier = slot.earlier.iter().map(|earlier| {
                    json!({
                        "digest": earlier.digest,
                        "replaced_seconds_ago": earlier.replaced_at.elapsed().as_secs(),
                        "is_served": earlier.archive.is_some(),
                    })
                });
                let described = json!({
                    "visibility": slot.visibility,
                    "latest": slot.latest.as_ref().map(|latest| archive(&latest.archive)),
                    "earlier": earlier.collect::<Vec<_>>(),
                });
                (name, described)
            })
            .collect();
        let mut tables: Vec<&String> = self.tables.keys().collect();
        tables.sort_unstable();
        json!({ "number": self.number, "slots": slots, "tables": tables })
    }

    /// Archives in the disk cache.
    #[must_use]
    pub fn on_disk(&self) -> Vec<ArchiveDigest> {
        let on_disk = self.archives().filter(|archive| archive.tier() == StorageTier::Disk);
        on_disk.map(|archive| archive.digest()).collect()
    }

    /// Bytes of the archives and tables of a storage tier.
    #[must_use]
    pub fn bytes_in(&self, tier: StorageTier) -> u64 {
        let archives = self.archives().filter(|archive| archive.tier() == tier);
        let archives: u64 = archives.map(|archive| archive.length()).sum();
        let tables = match tier {
            StorageTier::Memory => self.tables.values().map(ServedTable::resident_bytes).sum(),
            StorageTier::Disk | StorageTier::Store => 0,
        };
        archives + tables
    }

    fn archives(&self) -> impl Iterator<Item = &Arc<Archive>> {
        self.slots.values().flat_map(ServedSlot::archives)
    }
}

/// The surrogate keys of a slot in the version with this number.
fn keys_of(name: &str, number: u64) -> Arc<SurrogateKeys> {
    let layer = name.split('/').next().unwrap_or_default();
    let keys = [format!("layer:{layer}"), format!("slot:{name}"), format!("map:{number}")];
    Arc::new(SurrogateKeys::new(&keys))
}

/// Layer and slot as paths have them.
fn name(entry: &LayerEntry) -> String {
    format!("{}/{}", entry.layer, entry.slot)
}

fn check_names(number: u64, manifest: &Manifest) -> Result<(), MapVersionError> {
    let mut seen = std::collections::HashSet::new();
    for entry in &manifest.layers {
        // A layer's name follows the rule of a slot's: both are parts of keys and paths.
        if entry.layer.parse::<Slot>().is_err() {
            return Err(MapVersionError::Name { number, layer: entry.layer.clone() });
        }
        if !seen.insert(name(entry)) {
            return Err(MapVersionError::Twice { number, slot: name(entry) });
        }
    }
    let mut seen = std::collections::HashSet::new();
    for entry in &manifest.tables {
        if !seen.insert((&entry.name, &entry.slot)) {
            let slot = format!("{}/{}", entry.name, entry.slot);
            return Err(MapVersionError::Twice { number, slot });
        }
    }
    Ok(())
}

/// The archive of an entry, if the version before has it open in a tier that can be reused.
fn reuse_open(
    before: Option<&MapVersion>,
    entry: &LayerEntry,
    tier: StorageTier,
) -> Option<Arc<Archive>> {
    let slot = before?.slots.get(&name(entry))?;
    let ArchiveLookup::Served(archive) = slot.lookup(entry.digest) else { return None };
    match (archive.tier(), tier) {
        (current, wanted) if current == wanted => Some(Arc::clone(archive)),
        (_, StorageTier::Store) => Some(Arc::new(archive.backed_by_store())),
        (_, StorageTier::Memory | StorageTier::Disk) => None,
    }
}
