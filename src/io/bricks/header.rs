//! The head of a bricked copy: what it was made from and how to read it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Scale;
use super::layout::{Layout, PAGE};
use crate::io::source::Source;
use crate::io::{IoError, Stamp, Volume, kept_folder};
use crate::model::{Direction, Grid};

/// First bytes of a copy; the digit is the version of the format.
const MAGIC: &[u8; 8] = b"OUTCBRK1";
/// Bytes before the header: magic, length, checksum.
const BEFORE: usize = 16;
/// Name of the copy in the folder of what is kept about a file.
const NAME: &str = "bricks";

/// What the copy was made from: a copy of anything else is of no use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// The files that hold the volume.
    pub(super) stamps: Vec<Stamp>,
    /// The grid as it was read: other header bytes may give another one.
    pub(super) grid: Grid,
    /// The axis that the file is sorted by.
    pub(super) sorted_by: Direction,
}

/// The header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) origin: Origin,
    pub(super) scale: Scale,
    pub(super) floats: bool,
    /// CRC-32 of the table of checksums.
    pub(super) table: u32,
}

impl Origin {
    /// What a volume is now.
    pub(super) fn of(volume: &dyn Volume) -> Result<Origin, IoError> {
        let stamps = volume.files().into_iter().map(Stamp::of);
        Ok(Origin {
            stamps: stamps.collect::<Result<_, _>>()?,
            grid: *volume.grid(),
            sorted_by: volume.sorted_by(),
        })
    }

    /// A name for what it was made into: equal names, equal bytes.
    pub(super) fn name(&self, floats: bool) -> String {
        let bytes = postcard::to_stdvec(&(self, floats)).unwrap_or_default();
        blake3::hash(&bytes).to_hex()[..8].to_owned()
    }
}

/// Where the copy of a volume lies.
pub(super) fn path_of(source: &Path) -> PathBuf {
    kept_folder(source).join(NAME)
}

impl Header {
    /// The first page and the table of checksums.
    pub(super) fn bytes(&self, sums: &[u32]) -> Vec<u8> {
        // A few hundred bytes at most, and nothing in it can fail to be written.
        let header = postcard::to_stdvec(self).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(crc32fast::hash(&header).to_le_bytes());
        bytes.extend(&header);
        bytes.resize(PAGE as usize, 0);
        bytes.extend(table(sums));
        bytes
    }

    /// Reads and checks the head of a copy: nothing of it is believed that the
    /// volume does not tell as well. Gives the layout and the checksums too.
    pub(super) fn read(
        file: &Source,
        origin: &Origin,
    ) -> Result<(Header, Layout, Vec<u32>), IoError> {
        let wrong = |reason: &'static str| IoError::Bricks {
            path: file.path().to_owned(),
            reason,
        };
        let page = file.bytes(0, PAGE as usize)?;
        let Some((start, rest)) = page.split_at_checked(BEFORE) else {
            return Err(wrong("it was cut short"));
        };
        if !start.starts_with(MAGIC) {
            return Err(wrong("it is of another version, or no bricked copy at all"));
        }
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| start[at + i]));
        let header = rest.get(..word(8) as usize);
        let header = header.filter(|bytes| crc32fast::hash(bytes) == word(12));
        let header: Header = header
            .and_then(|bytes| postcard::from_bytes(bytes).ok())
            .ok_or_else(|| wrong("its header is damaged"))?;
        if header.origin != *origin {
            return Err(wrong("it was made before the file changed"));
        }
        let layout = Layout::of(origin.grid.shape(), header.floats);
        if file.len() != layout.len {
            return Err(wrong("it was cut short"));
        }
        let bytes = file.bytes(PAGE, 4 * layout.count)?;
        if crc32fast::hash(&bytes) != header.table {
            return Err(wrong("its table of checksums is damaged"));
        }
        let sums = bytes.as_chunks::<4>().0;
        let sums = sums.iter().map(|&b| u32::from_le_bytes(b)).collect();
        Ok((header, layout, sums))
    }
}

/// Bytes of the table of checksums.
pub(super) fn table(sums: &[u32]) -> Vec<u8> {
    sums.iter().flat_map(|sum| sum.to_le_bytes()).collect()
}

/// The checksum of a brick; its number goes in, so that a brick in the place of
/// another is found out.
pub(super) fn sum(number: usize, brick: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(number as u32);
    hasher.update(brick);
    hasher.finalize()
}
