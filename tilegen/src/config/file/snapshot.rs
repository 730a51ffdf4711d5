//! The section `snapshot` of the configuration file.

use serde::Deserialize;

use crate::config::values::{SnapshotConfig, VendorColumn};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotSection {
    max_reject_share: Option<f64>,
    max_age_minutes: Option<u32>,
    max_shrink_share: Option<f64>,
    allow_unmatched_targets: Option<bool>,
    vendor_columns: Option<Vec<VendorColumn>>,
}

impl SnapshotSection {
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        Self {
            max_reject_share: self.max_reject_share.or(defaults.max_reject_share),
            max_age_minutes: self.max_age_minutes.or(defaults.max_age_minutes),
            max_shrink_share: self.max_shrink_share.or(defaults.max_shrink_share),
            allow_unmatched_targets: self
                .allow_unmatched_targets
                .or(defaults.allow_unmatched_targets),
            vendor_columns: self.vendor_columns.or(defaults.vendor_columns),
        }
    }

    pub(super) fn validate(self, errors: &mut Vec<String>) -> SnapshotConfig {
        let mut share = |key: &str, value: Option<f64>| {
            let share = value.unwrap_or_default();
            if !(0.0..=1.0).contains(&share) {
                errors.push(format!("snapshot.{key} is {share}; it must be between 0 and 1"));
            }
            share
        };
        SnapshotConfig {
            max_reject_share: share("max_reject_share", self.max_reject_share),
            max_age_minutes: self.max_age_minutes.unwrap_or_default(),
            max_shrink_share: share("max_shrink_share", self.max_shrink_share),
            allow_unmatched_targets: self.allow_unmatched_targets.unwrap_or_default(),
            vendor_columns: self.vendor_columns.unwrap_or_default(),
        }
    }
}
