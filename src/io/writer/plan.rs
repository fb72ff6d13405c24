//! What an output file will look like, and its empty form on disk.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::VolumeWriter;
use crate::io::carried::Carried;
use crate::io::samples::{ByteOrder, Encoder, SampleFormat};
use crate::io::segy::{SegyPlan, carry};
use crate::io::seplib::HeaderWords;
use crate::io::{IoError, SampleKind, Template, Volume, npy, seplib};
use crate::model::{Block, Grid, Recipe};

/// Traces whose headers one work item writes.
const TRACES_AT_ONCE: usize = 4096;

/// A trace of which no header tells anything.
const LIVE: Carried = Carried {
    position: None,
    live: true,
};

/// A file with its final and its temporary name.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) partial: PathBuf,
}

impl Target {
    /// The file `<path><marks>`.
    fn beside(path: &Path, marks: &str) -> Target {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(marks);
        Target::new(&path.with_file_name(name))
    }

    /// The file as it is now: unfinished, or with its final name.
    pub(super) fn there(&self) -> &Path {
        if self.partial.exists() {
            &self.partial
        } else {
            &self.path
        }
    }

    /// The name without folders.
    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

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
    /// The texts of a `.H` volume, its history last.
    pub(super) texts: Vec<(Target, Vec<u8>)>,
    /// Its trace headers.
    words: Option<(Target, HeaderWords<'a>)>,
    /// Everything before the first trace.
    pub(super) head: Vec<u8>,
    layout: Layout,
    pub(super) size: u64,
    encoder: Encoder,
    segy: Option<SegyPlan<'a>>,
    /// Where a fresh SEG-Y file takes positions and dead traces from.
    carried: Option<(Template<'a>, Block)>,
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
            let carried = like
                .filter(|(template, _)| template.carries())
                .filter(|(template, _)| !matches!(template, Template::Segy(_)))
                .map(|(template, block)| (template, *block));
            return Ok(Plan::segy(path, grid, segy, carried));
        }
        let mut encoder = Encoder {
            format: SampleFormat::F32,
            order: ByteOrder::Big,
            null: kind.null(),
        };
        let mut head = Vec::new();
        let mut texts = Vec::new();
        let mut words = None;
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
            data = Target::beside(path, "@");
            let format = Target::beside(path, "@@");
            let parent = like.map_or(Template::Plain, |(template, _)| template);
            if let Some((template, block)) = like
                && let Some(made) = HeaderWords::new(template, block, &grid)
            {
                let target = Target::beside(path, "@@@");
                texts.push((format, made.text(&target.name(), recipe)));
                words = Some((target, made));
            }
            let headers = texts.first().map(|(format, _)| format.name());
            let history = seplib::history(
                &data.name(),
                headers.as_deref(),
                parent,
                &grid,
                kind,
                recipe,
            );
            texts.push((Target::new(path), history));
        }
        let stride = (grid.samples.count * encoder.format.width()) as u64;
        let traces = (grid.inlines.count * grid.crosslines.count) as u64;
        Ok(Plan {
            grid,
            data,
            texts,
            words,
            size: head.len() as u64 + traces * stride,
            layout: Layout {
                first: head.len() as u64,
                stride,
                header: 0,
            },
            head,
            encoder,
            segy: None,
            carried: None,
        })
    }

    fn segy(
        path: &Path,
        grid: Grid,
        mut segy: SegyPlan<'a>,
        carried: Option<(Template<'a>, Block)>,
    ) -> Plan<'a> {
        let header = SegyPlan::TRACE_HEADER as u64;
        let stride = header + (grid.samples.count * segy.encoder.format.width()) as u64;
        let first = segy.head.len() as u64;
        Plan {
            grid,
            data: Target::new(path),
            texts: Vec::new(),
            words: None,
            head: std::mem::take(&mut segy.head),
            layout: Layout {
                first,
                stride,
                header,
            },
            size: first + u64::from(segy.traces) * stride,
            encoder: segy.encoder,
            segy: Some(segy),
            carried,
        }
    }

    /// Every file of the output, the samples first.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        let words = self.words.iter().map(|(target, _)| target);
        let texts = self.texts.iter().map(|(target, _)| target);
        std::iter::once(&self.data).chain(words).chain(texts)
    }

    /// The writer of the plan, on an open file or one that is finished.
    pub(super) fn writer(self, file: Option<File>) -> VolumeWriter {
        let words = self.words.map(|(target, _)| target);
        let texts = self.texts.into_iter().map(|(target, _)| target);
        let beside = words.into_iter().chain(texts).collect();
        VolumeWriter {
            grid: self.grid,
            data: self.data,
            beside,
            size: self.size,
            layout: self.layout,
            index: self.segy.map(|segy| segy.index),
            encoder: self.encoder,
            file,
        }
    }

    /// Makes the temporary files: full size, all headers in place.
    pub(super) fn lay_out(&self) -> Result<File, IoError> {
        // What an earlier output of the same name left must not look like ours
        // before ours is whole.
        for target in self.targets() {
            let _ = std::fs::remove_file(&target.partial);
        }
        let path = &self.data.partial;
        let file = File::create(path).map_err(IoError::writing(path, self.size))?;
        reserve(&file, self.size).map_err(IoError::writing(path, self.size))?;
        let write = |bytes: &[u8], at: u64| {
            file.write_all_at(bytes, at)
                .map_err(IoError::writing(path, self.size))
        };
        if let Some(segy) = &self.segy {
            self.lay_out_traces(segy, &write)?;
        }
        // The head comes last: a file that has it has all headers.
        write(&self.head, 0)?;
        if let Some((target, words)) = &self.words {
            self.lay_out_words(target, words)?;
        }
        // So does the history, which all else is read through.
        for (target, text) in &self.texts {
            std::fs::write(&target.partial, text)
                .map_err(IoError::writing(&target.partial, text.len() as u64))?;
        }
        Ok(file)
    }

    /// Writes the header of every trace, and the samples of dead ones.
    fn lay_out_traces(
        &self,
        segy: &SegyPlan,
        write: &(impl Fn(&[u8], u64) -> Result<(), IoError> + Sync),
    ) -> Result<(), IoError> {
        let mut nulls = vec![0; (self.layout.stride - self.layout.header) as usize];
        self.encoder
            .encode(&vec![f32::NAN; self.grid.samples.count], &mut nulls);
        let starts: Vec<u32> = (0..segy.traces).step_by(TRACES_AT_ONCE).collect();
        starts.into_par_iter().try_for_each(|start| {
            let end = segy.traces.min(start.saturating_add(TRACES_AT_ONCE as u32));
            let mut carried = self.carried_lines(start as usize, end as usize);
            for trace in start..end {
                let (mut header, dead) = segy.header(trace)?;
                if let Some(lines) = &mut carried {
                    carry(&mut header, &lines.next().transpose()?.unwrap_or(LIVE));
                }
                let at = self.layout.first + u64::from(trace) * self.layout.stride;
                write(&header, at)?;
                if dead {
                    write(&nulls, at + self.layout.header)?;
                }
            }
            Ok(())
        })
    }

    /// What the template's headers tell of the traces `start..end` of a fresh
    /// file, which holds line after line; nothing where it has none.
    fn carried_lines(
        &self,
        start: usize,
        end: usize,
    ) -> Option<impl Iterator<Item = Result<Carried, IoError>>> {
        let (template, block) = self.carried?;
        let along = block.crosslines.count.max(1);
        let lines = start / along..end.div_ceil(along);
        Some(lines.flat_map(move |line| {
            let from = start.saturating_sub(line * along);
            let picked = block.crosslines.part(from, end - line * along);
            match template.carried(block.inlines.at(line), picked) {
                Ok(carried) => carried.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            }
        }))
    }

    /// Writes the words of all trace headers of a `.H` volume.
    fn lay_out_words(&self, target: &Target, words: &HeaderWords) -> Result<(), IoError> {
        let path = &target.partial;
        let size = words.line() * self.grid.inlines.count as u64;
        let file = File::create(path).map_err(IoError::writing(path, size))?;
        reserve(&file, size).map_err(IoError::writing(path, size))?;
        (0..self.grid.inlines.count)
            .into_par_iter()
            .try_for_each(|i| {
                file.write_all_at(&words.words(i)?, i as u64 * words.line())
                    .map_err(IoError::writing(path, size))
            })
    }

    /// The trace headers of a `.H` volume and how many bytes they take.
    pub(super) fn words(&self) -> Option<(&Target, u64)> {
        let (target, words) = self.words.as_ref()?;
        Some((target, words.line() * self.grid.inlines.count as u64))
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
