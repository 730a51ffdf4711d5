//! Resource usage of this process and its memory limits, from `/proc` and cgroups (Linux). On other
//! systems every value is unknown.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Resident memory of this process in bytes (`VmRSS`, proc(5)).
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    kibibytes(Path::new("/proc/self/status"), "VmRSS:")
}

/// Peak resident memory of this process in bytes (`VmHWM`, proc(5)).
#[must_use]
pub fn peak_resident_bytes() -> Option<u64> {
    kibibytes(Path::new("/proc/self/status"), "VmHWM:")
}

/// CPU time of all threads of this process, user and system.
#[must_use]
pub fn cpu_time() -> Option<Duration> {
    // proc(5): fields 14 and 15 are user and system time in ticks of 1/100 s. The process name before
    // them may contain spaces and ends at the last parenthesis.
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// CPU time of the current thread (`schedstat`, proc(5)).
#[must_use]
pub fn thread_cpu_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split_whitespace().next()?.parse().ok()?))
}

/// Host name of this machine.
#[must_use]
pub fn host_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// How much memory this process may use, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Memory of the machine (`MemTotal`, proc(5)).
    pub machine: Option<u64>,
    /// The smallest limit of the process's cgroup and its ancestors, version 1 or 2 (cgroups(7)).
    pub cgroup: Option<u64>,
}

impl MemoryLimits {
    /// The limits of this process.
    #[must_use]
    pub fn read() -> Self {
        Self::read_from(Path::new("/proc"), Path::new("/sys/fs/cgroup"))
    }

    /// The limits according to other directories than `/proc` and `/sys/fs/cgroup`.
    #[must_use]
    pub fn read_from(proc: &Path, cgroup_root: &Path) -> Self {
        let groups = fs::read_to_string(proc.join("self/cgroup")).unwrap_or_default();
        let limits = limit_files(&groups, cgroup_root).into_iter().filter_map(|file| {
            // Without a limit, version 2 has `max` and version 1 a number larger than any machine.
            fs::read_to_string(file).ok()?.trim().parse::<u64>().ok()
        });
        let machine = kibibytes(&proc.join("meminfo"), "MemTotal:");
        Self { machine, cgroup: limits.min() }
    }

    /// The effective limit: the smaller of the two.
    ///
    /// ```
    /// use tilecore::process::MemoryLimits;
    ///
    /// let limits = MemoryLimits { machine: Some(8 << 30), cgroup: Some(1 << 30) };
    /// assert_eq!(limits.effective(), Some(1 << 30));
    /// ```
    #[must_use]
    pub fn effective(self) -> Option<u64> {
        self.machine.into_iter().chain(self.cgroup).min()
    }
}

fn kibibytes(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The files with the limits of the cgroups in `/proc/self/cgroup` and of their ancestors. Inside a
/// container the paths may be those of the host; then only the file of the root exists.
fn limit_files(groups: &str, cgroup_root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let (root, name) = match controllers {
            "" => (cgroup_root.to_owned(), "memory.max"),
            list if list.split(',').any(|controller| controller == "memory") => {
                (cgroup_root.join("memory"), "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let path = Path::new(path.trim_start_matches('/'));
        files.extend(path.ancestors().map(|group| root.join(group).join(name)));
    }
    files
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A directory with the files of `/proc` and `/sys/fs/cgroup` that the limits are read from.
    fn fake_system(groups: &str, limits: &[(&str, &str)]) -> (TempDir, MemoryLimits) {
        let folder = tempfile::tempdir().unwrap();
        let (proc, cgroup_root) = (folder.path().join("proc"), folder.path().join("cgroup"));
        fs::create_dir_all(proc.join("self")).unwrap();
        fs::write(proc.join("meminfo"), "MemTotal:  8388608 kB\nMemFree: 1 kB\n").unwrap();
        fs::write(proc.join("self/cgroup"), groups).unwrap();
        for (file, text) in limits {
            let file = cgroup_root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let limits = MemoryLimits::read_from(&proc, &cgroup_root);
        (folder, limits)
    }

    #[test]
    fn a_process_uses_less_memory_than_its_limit() {
        let used = resident_bytes().unwrap();
        let limit = MemoryLimits::read().effective().unwrap();
        assert!(used > 1 << 20 && used < limit, "{used} of {limit}");
        assert!(peak_resident_bytes().unwrap() >= 1 << 20);
    }

    #[test]
    fn cpu_times_and_the_host_name_are_known() {
        assert!(cpu_time().is_some() && thread_cpu_time().is_some() && host_name().is_some());
    }

    #[test]
    fn the_smallest_limit_of_a_cgroup_and_its_ancestors_counts() {
        for (groups, limits, cgroup) in [
            ("0::/\n", &[("memory.max", "1073741824\n")][..], Some(1 << 30)),
            ("0::/\n", &[("memory.max", "max\n")], None),
            (
                "0::/pod/job\n",
                &[("pod/job/memory.max", "max\n"), ("pod/memory.max", "5\n")],
                Some(5),
            ),
            // The path of the host, seen from inside a container.
            ("0::/kubepods/pod1/job\n", &[("memory.max", "7\n")], Some(7)),
            (
                "5:cpu,cpuacct:/a\n4:memory:/pod\n",
                &[
                    ("memory/pod/memory.limit_in_bytes", "9223372036854771712\n"),
                    ("memory/memory.limit_in_bytes", "3000\n"),
                ],
                Some(3000),
            ),
            ("", &[("memory.max", "7\n")], None),
            ("nonsense", &[("memory.max", "7\n")], None),
        ] {
            let (_folder, found) = fake_system(groups, limits);
            assert_eq!(found, MemoryLimits { machine: Some(8 << 30), cgroup }, "{groups:?}");
            assert_eq!(found.effective(), Some(cgroup.unwrap_or(8 << 30)), "{groups:?}");
        }
    }

    #[test]
    fn a_system_without_proc_has_unknown_limits() {
        let limits = MemoryLimits::read_from(Path::new("/nowhere"), Path::new("/nowhere"));
        assert_eq!((limits, limits.effective()), (MemoryLimits::default(), None));
    }
}
