//! What the kernel says about this process.

use std::time::Duration;

/// Processor time and peak memory of this process, by the kernel's own accounting. Where there is
/// no such accounting both are 0.
pub(crate) fn process_usage() -> (Duration, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak_kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse::<u64>().ok())
        .unwrap_or(0);
    (cpu_time().unwrap_or_default(), peak_kib * 1024)
}

fn cpu_time() -> Option<Duration> {
    // proc(5): fields 14 and 15 are user and system time in ticks of 1/100 s; the name before
    // them may hold blanks and ends with the last parenthesis.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}
