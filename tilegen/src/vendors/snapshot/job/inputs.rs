//! The steps that read: vendors, grades, areas and targets.

use tilecore::ArchiveDigest;
use tilecore::manifest::Manifest;

use super::{SnapshotJob, SnapshotSpec};
use crate::polygons::{Area, ImportReport, read_areas};
use crate::publish::guards::Acceptance;
use crate::publish::lineage::Inputs;
use crate::store::input::Input;
use crate::vendors::grade::GradeScale;
use crate::vendors::snapshot::SnapshotError;
use crate::vendors::snapshot::area_lookup::{AreaLookup, ContainingAreas};
use crate::vendors::snapshot::file::{SnapshotFile, check_times};
use crate::vendors::snapshot::grades::{Grades, GradesReport};
use crate::vendors::snapshot::rows::VendorFile;
use crate::vendors::snapshot::rows::union::sources_of;
use crate::vendors::snapshot::targets::{TargetFiles, Targets, TargetsReport};
use crate::vendors::snapshot::vendors::{self, ReadVendors, VendorContext};
use crate::vendors::vendor::Vendor;

/// The valid vendors with their grades.
pub(in crate::vendors::snapshot) struct GradedVendors {
    pub(in crate::vendors::snapshot) scale: GradeScale,
    pub(in crate::vendors::snapshot) read: ReadVendors,
    pub(in crate::vendors::snapshot) grades: GradesReport,
}

/// The valid areas and their targets.
pub(in crate::vendors::snapshot) struct AreasAndTargets {
    pub(in crate::vendors::snapshot) areas: Vec<Area>,
    pub(in crate::vendors::snapshot) import: ImportReport,
    pub(in crate::vendors::snapshot) targets: Targets,
    pub(in crate::vendors::snapshot) targets_report: TargetsReport,
}

impl<'a> SnapshotJob<'a> {
    /// Source: reads the vendor file, finds the target files, and checks when all of them were written.
    pub(in crate::vendors::snapshot) fn open_files(
        &mut self,
        inputs: &mut Inputs,
    ) -> Result<(SnapshotFile, TargetFiles<'a>), SnapshotError> {
        let spec = self.spec;
        let file = SnapshotFile::read(&spec.vendors, spec.now)?;
        self.own = Some(Acceptance::Vendors(ArchiveDigest::of(&file.bytes)));
        self.sanity_checks.check_age(&file, self.published.as_ref(), &spec.config);
        let target_files = TargetFiles::find(spec.targets.as_deref(), &spec.config.cities)?;
        check_times(&spec.grades, spec.now)?;
        check_times(&target_files.paths(), spec.now)?;
        inputs.came_from(sources_of(&file.bytes));
        inputs.add("vendors", [(file.name.clone(), Input::Bytes(&file.bytes))])?;
        inputs.add_files("grades", &spec.grades)?;
        Ok((file, target_files))
    }

    /// Validate: reads the valid vendors and joins their grades.
    pub(in crate::vendors::snapshot) fn read_vendors(
        &mut self,
        file: &SnapshotFile,
    ) -> Result<GradedVendors, SnapshotError> {
        let config = &self.spec.config;
        let published = self.published.as_ref();
        let scale = GradeScale::new(&config.grades.order);
        let context = VendorContext {
            cities: &config.cities,
            published_lines: &published.map(Manifest::line_registry).unwrap_or_default(),
            ungraded: scale.ungraded(),
        };
        let vendor_file = VendorFile { name: &file.name, columns: &config.vendors };
        let mut read = vendors::read(vendor_file, &file.bytes, context)?;
        read.rejected_values.warn();
        self.sanity_checks.check_vendors(&file.name, &read, published, config)?;
        let grades = Grades::new(&scale, &config.grades.columns).read(&self.spec.grades)?;
        let grades = grades.join(&mut read.vendors);
        self.stopwatch.record_step("read vendors");
        Ok(GradedVendors { scale, read, grades })
    }

    /// Validate: reads the areas, and the targets of their lines.
    pub(in crate::vendors::snapshot) fn read_areas(
        &mut self,
        target_files: &TargetFiles<'_>,
        lines: &[String],
    ) -> Result<AreasAndTargets, SnapshotError> {
        let SnapshotSpec { config, areas, now, .. } = self.spec;
        let (areas, import) = read_areas(areas, &config.cities, *now)?;
        let (targets, targets_report) =
            Targets::read(target_files, &config.targets, &areas, lines)?;
        self.sanity_checks.check_targets(&targets_report, config);
        Ok(AreasAndTargets { areas, import, targets, targets_report })
    }

    /// Finds the areas that contain each vendor.
    pub(in crate::vendors::snapshot) fn locate(
        &mut self,
        lookup: &AreaLookup<'_>,
        vendors: &[Vendor],
    ) -> Vec<ContainingAreas> {
        let containing = lookup.for_vendors(vendors);
        self.stopwatch.record_step("read areas");
        containing
    }
}
