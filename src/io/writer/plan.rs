//! What an output file will look like, and its empty form on disk.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::VolumeWriter;
use crate::io::samples::{ByteOrder, Encoder, SampleFormat};
use crate::io::segy::SegyPlan;
use crate::io::{IoError, SampleKind, Template, Volume, npy, seplib};
use crate::model::{Block, Grid, Recipe};

/// Traces whose headers one work item writes.
const TRACES_AT_ONCE: usize = 4096;

/// A file with its final and its temporary name.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) partial: PathBuf,
}

impl Target {
    fn new(path: &Path) -> Target {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        Target {
            path: path.to_owned(),
            partial: path.with_file_name(name),
        }
    }
}

/// Where samples lie in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Byte of the first trace.
    pub(super) first: u64,
    /// Bytes from one trace to the next.
    pub(super) stride: u64,
    /// Bytes of a trace before its samples.
    pub(super) header: u64,
}

/// The containers that can be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Segy,
    Seplib,
    Npy,
}

impl Container {
    fn of(path: &Path) -> Result<Container, IoError> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        match extension.to_ascii_lowercase().as_str() {
            "sgy" | "segy" => Ok(Container::Segy),
            "h" => Ok(Container::Seplib),
            "npy" => Ok(Container::Npy),
            _ => Err(IoError::Unwritable {
                path: path.to_owned(),
                reason: "its extension names no volume; use .sgy, .segy, .H or .npy".to_owned(),
            }),
        }
    }
}

/// Everything about an output that can be told before its samples are known.
pub(super) struct Plan<'a> {
    grid: Grid,
    pub(super) data: Target,
    /// The history of a `.H` volume and its text.
    pub(super) text: Option<(Target, Vec<u8>)>,
    /// Everything before the first trace.
    pub(super) head: Vec<u8>,
    layout: Layout,
    pub(super) size: u64,
    encoder: Encoder,
    segy: Option<SegyPlan<'a>>,
}

impl<'a> Plan<'a> {
    /// Plans an output; nothing is touched yet.
    pub(super) fn new(
        path: &Path,
        grid: Grid,
        template: Option<(&'a dyn Volume, &Block)>,
        kind: SampleKind,
        recipe: &Recipe,
    ) -> Result<Plan<'a>, IoError> {
        let container = Container::of(path)?;
        if grid.is_empty() {
            return Err(IoError::Unwritable {
                path: path.to_owned(),
                reason: "the part of the volume that was asked for is empty".to_owned(),
            });
        }
        let like = template.map(|(volume, block)| (volume.template(), block));
        if container == Container::Segy {
            let segy = match like {
                Some((Template::Segy(volume), block)) => {
                    SegyPlan::like(path, volume, block, &grid, kind, recipe)?
                }
                _ => SegyPlan::fresh(path, &grid, kind, recipe)?,
            };
            return Ok(Plan::segy(path, grid, segy));
        }
        let mut encoder = Encoder {
            format: SampleFormat::F32,
            order: ByteOrder::Big,
            null: kind.null(),
        };
        let mut head = Vec::new();
        let mut text = None;
        let mut data = Target::new(path);
        if container == Container::Npy {
            let descr = match kind {
                SampleKind::Continuous => {
                    encoder.null = f32::NAN;
                    "<f4"
                }
                SampleKind::Classes => {
                    encoder.format = SampleFormat::I8;
                    "|i1"
                }
            };
            encoder.order = ByteOrder::Little;
            head = npy::header_bytes(descr, &grid.shape());
        } else {
            let parent = match like {
                Some((Template::Seplib(volume), block)) => Some((volume, block)),
                _ => None,
            };
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push("@");
            let shown = name.to_string_lossy().into_owned();
            let history = seplib::history(path, &shown, parent, &grid, kind, recipe);
            text = Some((Target::new(path), history));
            data = Target::new(&path.with_file_name(name));
        }
        let stride = (grid.samples.count * encoder.format.width()) as u64;
        let traces = (grid.inlines.count * grid.crosslines.count) as u64;
        Ok(Plan {
            grid,
            data,
            text,
            size: head.len() as u64 + traces * stride,
            layout: Layout {
                first: head.len() as u64,
                stride,
                header: 0,
            },
            head,
            encoder,
            segy: None,
        })
    }

    fn segy(path: &Path, grid: Grid, mut segy: SegyPlan<'a>) -> Plan<'a> {
        let header = SegyPlan::TRACE_HEADER as u64;
        let stride = header + (grid.samples.count * segy.encoder.format.width()) as u64;
        let first = segy.head.len() as u64;
        Plan {
            grid,
            data: Target::new(path),
            text: None,
            head: std::mem::take(&mut segy.head),
            layout: Layout {
                first,
                stride,
                header,
            },
            size: first + u64::from(segy.traces) * stride,
            encoder: segy.encoder,
            segy: Some(segy),
        }
    }

    /// The writer of the plan, on an open file or one that is finished.
    pub(super) fn writer(self, file: Option<File>) -> VolumeWriter {
        VolumeWriter {
            grid: self.grid,
            data: self.data,
            text: self.text.map(|(target, _)| target),
            size: self.size,
            layout: self.layout,
            index: self.segy.map(|segy| segy.index),
            encoder: self.encoder,
            file,
        }
    }

    /// Makes the temporary files: full size, all headers in place.
    pub(super) fn lay_out(&self) -> Result<File, IoError> {
        let path = &self.data.partial;
        let file = File::create(path).map_err(IoError::writing(path, self.size))?;
        reserve(&file, self.size).map_err(IoError::writing(path, self.size))?;
        let write = |bytes: &[u8], at: u64| {
            file.write_all_at(bytes, at)
                .map_err(IoError::writing(path, self.size))
        };
        if let Some(segy) = &self.segy {
            let mut nulls = vec![0; (self.layout.stride - self.layout.header) as usize];
            self.encoder
                .encode(&vec![f32::NAN; self.grid.samples.count], &mut nulls);
            let starts: Vec<u32> = (0..segy.traces).step_by(TRACES_AT_ONCE).collect();
            starts.into_par_iter().try_for_each(|start| {
                for trace in start..segy.traces.min(start + TRACES_AT_ONCE as u32) {
                    let (header, dead) = segy.header(trace)?;
                    let at = self.layout.first + u64::from(trace) * self.layout.stride;
                    write(&header, at)?;
                    if dead {
                        write(&nulls, at + self.layout.header)?;
                    }
                }
                Ok::<(), IoError>(())
            })?;
        }
        // The head comes last: a file that has it has all headers.
        write(&self.head, 0)?;
        if let Some((text, history)) = &self.text {
            std::fs::write(&text.partial, history)
                .map_err(IoError::writing(&text.partial, history.len() as u64))?;
        }
        Ok(file)
    }
}

/// Gives a file its size and, where the file system can, its place on the disk.
fn reserve(file: &File, size: u64) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        match fallocate(file, FallocateFlags::empty(), 0, size) {
            Err(rustix::io::Errno::NOSPC) => return Err(rustix::io::Errno::NOSPC.into()),
            Err(rustix::io::Errno::DQUOT) => return Err(rustix::io::Errno::DQUOT.into()),
            // Not every file system can reserve: the file grows as it is written.
            _ => {}
        }
    }
    file.set_len(size)
}
