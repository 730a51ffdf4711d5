//! The version of the manifest format.

use serde::Deserialize;

/// Version of the manifest format.
pub const MANIFEST_VERSION: u32 = 1;

/// The version of a manifest in any form.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) version: u32,
}
