//! How far a fit has come, kept after every update: a worker that dies loses one.

use std::path::PathBuf;

use crate::ml::gtm::GtmState;
use crate::modules::{ModuleError, Place, pack, unpack};

/// Length of the BLAKE3 checksum at the head of the file.
const CHECKSUM: usize = 32;

/// The file of a fit.
pub(super) struct Checkpoint(PathBuf);

impl Checkpoint {
    pub(super) fn of(place: &Place) -> Self {
        Self(place.checkpoints.join("gtm.state"))
    }

    /// The state that was kept, if it is whole.
    pub(super) fn read(&self) -> Option<GtmState> {
        let mut bytes = std::fs::read(&self.0).ok()?;
        if bytes.len() < CHECKSUM {
            return None;
        }
        let body = bytes.split_off(CHECKSUM);
        if blake3::hash(&body).as_bytes()[..] != bytes[..] {
            return None;
        }
        unpack(&body).ok()
    }

    /// Keeps a state. What cannot be written is no error: the fit goes on, and a
    /// crash would cost more.
    pub(super) fn keep(&self, state: &GtmState) -> Result<(), ModuleError> {
        let body = pack(state)?;
        let mut bytes = blake3::hash(&body).as_bytes().to_vec();
        bytes.extend_from_slice(&body);
        let fresh = self.0.with_extension("new");
        let _ = std::fs::write(&fresh, bytes).and_then(|()| std::fs::rename(&fresh, &self.0));
        Ok(())
    }
}
