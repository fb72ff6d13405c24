//! Volumes that are computed slice by slice as they are looked at: an attribute,
//! a filter, a difference, before anybody pays for the whole.
//!
//! A slice is worked out from the slab that its windows need and from nothing
//! else. On inlines and crosslines it holds what a run would write, to the last
//! bit, for volumes of up to 64 MiB; of larger ones the sums over the whole volume
//! come from lines at equal distances. On time slices traces are cropped around
//! the slice as well, which the analytic trace feels a little.

mod attribute;
mod filter;
mod reach;
#[cfg(test)]
mod tests;
mod totals;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ndarray::{Array2, Zip};

use super::VolumeId;
use super::cache::Cache;
use super::reading::Source;
use super::slice::{Slice, SliceError, SliceId};
use crate::attributes::{Attribute, AttributeOptions, KuwaharaOptions};
use crate::model::{Direction, Grid};
use crate::task::Cancel;

pub(super) use totals::Totals;

/// How a volume follows from others that the engine knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Recipe {
    /// An attribute of an amplitude volume.
    Attribute {
        /// The amplitude.
        amplitude: VolumeId,
        /// The attribute.
        attribute: Attribute,
        /// Its parameters.
        options: Box<AttributeOptions>,
    },
    /// One of several volumes that are filtered together.
    Filter {
        /// The volumes, on one grid.
        volumes: Vec<VolumeId>,
        /// Inline and crossline dip in samples per trace, where windows follow them.
        dips: Option<[VolumeId; 2]>,
        /// Place among `volumes` of the one that is looked at.
        shown: usize,
        /// The parameters.
        options: KuwaharaOptions,
    },
    /// One volume less another, on one grid.
    Difference {
        /// The one.
        of: VolumeId,
        /// The other.
        from: VolumeId,
    },
}

/// What it cost to compute a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Seconds that it took here, on as many threads as there are for previews.
    pub seconds: f64,
    /// Seconds that it was expected to take on one core.
    pub expected: f64,
    /// True where traces were cropped around a time slice.
    pub cropped: bool,
}

impl Work {
    /// How long work that is expected to take so many seconds on one core will
    /// take here, as this slice tells.
    pub fn predict(&self, expected: f64) -> f64 {
        expected * self.seconds / self.expected.max(1e-9)
    }
}

/// Slices that were computed lately, of all volumes that are: a difference finds
/// what was looked at just before.
pub(super) type Lately = Arc<Mutex<Cache>>;

/// Bytes of them.
const LATELY: usize = 64 << 20;

/// None yet.
pub(super) fn lately() -> Lately {
    Arc::new(Mutex::new(Cache::new(LATELY)))
}

/// A volume that is computed.
pub(super) struct Derived {
    kind: Derivation,
    lately: Lately,
}

/// A recipe with the volumes that it names.
enum Derivation {
    Attribute(attribute::Attributed),
    Filter(filter::Filtered),
    Difference([(VolumeId, Arc<Source>); 2]),
}

/// Samples of a slice, and the core seconds that they were expected to take.
type Found = (Array2<f32>, f64);

impl Derived {
    /// Finds the volumes; an error where one is not known, or they do not fit
    /// together. Gives the source whose grid and threads it shares, too.
    pub(super) fn new(
        recipe: Recipe,
        known: &dyn Fn(VolumeId) -> Option<Arc<Source>>,
        lately: &Lately,
    ) -> Result<(Derived, Arc<Source>), String> {
        let find = |id| known(id).ok_or("a volume is not open yet");
        let (kind, of) = match recipe {
            Recipe::Attribute {
                amplitude,
                attribute,
                options,
            } => {
                let amplitude = find(amplitude)?;
                let derived =
                    attribute::Attributed::new(Arc::clone(&amplitude), attribute, *options)?;
                (Derivation::Attribute(derived), amplitude)
            }
            Recipe::Filter {
                volumes,
                dips,
                shown,
                options,
            } => {
                let volumes: Vec<_> = volumes.into_iter().map(find).collect::<Result<_, _>>()?;
                let dips = match dips {
                    Some([inline, crossline]) => Some([find(inline)?, find(crossline)?]),
                    None => None,
                };
                let of = volumes.get(shown).map(Arc::clone);
                let of = of.ok_or("there is no volume to filter")?;
                same_grid(of.grid(), volumes.iter().chain(dips.iter().flatten()))?;
                let derived = filter::Filtered::new(volumes, dips, shown, &options)?;
                (Derivation::Filter(derived), of)
            }
            Recipe::Difference { of, from } => {
                let [one, other] = [(of, find(of)?), (from, find(from)?)];
                same_grid(one.1.grid(), [&other.1])?;
                let source = Arc::clone(&one.1);
                (Derivation::Difference([one, other]), source)
            }
        };
        let lately = Arc::clone(lately);
        Ok((Derived { kind, lately }, of))
    }

    /// Computes a slice, the `at`-th of its axis, unless it was computed lately.
    pub(super) fn slice(
        &self,
        id: SliceId,
        at: usize,
        cancel: &dyn Cancel,
    ) -> Result<Slice, SliceError> {
        if let Some(slice) = self.lately().get(id) {
            return Ok(Slice::clone(&slice));
        }
        let began = Instant::now();
        let direction = id.key.direction();
        let (samples, expected) = match &self.kind {
            Derivation::Attribute(derived) => derived.slice(direction, at, cancel)?,
            Derivation::Filter(derived) => derived.slice(direction, at, cancel)?,
            Derivation::Difference(operands) => return difference(operands, id, cancel),
        };
        let work = Work {
            seconds: began.elapsed().as_secs_f64(),
            expected,
            cropped: direction == Direction::Time,
        };
        let slice = Slice::new(id, samples).worked(work);
        self.lately().put(Arc::new(slice.clone()));
        Ok(slice)
    }

    fn lately(&self) -> MutexGuard<'_, Cache> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slice of one volume less that of another; what the two cost together.
fn difference(
    operands: &[(VolumeId, Arc<Source>); 2],
    id: SliceId,
    cancel: &dyn Cancel,
) -> Result<Slice, SliceError> {
    let [a, b] = operands.each_ref().map(|(volume, source)| {
        let id = SliceId {
            volume: *volume,
            ..id
        };
        source.read(id, cancel, None)
    });
    let (a, b) = (a?, b?);
    let costs = [a.work, b.work].into_iter().flatten();
    let work = costs.fold(Work::default(), |sum, work| Work {
        seconds: sum.seconds + work.seconds,
        expected: sum.expected + work.expected,
        cropped: sum.cropped || work.cropped,
    });
    Ok(Slice::new(id, less(&a, &b)).worked(work))
}

fn less(a: &Slice, b: &Slice) -> Array2<f32> {
    let mut samples = a.samples().to_owned();
    Zip::from(&mut samples)
        .and(b.samples())
        .for_each(|a, b| *a -= b);
    samples
}

fn same_grid<'a>(
    grid: &Grid,
    others: impl IntoIterator<Item = &'a Arc<Source>>,
) -> Result<(), String> {
    for other in others {
        if let Some(difference) = grid.difference(other.grid()) {
            return Err(format!(
                "{} lies on another grid: {difference}",
                other.path().display()
            ));
        }
    }
    Ok(())
}
