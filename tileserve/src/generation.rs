//! Generations: one manifest with all its archives open, swapped in whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tilecore::manifest::{LayerEntry, Manifest, ManifestError, TableEntry, manifest_key};
use tilecore::{ArchiveDigest, Slot, Visibility};

use crate::archive::{Archive, ArchiveError, Residence};
use crate::catalog;
use crate::disk::DiskCache;
use crate::document::Document;
use crate::finish::SurrogateKeys;
use crate::metrics::{Metrics, RouteMetrics};
use crate::store::{Store, StoreError};
use crate::table::{self, ServedTable, TableError};

/// Most bytes of a manifest that are read.
const MAX_MANIFEST: u64 = 64 << 20;

/// The map as one manifest says it is.
#[derive(Debug)]
pub struct Generation {
    /// The manifest's number.
    pub number: u64,
    /// What is published, as far as everybody may see it, or as far as it is served at all.
    pub catalog: Document,
    /// All that is published, for those who may see it.
    pub full_catalog: Document,
    /// By layer and slot, as paths have them: `density/30d`.
    slots: HashMap<String, ServedSlot>,
    /// By name and slot, as paths have them: `vendors/tehran/now`.
    tables: HashMap<String, ServedTable>,
    hidden: Hidden,
}

/// What a manifest lists and this server does not show, by names as paths have them.
#[derive(Clone, Debug)]
struct Hidden {
    slots: Vec<String>,
    tables: Vec<String>,
}

/// All that is served under one layer and slot.
#[derive(Clone, Debug)]
pub struct ServedSlot {
    /// Who may see it, and so who may keep copies.
    pub visibility: Visibility,
    /// Counters of its tiles.
    pub metrics: Arc<RouteMetrics>,
    /// Names by which caches can be told to drop what is made from it.
    pub keys: Arc<SurrogateKeys>,
    /// What the manifest lists; nothing once the slot is no longer part of the map.
    pub newest: Option<Newest>,
    /// What earlier manifests listed, the latest first. Pages that were opened then still ask.
    earlier: Vec<Earlier>,
}

/// The archive that the manifest lists for a slot.
#[derive(Clone, Debug)]
pub struct Newest {
    /// The archive.
    pub archive: Arc<Archive>,
    /// Its description.
    pub tilejson: Document,
    /// How old it is.
    age: Age,
}

/// How old an archive of the map is.
#[derive(Clone, Debug)]
pub struct Age {
    /// Its layer.
    pub layer: String,
    /// Slot of the layer.
    pub slot: String,
    /// When it was built, in seconds since 1970.
    pub built_at: i64,
    /// When its newest data were written, in seconds since 1970, where that is known.
    pub data_at: Option<i64>,
}

#[derive(Clone, Debug)]
struct Earlier {
    digest: ArchiveDigest,
    replaced_at: Instant,
    /// Nothing once its time is over: then its addresses are gone.
    archive: Option<Arc<Archive>>,
}

/// The answer for an archive named in a path.
#[derive(Clone, Copy, Debug)]
pub enum NamedArchive<'a> {
    /// It is served.
    Served(&'a Arc<Archive>),
    /// It was part of the map and is no more.
    Gone,
    /// It never was, as far as this server knows.
    Unknown,
}

/// What decides how a generation is opened.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Whether internal layers are opened.
    pub serve_internal: bool,
    /// Whether the catalog tells everybody of them.
    pub tell_internal: bool,
    /// What absolute URLs begin with; empty = URLs begin with a slash.
    pub public_url: String,
    /// Bytes of archives that may be kept in memory.
    pub memory_bytes: u64,
    /// Where archives are kept that memory has no room for.
    pub disk: Option<DiskCache>,
    /// Bytes of archives that may be kept there.
    pub disk_bytes: u64,
    /// How long an archive that was replaced still answers under its digest.
    pub keep: Duration,
    /// Where answers are counted.
    pub metrics: Arc<Metrics>,
}

