//! Finished work units on disk: what is here, and whole, is never computed twice.

use std::path::PathBuf;

use super::RunError;

/// The units of a run.
pub(super) struct Units {
    folder: PathBuf,
}

/// Length of the BLAKE3 checksum at the head of a unit's file.
const CHECKSUM: usize = 32;

impl Units {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The bytes of a unit, if it was finished; a torn or altered file counts as unfinished.
    pub(super) fn read(&self, stage: usize, unit: usize) -> Option<Vec<u8>> {
        let mut bytes = std::fs::read(self.path(stage, unit)).ok()?;
        if bytes.len() < CHECKSUM {
            return None;
        }
        let body = bytes.split_off(CHECKSUM);
        (blake3::hash(&body).as_bytes()[..] == bytes[..]).then_some(body)
    }

    /// Keeps the bytes of a finished unit.
    pub(super) fn write(&self, stage: usize, unit: usize, body: &[u8]) -> Result<(), RunError> {
        let path = self.path(stage, unit);
        let fresh = path.with_extension("new");
        let mut bytes = blake3::hash(body).as_bytes().to_vec();
        bytes.extend_from_slice(body);
        std::fs::write(&fresh, bytes)
            .map_err(RunError::system(&fresh, "keeping a finished unit"))?;
        std::fs::rename(&fresh, &path).map_err(RunError::system(&path, "keeping a finished unit"))
    }

    fn path(&self, stage: usize, unit: usize) -> PathBuf {
        self.folder.join(format!("{stage}-{unit}.unit"))
    }

    /// Removes all units: the result holds what they were for.
    pub(super) fn clear(&self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_unit_counts_as_unfinished() {
        let folder = tempfile::tempdir().unwrap();
        let units = Units::new(folder.path().to_owned());
        assert_eq!(units.read(0, 7), None);
        units.write(0, 7, b"slab").unwrap();
        assert_eq!(units.read(0, 7).as_deref(), Some(&b"slab"[..]));
        let path = folder.path().join("0-7.unit");
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(units.read(0, 7), None, "cut at {cut}");
        }
    }
}
