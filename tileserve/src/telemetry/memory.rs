//! Memory: the use and the limit of this process.

use std::fs;
use std::path::{Path, PathBuf};

/// Resident bytes; `None` if the kernel does not report them.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    kibibytes("/proc/self/status", "VmRSS:")
}

/// The memory limit: the least of its control groups, or the memory of the machine.
#[must_use]
pub fn limit_bytes() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limits = limit_files(&groups).into_iter().filter_map(|file| {
        // Without a limit version 2 has `max`, and version 1 a number larger than any memory.
        fs::read_to_string(file).ok()?.trim().parse::<u64>().ok()
    });
    limits.chain(kibibytes("/proc/meminfo", "MemTotal:")).min()
}

fn kibibytes(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The files that limit a process in these groups (`/proc/self/cgroup`), its own and those above it:
/// cgroups(7). Inside a container the paths may be those of the host; then only the topmost is there.
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (root, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            list if list.split(',').any(|one| one == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let path = Path::new(path.trim_start_matches('/'));
        files.extend(path.ancestors().map(|group| Path::new(root).join(group).join(name)));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_below_the_limit() {
        let (has, may) = (resident_bytes().unwrap(), limit_bytes().unwrap());
        assert!(has > 1 << 20 && has < may, "{has} of {may}");
    }

    #[test]
    fn limits_of_all_parent_groups_apply() {
        let files = |groups| {
            let files = limit_files(groups).into_iter();
            files.map(|file| file.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            files("0::/system.slice/tileserve.service\n"),
            [
                "/sys/fs/cgroup/system.slice/tileserve.service/memory.max",
                "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/memory.max"
            ]
        );
        assert_eq!(
            files("5:cpu,cpuacct:/a\n4:memory:/pod\n"),
            [
                "/sys/fs/cgroup/memory/pod/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes"
            ]
        );
        assert!(files("nothing").is_empty());
    }
}
