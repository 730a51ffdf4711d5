//! The build of the area layers: reads area files and publishes the archives `areas` and `population`.

use std::collections::BTreeMap;
use std::fmt;

use fast_mvt::MvtError;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, json};
use tilecore::archive::WriteError;
use tilecore::layer::{AREAS, POPULATION};
use tilecore::manifest::{LayerEntry, Manifest};
use tilecore::text::counted;
use tilecore::{ArchiveDigest, LayerSpec};

use super::{population, tiles as area_tiles};
use crate::config::Config;
use crate::config::period::Period;
use crate::polygons::{Area, AreaError, AreaFolders, AreaKind, ImportReport, read_areas};
use crate::publish::feature_layer::{
    self, FeatureLayerMetadata, FeatureLayerReport, store_feature_layer,
};
use crate::publish::guards::accepted::{AcceptedFinding, Accepting};
use crate::publish::guards::areas::{AreaCounts, check_areas, count_areas};
use crate::publish::guards::baseline::{Known, NewReport, Settings, accepted_before};
use crate::publish::guards::emptied::check_archives;
use crate::publish::guards::{Acceptance, GuardStop, GuardsReport};
use crate::publish::lineage::Inputs;
use crate::publish::{
    GuardRecord, OutputError, Provenance, PublishError, Update, newest_manifest, publish,
};
use crate::store::Store;
use crate::telemetry::process::process_usage;
use crate::telemetry::stopwatch::Stopwatch;
use crate::tiles::feature_tile::{FeatureTile, FeatureTotals};

/// What to build.
#[derive(Clone, Debug)]
pub struct AreasSpec {
    /// The folders of area files.
    pub folders: AreaFolders,
    /// The store that receives the archives.
    pub store: String,
    /// How often this build runs, if known.
    pub every: Option<Period>,
    /// The configuration; this build uses the cities and the time zone.
    pub config: Config,
    /// The job, under which the private report is published.
    pub job: &'static str,
    /// What the operator accepts.
    pub accepted: Vec<Acceptance>,
    /// Layers to build: `areas`, `population` or both.
    pub layers: Vec<LayerSpec>,
    /// Inhabitants for each dot at the deepest zoom.
    pub people_per_dot: u32,
    /// The time that the build takes as the current time.
    pub now: Timestamp,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum AreasError {
    /// A guard stopped the build.
    #[error(transparent)]
    Guard(#[from] GuardStop),
    /// Areas could not be read.
    #[error("could not read the areas")]
    Areas(#[from] AreaError),
    /// The folders contain no areas.
    #[error("no areas in {folders}; nothing was published")]
    NoAreas {
        /// The folders.
        folders: String,
    },
    /// Only dots are to be built, and no area has enough inhabitants for one.
    #[error(
        "all neighbourhoods together have fewer than {people_per_dot} inhabitants, so there are no dots; check the population column (Pop), or use a smaller --people-per-dot"
    )]
    NoInhabitants {
        /// Inhabitants for each dot.
        people_per_dot: u32,
    },
    /// The population gives too many dots.
    #[error(
        "the inhabitants of all neighbourhoods give {count} dots, and the limit is {limit}; check the population column (Pop), or use a larger --people-per-dot"
    )]
    TooManyDots {
        /// Number of dots.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// A tile could not be encoded.
    #[error("could not encode the areas")]
    Encode(#[from] MvtError),
    /// An archive could not be written.
    #[error("could not write the archive of {layer}")]
    Write {
        /// The layer.
        layer: &'static str,
        /// Cause.
        #[source]
        source: WriteError,
    },
    /// The output could not be stored or published.
    #[error(transparent)]
    Output(OutputError),
}

impl<E> From<E> for AreasError
where
    OutputError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Output(error.into())
    }
}

impl AreasError {
    /// If a guard stopped the build, the `--accept` values with which it would publish. Without them, a retry
    /// stops again.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        match self {
            Self::Guard(stop) => Some(stop.acceptances()),
            _ => None,
        }
    }
}

/// The report of a build of area layers.
#[derive(Clone, Debug, Serialize)]
pub struct AreasReport {
    /// Program and version.
    pub generator: &'static str,
    /// The report of the import.
    pub import: ImportReport,
    /// What the guards found.
    pub guards: GuardsReport,
    /// The archives.
    pub archives: Vec<FeatureLayerReport>,
    /// Number of the manifest that lists the archives.
    pub manifest: u64,
    /// Duration of each step, in seconds.
    pub seconds: BTreeMap<&'static str, f64>,
    /// CPU time of all threads, in seconds.
    pub cpu_seconds: f64,
    /// Peak memory, in bytes.
    pub peak_memory_bytes: u64,
}

