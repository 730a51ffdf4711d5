//! The values of arguments: parsed from text, with an error that says which form is expected.

use std::time::Duration;

use bytesize::ByteSize;
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use tilecore::LayerSpec;
use tilecore::layer::DENSITY_LAYERS;
use tilecore::process::MemoryLimits;
use tilecore::text::Quoted;

use crate::config::period::{Period, PeriodError};

pub(crate) fn parse_layer(name: &str) -> Result<LayerSpec, String> {
    let known = DENSITY_LAYERS.map(|layer| layer.id).join(", ");
    let layer = DENSITY_LAYERS.into_iter().find(|layer| layer.id == name);
    layer.ok_or_else(|| format!("choose one of the layers {known}"))
}

pub(crate) fn parse_now(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        format!("{} is not an RFC 3339 time such as 2026-11-23T06:00:00+03:30", Quoted(text))
    })
}

pub(crate) fn parse_time_of_day(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("{} is not a time of day such as 08:30", Quoted(text)))
}

pub(crate) fn parse_interval(text: &str) -> Result<Period, String> {
    let period: Period = text.parse().map_err(|error: PeriodError| error.to_string())?;
    (period.duration().as_secs() > 0)
        .then_some(period)
        .ok_or_else(|| format!("`{text}` is zero; give an interval of at least 1s"))
}

pub(crate) fn parse_time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("{} is not in the IANA time zone database", Quoted(name)))
}

pub(crate) fn parse_lease_ttl(text: &str) -> Result<Duration, String> {
    let ttl = parse_period(text, ['s', 'm', 'h'], "90s, 2m or 1h")?.duration();
    let is_in_range = (1..=86_400).contains(&ttl.as_secs());
    is_in_range.then_some(ttl).ok_or_else(|| format!("`{text}` is not between 1s and 24h"))
}

/// Minutes are rejected: a user who writes `7m` for months would lose all maps but those of the last
/// seven minutes.
pub(crate) fn parse_retention(text: &str) -> Result<Period, String> {
    parse_period(text, ['h', 'd', 'w'], "12h, 7d or 2w")
}

pub(crate) fn parse_hold(text: &str) -> Result<Period, String> {
    parse_period(text, ['h', 'd', 'w'], "12h, 2d or 1w")
}

pub(crate) fn parse_input_retention(text: &str) -> Result<Period, String> {
    let period: Option<Period> = text.parse().ok().filter(|_| text.ends_with(['d', 'w']));
    period.ok_or_else(|| format!("{} is not a period such as 400d or 60w", Quoted(text)))
}

fn parse_period(text: &str, units: [char; 3], examples: &str) -> Result<Period, String> {
    let period = text.parse().ok().filter(|_| text.ends_with(units));
    period.ok_or_else(|| format!("{} is not a period such as {examples}", Quoted(text)))
}

/// Parses a size such as `4GB`, `1.5G` or `500MiB`. Units are case-insensitive; k, M and G are powers of
/// 1000, and Ki, Mi and Gi are powers of 1024.
pub(crate) fn parse_memory(text: &str) -> Result<u64, String> {
    let size: ByteSize = text
        .trim()
        .parse()
        .map_err(|_| format!("{} is not a size such as 4GB, 1.5G or 500MiB", Quoted(text)))?;
    match size.as_u64() {
        bytes if bytes < ByteSize::mib(1).as_u64() => {
            Err(format!("`{text}` is too small; give at least 1MiB"))
        }
        u64::MAX => Err(format!("`{text}` does not fit into 64 bits; give a smaller size")),
        bytes => Ok(bytes),
    }
}

/// Half of the memory that the machine and the cgroup of this process allow, or 4 GB if it is unknown.
pub(crate) fn default_memory(limits: MemoryLimits) -> u64 {
    limits.effective().map_or(ByteSize::gb(4).as_u64(), |bytes| bytes / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_size_has_a_decimal_or_binary_unit() {
        for (text, bytes) in [
            ("4GB", 4_000_000_000),
            ("4gb", 4_000_000_000),
            ("1G", 1_000_000_000),
            ("1.5GB", 1_500_000_000),
            ("500MB", 500_000_000),
            ("500 MiB", 500 << 20),
            ("2GiB", 2 << 30),
            ("2048KiB", 2 << 20),
            ("5000kB", 5_000_000),
            ("5000KB", 5_000_000),
            ("2000000B", 2_000_000),
            ("2000000", 2_000_000),
        ] {
            assert_eq!(parse_memory(text), Ok(bytes), "{text}");
        }
        assert!(parse_memory("").unwrap_err().starts_with("a blank text is not a size"));
        for wrong in ["GB", "4XB", "-4GB", "1kB", "0", "99999999999GB", "1e9", "٤GB"] {
            let error = parse_memory(wrong).unwrap_err();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }

    #[test]
    fn the_default_memory_is_half_of_the_cgroup_limit() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        let read =
            || MemoryLimits::read_from(&folder.path().join("proc"), &folder.path().join("cgroup"));
        assert_eq!(default_memory(read()), 4_000_000_000, "unknown");
        write("proc/meminfo", "MemTotal:       16777216 kB\n");
        write("proc/self/cgroup", "0::/job\n");
        assert_eq!(default_memory(read()), 8 << 30, "the machine");
        write("cgroup/job/memory.max", "2147483648\n");
        assert_eq!(default_memory(read()), 1 << 30, "the cgroup");
    }

    #[test]
    fn a_lease_ttl_is_in_seconds_minutes_or_hours() {
        let seconds = |text: &str| parse_lease_ttl(text).map(|ttl| ttl.as_secs());
        assert_eq!([seconds("90s"), seconds("2m"), seconds("24h")], [Ok(90), Ok(120), Ok(86_400)]);
        for wrong in ["", "s", "0s", "25h", "5", "1d", "-1m", "18446744073709551615h"] {
            assert!(parse_lease_ttl(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_retention_period_is_in_hours_days_or_weeks() {
        let hours = |text: &str| parse_retention(text).map(|time| time.duration().as_secs() / 3600);
        assert_eq!(
            [hours("12h"), hours("7d"), hours("2w"), hours("0d")],
            [Ok(12), Ok(168), Ok(336), Ok(0)]
        );
        for wrong in ["", "d", "7", "7m", "7mo", "1h 30m", "-1d", "1.5d", "٧d"] {
            assert!(parse_retention(wrong).is_err(), "{wrong}");
        }
    }
}
