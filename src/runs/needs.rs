//! What a run takes of the machine: estimated and checked before it starts.

use std::path::Path;

use super::RunError;
use crate::modules::{Job, Values};

/// Disk and memory that a run takes, and what there is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Needs {
    /// Bytes of volumes that are yet to be laid out.
    pub disk: u64,
    /// Bytes that blocks in memory take at most.
    pub memory: u64,
}

/// Bytes that a run's directory takes besides volumes, generously.
const BESIDES: u64 = 16 << 20;

impl Needs {
    pub(super) fn of(job: &dyn Job, values: &Values) -> Self {
        let volumes = job.volumes().into_iter().map(|(_, volume)| volume);
        let volumes = volumes.filter(|volume| !volume.is_begun());
        Self {
            disk: volumes.map(crate::modules::OutputVolume::bytes).sum(),
            memory: job.bytes().unwrap_or_else(|| values.memory_bytes()) as u64,
        }
    }

    /// Says what a run takes, and refuses where the disk has not that much. Memory
    /// is a limit that few runs reach: too little of it is only said.
    pub(super) fn check(&self, out: &Path) -> Result<String, RunError> {
        let free = free(out);
        if let Some(free) = free
            && self.disk > 0
            && free < self.disk + BESIDES
        {
            return Err(RunError::NoRoom {
                path: out.to_owned(),
                needs: gib(self.disk + BESIDES),
                free: gib(free),
            });
        }
        let disk = free.map_or(String::new(), |free| format!(" ({} free)", gib(free)));
        let available = memory_line("MemAvailable:").unwrap_or(u64::MAX);
        let memory = if available < self.memory {
            format!(
                "; warning: up to {} of memory, of which {} is available: a lower --memory keeps within it",
                gib(self.memory),
                gib(available)
            )
        } else {
            format!(", up to {} of memory", gib(self.memory))
        };
        Ok(format!(
            "takes about {} of disk{disk}{memory}",
            gib(self.disk)
        ))
    }
}

/// `3.2 GiB`, `41 MiB`.
fn gib(bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib < 1000.0 {
        format!("{mib:.0} MiB")
    } else {
        format!("{:.1} GiB", mib / 1024.0)
    }
}

/// Bytes that may still be written below a folder that is there or will be.
fn free(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|p| p.exists());
    let there = there.unwrap_or(Path::new("."));
    let found = rustix::fs::statvfs(there).ok()?;
    Some(found.f_bavail * found.f_frsize)
}

/// A line of `/proc/meminfo`, in bytes.
pub(super) fn memory_line(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_is_refused_with_both_figures() {
        let folder = tempfile::tempdir().unwrap();
        let mut needs = Needs {
            disk: 5 << 20,
            memory: 1 << 20,
        };
        let out = folder.path().join("not/there/yet");
        let said = needs.check(&out).unwrap();
        assert!(said.starts_with("takes about 5 MiB of disk ("), "{said}");
        assert!(said.ends_with("up to 1 MiB of memory"), "{said}");
        needs.disk = 1 << 60;
        let error = needs.check(&out).unwrap_err().to_string();
        assert!(error.contains("needs 1073741824.0 GiB"), "{error}");
        needs = Needs {
            disk: 0,
            memory: 1 << 60,
        };
        assert!(needs.check(&out).unwrap().contains("warning"));
    }
}
