//! Metrics of the privacy audit: a text file for the textfile collector of Prometheus' node exporter.

use std::path::Path;

use jiff::Timestamp;

use super::job_metrics::MetricsError;
use super::textfile::{Family, TextFile};

const FOUND: Family =
    ("tilegen_privacy_found", "Published figures about too few people that the last audit found");
const TRIED: Family = ("tilegen_privacy_tried", "Subtractions that the last audit tried");
const ARCHIVES: Family = ("tilegen_privacy_archives", "Public archives that the last audit read");
const SUCCESS: Family =
    ("tilegen_privacy_audit_timestamp_seconds", "Time at which the last audit ended");

/// Every family, in the order of the file.
const FAMILIES: [Family; 4] = [FOUND, TRIED, ARCHIVES, SUCCESS];

/// The figures of one audit.
#[derive(Clone, Copy, Debug)]
pub struct AuditStats {
    /// Results about too few people.
    pub found: u64,
    /// Subtractions tried.
    pub tried: u64,
    /// Archives read.
    pub archives: u64,
    /// When it ended.
    pub at: Timestamp,
}

impl AuditStats {
    /// Writes the figures.
    pub fn write(&self, path: &Path) -> Result<(), MetricsError> {
        let mut file = TextFile::read(path, &FAMILIES);
        for (family, value) in [
            (FOUND, self.found as f64),
            (TRIED, self.tried as f64),
            (ARCHIVES, self.archives as f64),
            (SUCCESS, self.at.as_millisecond() as f64 / 1000.0),
        ] {
            file.set(family, &[("layer", "density-public")], value);
        }
        file.write(path, &FAMILIES).map_err(|source| MetricsError::new(path, source))
    }
}