/// Why a manifest could not become a generation.
#[derive(Debug, thiserror::Error)]
pub enum GenerationError {
    /// The manifest could not be read.
    #[error("manifest {number} could not be read")]
    Read {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// The manifest is none.
    #[error("manifest {number} is damaged")]
    Manifest {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: ManifestError,
    },
    /// A layer's name could lead out of its folder.
    #[error("manifest {number} lists a layer with the unusable name `{layer}`")]
    Name {
        /// Its number.
        number: u64,
        /// The name.
        layer: String,
    },
    /// A slot is listed twice.
    #[error("manifest {number} lists {slot} twice")]
    Twice {
        /// Its number.
        number: u64,
        /// Layer and slot.
        slot: String,
    },
    /// A table cannot be used.
    #[error("manifest {number} lists a table that cannot be used")]
    Table {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: TableError,
    },
    /// An archive cannot be used.
    #[error("manifest {number} lists an archive that cannot be used")]
    Archive {
        /// Its number.
        number: u64,
        /// The cause.
        #[source]
        source: ArchiveError,
    },
}

impl GenerationError {
    /// Whether the store has no such manifest, which is how a follower learns that there is no
    /// news.
    #[must_use]
    pub const fn is_missing_manifest(&self) -> bool {
        matches!(self, Self::Read { source: StoreError::Missing { .. }, .. })
    }
}

impl Generation {
    /// Opens a manifest with all its archives. Those that `before` has open are taken over.
    pub async fn open(
        store: &Store,
        number: u64,
        options: &OpenOptions,
        before: Option<&Self>,
    ) -> Result<Self, GenerationError> {
        let bytes = store.read(&manifest_key(number), MAX_MANIFEST).await;
        let bytes = bytes.map_err(|source| GenerationError::Read { number, source })?;
        let manifest = Manifest::parse(number, &bytes)
            .map_err(|source| GenerationError::Manifest { number, source })?;
        let visible: Vec<&LayerEntry> = manifest
            .layers
            .iter()
            .filter(|entry| options.serve_internal || entry.visibility == Visibility::Public)
            .collect();
        check_names(number, &manifest)?;

        let mut budget = Budget::new(options);
        let mut slots = HashMap::new();
        for (entry, residence) in budget.settle(&visible) {
            let archive = take_over(before, entry, residence);
            let archive = match archive {
                Some(archive) => archive,
                None => Archive::open(store, options.disk.as_ref(), entry, residence)
                    .await
                    .map_err(|source| GenerationError::Archive { number, source })?
                    .into(),
            };
            let tilejson = catalog::tilejson(entry, &archive, &options.public_url);
            let (tilejson, age) = (Document::json(&tilejson), Age::of(entry));
            let newest = Some(Newest { archive, tilejson, age });
            let (visibility, metrics) = (entry.visibility, options.metrics.tiles(&entry.layer));
            let keys = keys_of(&name(entry), number);
            let slot = ServedSlot { visibility, metrics, keys, newest, earlier: Vec::new() };
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
                .map(table::name)
                .collect(),
        };
        if let Some(before) = before {
            keep_earlier(&mut slots, before, &hidden.slots, options.keep, &mut budget);
        }
        let before = before.map(|before| &before.tables);
        let tables = table::open_all(store, &shown, &hidden.tables, before, options.keep)
            .await
            .map_err(|source| GenerationError::Table { number, source })?;
        let full_catalog = Document::json(&catalog::catalog(&manifest, &visible, &shown));
        let catalog = if options.tell_internal {
            full_catalog.clone()
        } else {
            let is_public = |visibility: Visibility| visibility == Visibility::Public;
            let (mut visible, mut shown) = (visible, shown);
            visible.retain(|entry| is_public(entry.visibility));
            shown.retain(|entry| is_public(entry.visibility));
            Document::json(&catalog::catalog(&manifest, &visible, &shown))
        };
        Ok(Self { number, catalog, full_catalog, slots, tables, hidden })
    }

    /// The same map, which also answers for what an earlier one listed.
    #[must_use]
    pub fn recalling(&self, earlier: &Self, keep: Duration) -> Self {
        let mut slots = self.slots.clone();
        keep_earlier(
            &mut slots,
            earlier,
            &self.hidden.slots,
            keep,
            &mut Budget { memory: 0, disk: 0 },
        );
        let mut tables = self.tables.clone();
        table::keep_earlier(&mut tables, &earlier.tables, &self.hidden.tables, keep);
        Self {
            number: self.number,
            catalog: self.catalog.clone(),
            full_catalog: self.full_catalog.clone(),
            slots,
            tables,
            hidden: self.hidden.clone(),
        }
    }

    /// What is served under a layer and slot given as a path has them.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<&ServedSlot> {
        self.slots.get(name)
    }

