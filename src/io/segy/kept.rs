//! What a scan of all trace headers found, kept beside the file so that it opens
//! at once from then on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::io::source::Source;
use crate::io::{IoError, OpenOptions, Stamp, kept_folder, write_atomically};

use super::geometry::Geometry;
use super::layout::Layout;
use super::survey::Verdict;
use super::words::Tally;

/// File name in [`kept_folder`].
const NAME: &str = "index";
/// First bytes of the file: its kind and its version.
const MAGIC: &[u8; 8] = b"outcrop1";
const CHECKSUM: usize = blake3::OUT_LEN;

/// The kept result of a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The file it is of.
    pub(super) stamp: Stamp,
    /// How the file was to be opened.
    pub(super) options: OpenOptions,
    /// How the file was cut: another program version may cut it another way.
    cut: (u64, u64, u32),
    pub(super) geometry: Geometry,
    /// Values of the words of the trace headers.
    pub(super) words: Tally,
    /// What a few headers had told wrongly.
    pub(super) contradictions: Vec<String>,
}

impl Kept {
    pub(super) fn new(
        source: &Source,
        layout: &Layout,
        options: &OpenOptions,
        geometry: Geometry,
        words: Tally,
        contradictions: Vec<String>,
    ) -> Result<Kept, IoError> {
        Ok(Kept {
            stamp: Stamp::of(source.path())?,
            options: *options,
            cut: cut(layout),
            geometry,
            words,
            contradictions,
        })
    }

    /// What is kept of a file, if it is whole, of this file as it is now, and of
    /// the same line numbers. Anything else is ignored: it can be made again.
    pub(super) fn read(source: &Source, layout: &Layout, options: &OpenOptions) -> Option<Kept> {
        let bytes = std::fs::read(path(source.path())).ok()?;
        let rest = bytes.strip_prefix(MAGIC)?;
        let (checksum, body) = rest.split_first_chunk::<CHECKSUM>()?;
        if blake3::hash(body) != *checksum {
            return None;
        }
        let kept: Kept = postcard::from_bytes(body).ok()?;
        let now = Stamp::of(source.path()).ok()?;
        let current = kept.stamp == now && kept.cut == cut(layout) && now.size == source.len();
        let sound = match &kept.geometry.verdict {
            Verdict::Cube(survey) => survey.fits(layout.traces),
            Verdict::Not(not) => not.along.count <= layout.traces as usize,
        };
        (current && sound && kept.answers(options)).then_some(kept)
    }

    /// Traces of the file.
    pub(super) fn traces(&self) -> u32 {
        self.cut.2
    }

    /// True where it holds the line numbers that are asked for.
    fn answers(&self, options: &OpenOptions) -> bool {
        let asked = (options.inline_byte, options.crossline_byte);
        let chosen = match &self.geometry.verdict {
            Verdict::Cube(s) => asked == (Some(s.inline_byte), Some(s.crossline_byte)),
            Verdict::Not(_) => false,
        };
        chosen || asked == (self.options.inline_byte, self.options.crossline_byte)
    }

    /// Keeps it for the file; gives where.
    pub(super) fn write(&self, file: &Path) -> Result<PathBuf, IoError> {
        let path = path(file);
        let body = postcard::to_stdvec(self).map_err(|e| IoError::Unwritable {
            path: path.clone(),
            reason: e.to_string(),
        })?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(IoError::system(folder, "cannot make the folder"))?;
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend(blake3::hash(&body).as_bytes());
        bytes.extend(body);
        write_atomically(&path, &bytes)?;
        Ok(path)
    }
}

fn path(file: &Path) -> PathBuf {
    kept_folder(file).join(NAME)
}

fn cut(layout: &Layout) -> (u64, u64, u32) {
    (layout.first, layout.stride, layout.traces)
}
