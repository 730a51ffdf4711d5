//! CPU time and peak memory of a run, for its report and metrics.

use std::time::Duration;

use tilecore::process;

/// CPU time and peak memory in bytes of this process, or 0 on systems that do not report them.
pub(crate) fn process_usage() -> (Duration, u64) {
    let cpu_time = process::cpu_time().unwrap_or_default();
    (cpu_time, process::peak_resident_bytes().unwrap_or_default())
}
