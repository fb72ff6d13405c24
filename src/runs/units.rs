//! Finished work units on disk: what is here, and whole, is never computed twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::RunError;

/// The units of a run, and what its stages were reduced to.
///
/// Units that are finished within a moment of each other share a file: a run of
/// many tiny units would else spend its time on making files. A file is named by
/// the stage and the first unit in it, so that tasks on several machines, which
/// work different units, never write the same one.
pub(super) struct Units {
    folder: PathBuf,
    waiting: Mutex<Waiting>,
}

/// Finished units that are not on disk yet.
struct Waiting {
    stage: usize,
    units: Vec<(u32, Vec<u8>)>,
    bytes: usize,
    since: Instant,
}

/// Length of the BLAKE3 checksum at the head of a file.
const CHECKSUM: usize = 32;
/// At most so much work is lost in a crash, besides the unit under way.
const MOMENT: Duration = Duration::from_millis(50);
/// Bytes of finished units that are kept waiting.
const MOST_WAITING: usize = 4 << 20;

impl Units {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            waiting: Mutex::new(Waiting {
                stage: 0,
                units: Vec::new(),
                bytes: 0,
                since: Instant::now(),
            }),
        }
    }

    /// The finished units of a stage. What a torn or altered file held counts as
    /// unfinished.
    pub(super) fn finished(&self, stage: usize) -> BTreeMap<usize, Vec<u8>> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let files = entries.flatten().map(|entry| entry.path());
        let of_stage = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let number = name.strip_suffix(".units").and_then(|n| n.split_once('-'));
            number.is_some_and(|(s, _)| s.parse() == Ok(stage))
        };
        let mut finished = BTreeMap::new();
        for path in files.filter(of_stage) {
            let units: Option<Vec<(u32, Vec<u8>)>> =
                read(&path).and_then(|body| crate::modules::unpack(&body).ok());
            let units = units.into_iter().flatten();
            finished.extend(units.map(|(unit, bytes)| (unit as usize, bytes)));
        }
        finished
    }

    /// Keeps the bytes of a finished unit: at once, or with those that follow
    /// within a moment.
    pub(super) fn keep(&self, stage: usize, unit: usize, body: &[u8]) -> Result<(), RunError> {
        let mut waiting = self.waiting();
        if waiting.stage != stage {
            self.write_out(&mut waiting)?;
            waiting.stage = stage;
        }
        waiting.bytes += body.len();
        waiting.units.push((unit as u32, body.to_vec()));
        if waiting.since.elapsed() >= MOMENT || waiting.bytes >= MOST_WAITING {
            self.write_out(&mut waiting)?;
        }
        Ok(())
    }

    /// Writes what is still waiting.
    pub(super) fn settle(&self) -> Result<(), RunError> {
        self.write_out(&mut self.waiting())
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write_out(&self, waiting: &mut Waiting) -> Result<(), RunError> {
        if let Some((first, _)) = waiting.units.first() {
            let path = self.folder.join(format!("{}-{first}.units", waiting.stage));
            write(&path, &crate::modules::pack(&waiting.units)?)?;
        }
        waiting.units.clear();
        waiting.bytes = 0;
        waiting.since = Instant::now();
        Ok(())
    }

    /// What a stage was reduced to, if that was kept.
    pub(super) fn reduced(&self, stage: usize) -> Option<Vec<u8>> {
        read(&self.reduced_path(stage))
    }

    /// Keeps what a stage was reduced to.
    pub(super) fn keep_reduced(&self, stage: usize, body: &[u8]) -> Result<(), RunError> {
        write(&self.reduced_path(stage), body)
    }

    fn reduced_path(&self, stage: usize) -> PathBuf {
        self.folder.join(format!("{stage}.reduced"))
    }

    /// Forgets a stage: what it wrote besides its units is gone.
    pub(super) fn forget(&self, stage: usize) {
        let _ = std::fs::remove_file(self.reduced_path(stage));
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&format!("{stage}-")) {
                let _ = std::fs::remove_file(&path);
            }
        }
    }

    /// Removes all units: the result holds what they were for.
    pub(super) fn clear(&self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The body of a file, if it is what its checksum says.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = std::fs::read(path).ok()?;
    if bytes.len() < CHECKSUM {
        return None;
    }
    let body = bytes.split_off(CHECKSUM);
    (blake3::hash(&body).as_bytes()[..] == bytes[..]).then_some(body)
}

fn write(path: &Path, body: &[u8]) -> Result<(), RunError> {
    let fresh = path.with_extension("new");
    let mut bytes = blake3::hash(body).as_bytes().to_vec();
    bytes.extend_from_slice(body);
    std::fs::write(&fresh, bytes).map_err(RunError::system(&fresh, "keeping finished units"))?;
    std::fs::rename(&fresh, path).map_err(RunError::system(path, "keeping finished units"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_back_by_stage_and_number() {
        let folder = tempfile::tempdir().unwrap();
        let units = Units::new(folder.path().to_owned());
        for (stage, unit) in [(0, 3), (0, 1), (1, 3), (10, 2)] {
            units.keep(stage, unit, &[stage as u8, unit as u8]).unwrap();
        }
        units.settle().unwrap();
        let found: Vec<_> = units.finished(0).into_iter().collect();
        assert_eq!(found, [(1, vec![0, 1]), (3, vec![0, 3])]);
        assert_eq!(units.finished(1).len(), 1);
        units.forget(1);
        assert_eq!(units.finished(1).len(), 0);
        assert_eq!(units.finished(10).len(), 1);
    }

    #[test]
    fn what_a_torn_or_altered_file_held_counts_as_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let units = Units::new(folder.path().to_owned());
        units.keep(0, 7, b"slab").unwrap();
        units.settle().unwrap();
        let path = folder.path().join("0-7.units");
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(units.finished(0).is_empty(), "cut at {cut}");
            let mut altered = whole.clone();
            altered[cut] ^= 1;
            std::fs::write(&path, &altered).unwrap();
            assert!(units.finished(0).is_empty(), "altered at {cut}");
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(units.finished(0)[&7], b"slab");
    }
}
