//! Measurements of foodmap against its lower bound and its peers.

/// CPU time of this thread in seconds.
///
/// # Panics
///
/// If the kernel does not report it: the measurements need Linux.
#[must_use]
pub fn cpu_seconds() -> f64 {
    tilecore::process::thread_cpu_time().expect("a Linux kernel").as_secs_f64()
}