/// Builds the layers from one import, and publishes them in one manifest. If both layers are to be
/// built and no area has a population, the layer `population` is skipped.
pub fn build_areas(spec: &AreasSpec) -> Result<AreasReport, AreasError> {
    let mut watch = Stopwatch::start();
    let (areas, import) = read_areas(&spec.folders, &spec.config.cities, spec.now)?;
    if areas.is_empty() {
        return Err(AreasError::NoAreas { folders: spec.folders.to_string() });
    }
    let store = Store::open(&spec.store, true)?;
    store.check_create_only()?;
    let published = newest_manifest(&store)?;
    watch.record_step("read");

    let mut inputs = Inputs::at(spec.now);
    inputs.add_files("areas", &spec.folders.files()?)?;
    let mut guards = AreaGuards::check(spec, &store, published.as_ref(), &areas, inputs.digest())?;
    let rows = import.areas.values().sum();
    let build = Some(inputs.store(&store, rows, &(), spec.every)?);
    let data_at = spec.folders.modified_at()?.unwrap_or(spec.now);
    let provenance = Provenance { data_at, build };
    let day = spec.config.time_zone.to_datetime(data_at).date();
    let mut archives = Vec::new();
    let mut store_layer = |tiles: &[FeatureTile], metadata: FeatureLayerMetadata| {
        let layer = metadata.layer;
        let archive = feature_layer::encode(tiles, metadata)
            .map_err(|source| AreasError::Write { layer: layer.id, source })?;
        archives.push(store_feature_layer(&store, layer, &archive, &provenance, day)?);
        Ok::<_, AreasError>(())
    };
    if spec.layers.contains(&AREAS) {
        let fields = feature_layer::fields(&area_tiles::FIELDS);
        let metadata = FeatureLayerMetadata {
            layer: AREAS,
            fields: vec![fields.clone(), fields],
            sum_of: None,
            extra: Map::new(),
        };
        store_layer(&area_tiles::encode_tiles(&areas)?, metadata)?;
        watch.record_step("areas");
    }
    if spec.layers.contains(&POPULATION) {
        let people_per_dot = spec.people_per_dot;
        let count = population::total_dots(&areas, people_per_dot);
        if count > population::MAX_DOTS {
            return Err(AreasError::TooManyDots { count, limit: population::MAX_DOTS });
        }
        let dots = population::encode_tiles(&areas, people_per_dot);
        if !dots.is_empty() {
            let people = population::people_by_zoom(people_per_dot);
            let metadata = FeatureLayerMetadata {
                layer: POPULATION,
                fields: vec![feature_layer::fields(&population::FIELDS)],
                sum_of: None,
                extra: Map::from_iter([("people_per_dot".to_owned(), json!(people))]),
            };
            store_layer(&dots, metadata)?;
        } else if !spec.layers.contains(&AREAS) {
            return Err(AreasError::NoInhabitants { people_per_dot });
        }
    }
    watch.record_step("population");

    let entries: Vec<_> = archives.iter().map(|(entry, _)| entry.clone()).collect();
    let found = check_archives(published.as_ref(), &entries);
    GuardStop::check(&found)?;
    guards.report.findings.extend(found);
    let record = guards.store(spec, &store, &entries)?;
    let update = Update {
        base: published.as_ref(),
        cities: &spec.config.cities,
        layers: &entries,
        guards: Some(&record),
        ..Update::default()
    };
    let manifest = publish(&store, update)?;
    watch.record_step("publish");

    let (cpu, peak_memory_bytes) = process_usage();
    Ok(AreasReport {
        generator: crate::store::GENERATOR,
        import,
        guards: guards.report,
        archives: archives.into_iter().map(|(_, report)| report).collect(),
        manifest: manifest.number,
        seconds: watch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

/// The counts of area files, and what the guards found in them.
struct AreaGuards {
    counts: AreaCounts,
    accepted: Vec<AcceptedFinding>,
    report: GuardsReport,
}

impl AreaGuards {
    /// Compares the areas with those that were published. `digest` identifies the files.
    fn check(
        spec: &AreasSpec,
        store: &Store,
        published: Option<&Manifest>,
        areas: &[Area],
        digest: ArchiveDigest,
    ) -> Result<Self, AreasError> {
        let config = &spec.config;
        let counts = area_counts(config, areas);
        let Known { baseline, fault } = Known::<AreaCounts>::load(store, published, spec.job)?;
        let before = baseline.as_ref().map(|baseline| &baseline.report.counts);
        let recorded = accepted_before(store, published, &[spec.job])?;
        let accepting =
            Accepting { config: &config.guards, now: &spec.accepted, before: &recorded };
        let own = Acceptance::Areas(digest);
        let cities: Vec<String> = config.cities.iter().map(|city| city.key.clone()).collect();
        let found = check_areas(&cities, before, &counts, &own, accepting);
        let changed = before.map(|before| counts.settings.changed_since(&before.settings));
        GuardStop::check(&found).map_err(|stop| stop.after_changes(changed.unwrap_or_default()))?;
        let warning = counts.settings.warning(before.map(|before| &before.settings));
        let counts = counts.after(before, &found);
        // Acceptances of earlier files no longer apply.
        let mut accepted = accepting.to_record(&found);
        accepted.retain(|one| one.accept == own);
        let compared_with = baseline.as_ref().map(|baseline| baseline.map);
        let findings = fault.into_iter().chain(found).chain(warning).collect();
        let report = GuardsReport { compared_with, findings, ..GuardsReport::default() };
        report.log();
        Ok(Self { counts, accepted, report })
    }

    fn store(
        &self,
        spec: &AreasSpec,
        store: &Store,
        layers: &[LayerEntry],
    ) -> Result<GuardRecord, PublishError> {
        NewReport {
            job: spec.job,
            layers,
            tables: &[],
            findings: &self.report.findings,
            accepted: &self.accepted,
            counts: &self.counts,
        }
        .store(store)
    }
}

fn area_counts(config: &Config, areas: &[Area]) -> AreaCounts {
    let kinds = areas.iter().map(|area| (area.city, area.kind.to_string()));
    let mut counts = AreaCounts {
        cities: count_areas(kinds, &config.cities),
        settings: Settings::of(config),
        ..AreaCounts::default()
    };
    for area in areas.iter().filter(|area| area.kind == AreaKind::Neighbourhood) {
        if let Some(city) = config.cities.iter().find(|city| city.id == area.city) {
            let people = area.attributes.population.unwrap_or(0);
            *counts.people.entry(city.key.clone()).or_default() += people;
        }
    }
    counts
}

impl fmt::Display for AreasReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let import = &self.import;
        let areas: Vec<_> =
            import.areas.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(f, "read      {}: {}", counted(import.files, "file"), areas.join(", "))?;
        if import.files_not_read.files > 0 {
            let files = counted(import.files_not_read.files, "file");
            writeln!(f, "not read  {files}: {}", import.files_not_read.names.join(", "))?;
        }
        for (count, what) in [
            (import.names_normalised, "names changed by normalisation"),
            (import.rows_without_polygon, "rows without a polygon skipped"),
            (
                import.names_cleaned,
                "names with control characters or marks that reorder text, cleaned",
            ),
            (import.unreadable.values, "values that could not be read"),
            (import.surfaces_computed, "surfaces computed, because AREA fits no unit"),
            (import.rows_joined, "rows merged with one of the same name"),
            (import.regions_unknown, "neighbourhoods of a missing region"),
            (import.repairs.texts_repaired, "texts encoded twice, repaired"),
            (import.repairs.texts_cut, "texts with a truncated last character"),
            (import.repairs.rings_turned, "outer rings with the winding order of a hole"),
        ] {
            if count > 0 {
                writeln!(f, "          {count:>9} {what}")?;
            }
        }
        for example in import.unreadable.examples.iter().chain(&import.surface_examples) {
            writeln!(f, "          {example}")?;
        }
        self.guards.fmt(f)?;
        for archive in &self.archives {
            let FeatureLayerReport { layer, bytes, largest_tile, zooms, .. } = archive;
            writeln!(f, "{layer}/now  {bytes} bytes, largest tile {largest_tile}")?;
            writeln!(f, "          zoom   tiles  features")?;
            for (zoom, FeatureTotals { tiles, features, .. }) in zooms {
                writeln!(f, "          {zoom:>4} {tiles:>7} {features:>9}")?;
            }
        }
        let total: f64 = self.seconds.values().sum();
        let (manifest, cpu) = (self.manifest, self.cpu_seconds);
        writeln!(
            f,
            "published manifest {manifest} after {total:.2} s (CPU time {cpu:.2} s, peak memory {} MB)",
            self.peak_memory_bytes / 1_000_000,
        )
    }
}