    /// What is served under a table's name and slot given as a path has them.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&ServedTable> {
        self.tables.get(name)
    }

    /// The archives that its manifest lists, as far as they are shown.
    pub fn newest_archives(&self) -> impl Iterator<Item = &Arc<Archive>> {
        self.slots.values().filter_map(|slot| Some(&slot.newest.as_ref()?.archive))
    }

    /// What is served, down to each archive and where it is kept.
    #[must_use]
    pub fn describe(&self) -> Value {
        let archive = |archive: &Archive| {
            json!({
                "digest": archive.digest(),
                "bytes": archive.length(),
                "kept_in": archive.residence().name(),
                "is_well": archive.is_well(),
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
                    "newest": slot.newest.as_ref().map(|newest| archive(&newest.archive)),
                    "earlier": earlier.collect::<Vec<_>>(),
                });
                (name, described)
            })
            .collect();
        let mut tables: Vec<&String> = self.tables.keys().collect();
        tables.sort_unstable();
        json!({ "number": self.number, "slots": slots, "tables": tables })
    }

    /// How old each archive of the map is.
    pub fn ages(&self) -> impl Iterator<Item = &Age> {
        self.slots.values().filter_map(|slot| Some(&slot.newest.as_ref()?.age))
    }

    /// Archives with a copy on this machine's disk.
    #[must_use]
    pub fn on_disk(&self) -> Vec<ArchiveDigest> {
        let on_disk = self.archives().filter(|archive| archive.residence() == Residence::Disk);
        on_disk.map(|archive| archive.digest()).collect()
    }

    /// Bytes of the archives and tables that are kept in a place.
    #[must_use]
    pub fn bytes_in(&self, place: Residence) -> u64 {
        let archives = self.archives().filter(|archive| archive.residence() == place);
        let archives: u64 = archives.map(|archive| archive.length()).sum();
        let tables = match place {
            Residence::Memory => self.tables.values().map(ServedTable::resident_bytes).sum(),
            Residence::Disk | Residence::Store => 0,
        };
        archives + tables
    }

    fn archives(&self) -> impl Iterator<Item = &Arc<Archive>> {
        self.slots.values().flat_map(ServedSlot::archives)
    }
}

impl Age {
    fn of(entry: &LayerEntry) -> Self {
        Self {
            layer: entry.layer.clone(),
            slot: entry.slot.to_string(),
            built_at: entry.built_at.as_second(),
            data_at: entry.data_at.iter().map(|at| at.as_second()).next(),
        }
    }
}

impl ServedSlot {
    /// The archive with this digest.
    #[must_use]
    pub fn named(&self, digest: ArchiveDigest) -> NamedArchive<'_> {
        if let Some(newest) = &self.newest
            && newest.archive.digest() == digest
        {
            return NamedArchive::Served(&newest.archive);
        }
        match self.earlier.iter().find(|earlier| earlier.digest == digest) {
            Some(Earlier { archive: Some(archive), .. }) => NamedArchive::Served(archive),
            Some(Earlier { archive: None, .. }) => NamedArchive::Gone,
            None => NamedArchive::Unknown,
        }
    }

    /// Whether the manifest lists this archive here.
    #[must_use]
    pub fn is_newest(&self, digest: ArchiveDigest) -> bool {
        self.newest.as_ref().is_some_and(|newest| newest.archive.digest() == digest)
    }

    /// All archives that answer here, the newest first.
    fn archives(&self) -> impl Iterator<Item = &Arc<Archive>> {
        let newest = self.newest.iter().map(|newest| &newest.archive);
        newest.chain(self.earlier.iter().filter_map(|earlier| earlier.archive.as_ref()))
    }
}

/// The surrogate keys of a slot, given as paths have it, in the map of a number.
fn keys_of(name: &str, number: u64) -> Arc<SurrogateKeys> {
    let layer = name.split('/').next().unwrap_or_default();
    let keys = [format!("layer:{layer}"), format!("slot:{name}"), format!("map:{number}")];
    Arc::new(SurrogateKeys::new(&keys))
}

/// Layer and slot as paths have them.
fn name(entry: &LayerEntry) -> String {
    format!("{}/{}", entry.layer, entry.slot)
}

