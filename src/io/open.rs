//! The one door to volumes: what a file is, told by its content first.

use std::path::Path;
use std::sync::Arc;

use super::npy::{self, NpyVolume};
use super::segy::{Effort, SegyFile, looks_like_su};
use super::seplib::SeplibVolume;
use super::source::Source;
use super::{IoError, OpenOptions, Volume};
use crate::task::Task;

/// A file of a known kind, whether it is a volume or not.
pub(super) enum Opened {
    Segy(SegyFile),
    Seplib(Box<SeplibVolume>),
    Npy(Box<NpyVolume>),
}

/// Opens a volume: SEG-Y, Seismic Unix (`.su`), SEPlib (`.H`, `.rsf`) or `.npy`.
///
/// Large SEG-Y files open at once from a few probed headers, or from the kept
/// result of an earlier scan ([`Volume::certainty`] tells). Lines, gathers and files
/// without usable line numbers are errors that say why.
///
/// ```no_run
/// use outcrop::io::{OpenOptions, open};
/// let volume = open("amplitude.sgy".as_ref(), &OpenOptions::default())?;
/// let mut samples = vec![0.0; volume.grid().len()];
/// volume.read(&volume.grid().all(), &mut samples)?;
/// # Ok::<(), outcrop::io::IoError>(())
/// ```
pub fn open(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Volume>, IoError> {
    match recognise(path, options, Effort::Open, &Task::silent())? {
        Opened::Segy(SegyFile::Volume(volume)) => Ok(Arc::new(*volume)),
        Opened::Segy(SegyFile::Other(other)) => Err(other.error()),
        Opened::Seplib(volume) => Ok(Arc::new(*volume)),
        Opened::Npy(volume) => Ok(Arc::new(*volume)),
    }
}

/// The kinds of files that hold volumes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Segy,
    Seplib,
    Npy,
}

/// Opens a file by its content.
pub(super) fn recognise(
    path: &Path,
    options: &OpenOptions,
    effort: Effort,
    task: &Task,
) -> Result<Opened, IoError> {
    let source = Source::open(path)?;
    Ok(match container(&source)? {
        Container::Segy => Opened::Segy(SegyFile::open(source, options, effort, task)?),
        Container::Seplib => Opened::Seplib(Box::new(SeplibVolume::open(&source)?)),
        Container::Npy => Opened::Npy(Box::new(NpyVolume::open(source)?)),
    })
}

/// True for SEG-Y and SU files.
pub(super) fn has_trace_headers(source: &Source) -> Result<bool, IoError> {
    Ok(container(source)? == Container::Segy)
}

/// What a file is, by its content first.
fn container(source: &Source) -> Result<Container, IoError> {
    let path = source.path();
    if source.len() == 0 {
        return Err(IoError::NotAVolume {
            path: path.to_owned(),
            reason: "the file is empty".to_owned(),
        });
    }
    let start = source.bytes(0, 4096)?;
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    if start.starts_with(npy::MAGIC) {
        return Ok(Container::Npy);
    }
    match extension.to_ascii_lowercase().as_str() {
        "npy" => Ok(Container::Npy),
        "h" | "rsf" => Ok(Container::Seplib),
        "sgy" | "segy" | "su" => Ok(Container::Segy),
        _ if looks_like_history(source)? => Ok(Container::Seplib),
        _ if start.len() < 3600 && looks_like_su(source)?.is_none() => Err(IoError::NotAVolume {
            path: path.to_owned(),
            reason: format!(
                "{} bytes of another kind; volumes are SEG-Y (.sgy, .segy), SU (.su), SEPlib \
                 (.H, .rsf) and .npy",
                source.len()
            ),
        }),
        _ => Ok(Container::Segy),
    }
}

/// True for text with the keys that every SEPlib history has.
fn looks_like_history(source: &Source) -> Result<bool, IoError> {
    let start = source.bytes(0, 64 << 10)?;
    let end = start.iter().position(|b| matches!(b, 4 | 12));
    let text = &start[..end.unwrap_or(start.len())];
    let Ok(text) = std::str::from_utf8(text) else {
        return Ok(false);
    };
    let keys = super::seplib::keys(text);
    Ok(keys.contains_key("n1") && keys.contains_key("in"))
}
