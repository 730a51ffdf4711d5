//! Files that only their owner can read, because they contain exact counts.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

/// Writes a report as JSON.
pub(crate) fn write_report(path: &Path, report: &impl Serialize) -> anyhow::Result<()> {
    let json = serde_json::to_vec_pretty(report)?;
    write_private(path, &json).with_context(|| format!("could not write {}", path.display()))
}

/// Writes a file that only its owner can read, also if it exists already.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(bytes)
}