fn check_names(number: u64, manifest: &Manifest) -> Result<(), GenerationError> {
    let mut seen = std::collections::HashSet::new();
    for entry in &manifest.layers {
        // A layer's name follows the rule of a slot's: both are parts of keys and paths.
        if entry.layer.parse::<Slot>().is_err() {
            return Err(GenerationError::Name { number, layer: entry.layer.clone() });
        }
        if !seen.insert(name(entry)) {
            return Err(GenerationError::Twice { number, slot: name(entry) });
        }
    }
    let mut seen = std::collections::HashSet::new();
    for entry in &manifest.tables {
        if !seen.insert((&entry.name, &entry.slot)) {
            let slot = format!("{}/{}", entry.name, entry.slot);
            return Err(GenerationError::Twice { number, slot });
        }
    }
    Ok(())
}

/// Room for whole archives, given out once.
struct Budget {
    memory: u64,
    disk: u64,
}

impl Budget {
    fn new(options: &OpenOptions) -> Self {
        let disk = if options.disk.is_some() { options.disk_bytes } else { 0 };
        Self { memory: options.memory_bytes, disk }
    }

    fn residence(&mut self, bytes: u64) -> Residence {
        if let Some(left) = self.memory.checked_sub(bytes) {
            self.memory = left;
            return Residence::Memory;
        }
        self.disk_or_store(bytes)
    }

    fn disk_or_store(&mut self, bytes: u64) -> Residence {
        match self.disk.checked_sub(bytes) {
            Some(left) => {
                self.disk = left;
                Residence::Disk
            }
            None => Residence::Store,
        }
    }

    /// Where each archive lives. The small ones come first, so that as many as possible need no
    /// read at all.
    fn settle<'a>(&mut self, entries: &[&'a LayerEntry]) -> Vec<(&'a LayerEntry, Residence)> {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|entry| entry.bytes);
        entries.into_iter().map(|entry| (entry, self.residence(entry.bytes))).collect()
    }
}

/// The archive of an entry, if the generation before has it open in the way it shall be now.
fn take_over(
    before: Option<&Generation>,
    entry: &LayerEntry,
    residence: Residence,
) -> Option<Arc<Archive>> {
    let slot = before?.slots.get(&name(entry))?;
    let NamedArchive::Served(archive) = slot.named(entry.digest) else { return None };
    match (archive.residence(), residence) {
        (has, shall) if has == shall => Some(Arc::clone(archive)),
        (_, Residence::Store) => Some(Arc::new(archive.without_bytes())),
        (_, Residence::Memory | Residence::Disk) => None,
    }
}

/// Lets archives that the new manifest no longer lists answer under their digest for a while.
/// Slots that are hidden now lose theirs at once.
fn keep_earlier(
    slots: &mut HashMap<String, ServedSlot>,
    before: &Generation,
    hidden: &[String],
    keep: Duration,
    budget: &mut Budget,
) {
    let now = Instant::now();
    for (name, old) in before.slots.iter().filter(|(name, _)| !hidden.contains(name)) {
        let slot = slots.entry(name.clone()).or_insert_with(|| {
            let (visibility, metrics) = (old.visibility, Arc::clone(&old.metrics));
            let keys = Arc::clone(&old.keys);
            ServedSlot { visibility, metrics, keys, newest: None, earlier: Vec::new() }
        });
        let current = slot.newest.as_ref().map(|newest| newest.archive.digest());
        let replaced = old.newest.iter().map(|newest| Earlier {
            digest: newest.archive.digest(),
            replaced_at: now,
            archive: Some(Arc::clone(&newest.archive)),
        });
        slot.earlier = replaced
            .chain(old.earlier.iter().cloned())
            .filter(|earlier| Some(earlier.digest) != current)
            .map(|earlier| earlier.age(now, keep, budget))
            .collect();
    }
}

impl Earlier {
    fn age(mut self, now: Instant, keep: Duration, budget: &mut Budget) -> Self {
        if now.duration_since(self.replaced_at) >= keep {
            self.archive = None;
        }
        if let Some(archive) = &self.archive {
            let shall = match archive.residence() {
                Residence::Memory => budget.residence(archive.length()),
                Residence::Disk => budget.disk_or_store(archive.length()),
                Residence::Store => Residence::Store,
            };
            // What has to leave memory is not written to the disk now: its time is nearly over.
            if shall != archive.residence() {
                self.archive = Some(Arc::new(archive.without_bytes()));
            }
        }
        self
    }
}
