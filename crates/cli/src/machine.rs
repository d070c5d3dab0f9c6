//! The memory of the machine.

use std::fs;

/// The default share of memory for a build: one part in this number.
const DEFAULT_SHARE: u64 = 4;

/// The assumed memory if it is unknown: 4 GiB.
const UNKNOWN: u64 = 1 << 32;

/// A quarter of the [memory](memory).
pub fn default_memory() -> u64 {
    memory() / DEFAULT_SHARE
}

/// The memory that this process may use, in bytes: the machine's memory, or the limit of its control group if
/// that is lower.
fn memory() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_of(&text));
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse::<u64>().ok());
    machine.into_iter().chain(group).min().unwrap_or(UNKNOWN)
}

/// Parses the line `MemTotal:  24117248 kB`.
fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_in_kibibytes() {
        let text = "MemTotal:       24117248 kB\nMemFree:        18000000 kB\n";
        assert_eq!(total_of(text), Some(24_117_248 * 1024));
        assert_eq!(total_of("MemFree: 1 kB\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_quarter_is_less_than_all() {
        let all = total_of(&fs::read_to_string("/proc/meminfo").expect("Linux has it"));
        assert!(default_memory() <= all.expect("it has a total") / DEFAULT_SHARE);
    }
}
