//! Turns a counted layer into a verified archive in the store.

use tilecore::lineage::Build;
use tilecore::manifest::LayerEntry;

use crate::density::count::CountedLayer;
use crate::density::error::BuildError;
use crate::density::metadata::{DensityMetadata, encode_archive, named_lines};
use crate::density::plan::ArchivePlan;
use crate::density::pyramid::Pyramid;
use crate::density::report::ArchiveReport;
use crate::orders::read::OrderInput;
use crate::publish::{Provenance, StoredArchive, store_archive};
use crate::store::Store;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;
use crate::tiles::archive::EncodedArchive;

/// A verified archive in the store, ready to be published.
pub(super) struct BuiltArchive {
    pub(super) entry: LayerEntry,
    pub(super) report: ArchiveReport,
}

/// What all archives of the same orders share.
pub(super) struct ArchiveBuilder<'a> {
    pub(super) store: &'a Store,
    pub(super) input: &'a OrderInput,
    /// The business lines of the orders, in index order.
    pub(super) lines: &'a [String],
    pub(super) lineage: &'a Build,
    pub(super) progress: Progress,
    pub(super) stopwatch: &'a mut Stopwatch,
}

impl ArchiveBuilder<'_> {
    /// Encodes, stores and verifies the archive of a counted layer.
    pub(super) fn build(
        &mut self,
        archive: &ArchivePlan,
        layer: CountedLayer,
    ) -> Result<BuiltArchive, BuildError> {
        let CountedLayer { pyramid, orders: counted } = layer;
        let bytes = pyramid.bytes();
        let bar = self.progress.step("storing bytes", bytes);
        let lines = named_lines(&pyramid, self.lines, archive.floor);
        let encoded = self.encode(archive, &pyramid, &lines)?;
        drop(pyramid);
        let verified = self.store_and_verify(archive, &encoded)?;
        bar.advance(bytes);
        Ok(BuiltArchive {
            entry: self.entry(archive, &encoded, &verified, lines),
            report: ArchiveReport::new(archive, counted, &verified),
        })
    }

    /// Archive: writes tiles and metadata into an archive in memory.
    fn encode(
        &mut self,
        archive: &ArchivePlan,
        pyramid: &Pyramid,
        lines: &[Option<String>],
    ) -> Result<EncodedArchive, BuildError> {
        let metadata = DensityMetadata {
            layer: archive.layer,
            days: archive.days,
            time_zone: &self.input.config.time_zone_name,
            lines,
            cities: &self.input.config.cities,
            floor: archive.floor,
        };
        let encoded = encode_archive(pyramid, &metadata).map_err(|source| BuildError::Write {
            layer: archive.layer.id,
            slot: archive.slot.clone(),
            source,
        })?;
        self.stopwatch.record_step("archive");
        Ok(encoded)
    }

    /// Verify: writes an archive to the store, reads it back and verifies it.
    fn store_and_verify(
        &mut self,
        archive: &ArchivePlan,
        encoded: &EncodedArchive,
    ) -> Result<StoredArchive, BuildError> {
        let (layer, slot) = (archive.layer.id, &archive.slot);
        let stored = store_archive(self.store, layer, slot, &encoded.bytes, &encoded.hashes)?;
        self.stopwatch.record_step("store and verify");
        Ok(stored)
    }

    /// The manifest entry of an archive.
    fn entry(
        &self,
        archive: &ArchivePlan,
        encoded: &EncodedArchive,
        verified: &StoredArchive,
        lines: Vec<Option<String>>,
    ) -> LayerEntry {
        let days = (archive.days.first.date(), archive.days.last.date());
        let provenance = Provenance {
            data_at: self.input.end_of_day(archive.days.last),
            build: Some(self.lineage.clone()),
        };
        let shallowest = verified.verified.zooms.values().next();
        LayerEntry {
            orders: shallowest.map_or(0, |totals| totals.orders),
            lines,
            ..verified.entry(archive.layer, archive.slot.clone(), encoded, &provenance, days)
        }
    }
}
