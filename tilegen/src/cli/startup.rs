//! What a process sets before it runs a command: the log and the allocator.

use std::io::IsTerminal;

/// Memory limit from which the allocator may keep freed memory: up to 64 MB for each thread.
pub(crate) const AMPLE_MEMORY: u64 = 1_000_000_000;

/// Raises glibc's mmap threshold, so that the allocator reuses large freed blocks instead of
/// returning them to the kernel, which has to zero them again. Freeing one large block raises the
/// threshold to its size, up to 32 MB (`mallopt(3)`, "Dynamic adjustment of the mmap threshold").
/// The block is never written to, so no memory is committed.
pub(crate) fn raise_mmap_threshold() {
    const LARGE: usize = (32 << 20) - (64 << 10);
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// Logs JSON lines. On a terminal only warnings are logged, because progress bars show the rest.
pub(crate) fn start_logging() {
    let is_terminal = std::io::stderr().is_terminal();
    let default = if is_terminal { "warn" } else { "info" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    if is_terminal {
        subscriber.compact().init();
    } else {
        subscriber.json().flatten_event(true).init();
    }
}
