//! Background reading: newest wish wins, neighbours ahead of time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cache::Cache;
use super::derived::{Derived, Lately, Recipe, lately};
use super::reading::Source;
use super::worker::{watch, work};
use super::{Slice, SliceError, SliceId, VolumeId};
use crate::io::{BrickMemory, Volume};
use crate::model::{Cut, Grid};
use crate::task::CancelFlag;

/// A slice that was wanted, or why it cannot be had. A coarse picture may come
/// first ([`Slice::step`]); a slice that is slow to come is told as an error,
/// and comes when it does.
pub type Delivery = (SliceId, Result<Arc<Slice>, SliceError>);

/// Reads slices on threads of its own.
///
/// [`SliceEngine::ask`] never blocks on a file: what is in memory comes back at
/// once, the rest is delivered later, unless a newer `ask` leaves it out.
///
/// Slices come from the bricked copy of a volume where there is one that fits
/// (they are then not [`exact`](Slice::exact), unless the copy holds floats), else
/// from the file. [`SliceEngine::look`] reads single true samples.
pub struct SliceEngine {
    shared: Arc<Shared>,
    memory: Arc<BrickMemory>,
}

/// How long a read may take before it is called slow.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads of one volume that may be slow at once: further ones wait for them.
const STUCK: usize = 2;

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) wake: Condvar,
    /// Wakes the thread that looks for slow reads.
    pub(super) watch: Condvar,
    pub(super) patience: Duration,
    pub(super) lately: Lately,
    pub(super) deliver: Box<dyn Fn(Delivery) + Send + Sync>,
}

pub(super) struct State {
    pub(super) volumes: Vec<Arc<Source>>,
    pub(super) wanted: Vec<SliceId>,
    pub(super) ahead: Vec<SliceId>,
    /// A sample of a slice whose true value is wanted.
    pub(super) point: Option<Point>,
    pub(super) running: Vec<Running>,
    pub(super) cache: Cache,
    /// Slices that were told to be slow since the last wish.
    pub(super) told: Vec<SliceId>,
    /// Numbers handed out to reads.
    pub(super) reads: u64,
    pub(super) closed: bool,
}

/// A sample of the plane of a slice.
pub(super) type Point = (SliceId, [usize; 2]);

/// A read under way.
pub(super) struct Running {
    pub(super) number: u64,
    pub(super) id: SliceId,
    /// True where a whole slice is read, not a point.
    pub(super) slice: bool,
    pub(super) cancel: Arc<CancelFlag>,
    pub(super) since: Instant,
    /// It is slow, and another thread works in place of its own.
    pub(super) slow: bool,
    /// It computes, and takes as long as it takes.
    pub(super) computes: bool,
}

/// What a worker does next.
pub(super) enum Job {
    Point(Point),
    Slice(SliceId),
}

impl SliceEngine {
    /// Starts `workers` threads; slices and bricks in memory take at most
    /// `budget` bytes together, besides what is being read. `deliver` is called
    /// on those threads and must not block.
    pub fn start(
        workers: usize,
        budget: usize,
        deliver: impl Fn(Delivery) + Send + Sync + 'static,
    ) -> std::io::Result<SliceEngine> {
        SliceEngine::patient(workers, budget, PATIENCE, deliver)
    }

    /// The same with another patience.
    fn patient(
        workers: usize,
        budget: usize,
        patience: Duration,
        deliver: impl Fn(Delivery) + Send + Sync + 'static,
    ) -> std::io::Result<SliceEngine> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                volumes: Vec::new(),
                wanted: Vec::new(),
                ahead: Vec::new(),
                point: None,
                running: Vec::new(),
                cache: Cache::new(budget / 2),
                told: Vec::new(),
                reads: 0,
                closed: false,
            }),
            wake: Condvar::new(),
            watch: Condvar::new(),
            patience,
            lately: lately(),
            deliver: Box::new(deliver),
        });
        for _ in 0..workers.max(1) {
            work(&shared)?;
        }
        watch(&shared)?;
        Ok(SliceEngine {
            shared,
            memory: Arc::new(BrickMemory::new(budget / 2)),
        })
    }

    /// What the threads share, for others that read through the same volumes.
    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Makes a volume known.
    pub fn add(&self, volume: Arc<dyn Volume>) -> VolumeId {
        let source = Arc::new(Source::new(volume, Arc::clone(&self.memory)));
        let mut state = self.shared.lock();
        state.volumes.push(source);
        VolumeId(state.volumes.len() as u32 - 1)
    }

    /// Makes the volume known that a cut makes of a volume: a section along a line,
    /// the survey laid flat along a horizon. Its slices are asked for, come coarse
    /// first and are cancelled like all others; only traces and samples that they
    /// hold are read. Nothing where the volume is not known.
    pub fn cut(&self, volume: VolumeId, cut: Cut) -> Option<(VolumeId, Grid)> {
        let mut state = self.shared.lock();
        let source = state.volumes.get(volume.0 as usize)?.cut(cut);
        let grid = *source.volume.grid();
        state.volumes.push(Arc::new(source));
        Some((VolumeId(state.volumes.len() as u32 - 1), grid))
    }

    /// Makes a volume known that is computed from others, slice by slice, as they
    /// are asked for; its grid. An error says what is missing. Slices come as all
    /// others do: the newest wish wins, and one that is void is given up within
    /// a trace. None is computed ahead.
    pub fn derive(&self, recipe: Recipe) -> Result<(VolumeId, Grid), String> {
        let mut state = self.shared.lock();
        let known = |id: VolumeId| state.volumes.get(id.0 as usize).map(Arc::clone);
        let (derived, source) = Derived::new(recipe, &known, &self.shared.lately)?;
        let grid = *source.grid();
        state.volumes.push(Arc::new(source.derive(derived)));
        Ok((VolumeId(state.volumes.len() as u32 - 1), grid))
    }

    /// Replaces every earlier wish. Gives back those of `wanted` that are in
    /// memory; the others are delivered. Slices of `ahead` are only read into
    /// memory, after all that is wanted.
    pub fn ask(&self, wanted: &[SliceId], ahead: &[SliceId]) -> Vec<Arc<Slice>> {
        let mut state = self.shared.lock();
        let mut known = Vec::new();
        let mut missing = Vec::new();
        for &id in wanted {
            match state.cache.get(id) {
                Some(slice) => known.push(slice),
                None => missing.push(id),
            }
        }
        state.wanted = missing;
        state.ahead = ahead.to_vec();
        state.told.clear();
        for read in state.running.iter().filter(|read| read.slice) {
            let kept = if state.wanted.is_empty() {
                state.ahead.contains(&read.id)
            } else {
                state.wanted.contains(&read.id)
            };
            if !kept {
                read.cancel.raise();
            }
        }
        // Wishes for a file that does not answer are told off by the watch.
        if state.running.iter().any(|read| read.slow) {
            self.shared.watch.notify_all();
        }
        drop(state);
        self.shared.wake.notify_all();
        known
    }

    /// Asks for the true value at a sample `[a, b]` of the plane of a slice that
    /// is not exact; it is delivered in the slice ([`Slice::true_value`]), of a
    /// section with its whole trace ([`Slice::trace`]). A newer call replaces this one.
    pub fn look(&self, id: SliceId, a: usize, b: usize) {
        let mut state = self.shared.lock();
        state.point = Some((id, [a, b]));
        drop(state);
        self.shared.wake.notify_one();
    }
}

impl Drop for SliceEngine {
    /// Tells the threads to end; it does not wait for a read under way.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        for read in &state.running {
            read.cancel.raise();
        }
        drop(state);
        self.shared.wake.notify_all();
        self.shared.watch.notify_all();
    }
}

impl Shared {
    /// A volume that is known.
    pub(super) fn source(&self, id: VolumeId) -> Option<Arc<Source>> {
        self.lock().volumes.get(id.0 as usize).map(Arc::clone)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What to read next: a point first, it is quick; then what is wanted, then
    /// what may be.
    pub(super) fn next(&mut self) -> Option<Job> {
        if let Some(point) = self.point.take_if(|(id, _)| {
            // One at a time: the newest is the one that counts.
            !self.running.iter().any(|r| !r.slice && r.id == *id) && !stuck(&self.running, *id)
        }) {
            return Some(Job::Point(point));
        }
        let idle = |id: &&SliceId| {
            let running = self.running.iter().any(|r| r.slice && r.id == **id);
            !running && !stuck(&self.running, **id)
        };
        let derived = |id: &SliceId| {
            let source = self.volumes.get(id.volume.0 as usize);
            source.is_some_and(|source| source.is_derived())
        };
        let unknown = |id: &&SliceId| idle(id) && !self.cache.holds(**id) && !derived(id);
        let wanted = self.wanted.iter().find(idle);
        let id = wanted.or_else(|| self.ahead.iter().find(unknown))?;
        Some(Job::Slice(*id))
    }

    /// True where nothing more is read of the volume of a slice: it does not answer.
    pub(super) fn stuck(&self, id: SliceId) -> bool {
        stuck(&self.running, id)
    }
}

fn stuck(running: &[Running], id: SliceId) -> bool {
    let slow = |r: &&Running| r.slow && r.id.volume == id.volume;
    running.iter().filter(slow).count() >= STUCK
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::io::IoError;
    use crate::model::{Axis, Block, Grid, SampleUnit, SliceKey};
    use std::path::Path;
    use std::sync::mpsc;

    /// A volume whose samples encode their place; it may be held at a gate.
    pub struct Ramp {
        grid: Grid,
        gate: Option<Mutex<mpsc::Receiver<()>>>,
        started: Option<Mutex<mpsc::Sender<Block>>>,
    }

    impl Ramp {
        pub fn open(shape: [usize; 3]) -> Ramp {
            let axis = |n, step| Axis::new(0.0, step, n);
            Ramp {
                grid: Grid {
                    inlines: axis(shape[0], 1.0),
                    crosslines: axis(shape[1], 1.0),
                    samples: axis(shape[2], 4.0),
                    unit: SampleUnit::Milliseconds,
                    spacing: None,
                },
                gate: None,
                started: None,
            }
        }
    }

    impl Volume for Ramp {
        fn grid(&self) -> &Grid {
            &self.grid
        }

        fn path(&self) -> &Path {
            Path::new("ramp")
        }

        fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
            if let Some(started) = &self.started {
                started.lock().unwrap().send(*block).unwrap();
            }
            if let Some(gate) = &self.gate {
                let _ = gate.lock().unwrap().recv();
            }
            let mut at = 0;
            for i in block.inlines.indices() {
                for x in block.crosslines.indices() {
                    for t in block.samples.indices() {
                        out[at] = (i * 10_000 + x * 100 + t) as f32;
                        at += 1;
                    }
                }
            }
            Ok(())
        }
    }

    const MEGABYTE: usize = 1 << 20;

    fn engine(workers: usize) -> (SliceEngine, mpsc::Receiver<Delivery>) {
        let (sender, receiver) = mpsc::channel();
        let engine = SliceEngine::start(workers, MEGABYTE, move |d| {
            let _ = sender.send(d);
        });
        (engine.unwrap(), receiver)
    }

    fn inline(volume: VolumeId, n: i32) -> SliceId {
        SliceId {
            volume,
            key: SliceKey::Inline(n),
        }
    }

    #[test]
    fn what_was_read_comes_back_at_once() {
        let (engine, delivered) = engine(2);
        let volume = engine.add(Arc::new(Ramp::open([9, 10, 11])));
        assert!(engine.ask(&[inline(volume, 3)], &[]).is_empty());
        let (id, slice) = delivered.recv().unwrap();
        assert_eq!(id, inline(volume, 3));
        assert_eq!(slice.unwrap().value(2, 4), Some(30_204.0));
        assert_eq!(engine.ask(&[inline(volume, 3)], &[]).len(), 1);
    }

    #[test]
    fn a_cut_is_a_volume_like_others() {
        use crate::model::{Horizon, SectionLine};
        let (engine, delivered) = engine(2);
        let ramp = Ramp::open([9, 10, 11]);
        let line = SectionLine::through(&[(1.0, 2.0), (4.0, 2.0), (4.0, 6.0)], ramp.grid());
        let volume = engine.add(Arc::new(ramp));
        let (section, grid) = engine
            .cut(volume, Cut::Section(Arc::new(line.unwrap())))
            .unwrap();
        assert_eq!(grid.shape(), [1, 8, 11]);
        engine.ask(&[inline(section, 0)], &[]);
        let (id, slice) = delivered.recv().unwrap();
        let slice = slice.unwrap();
        assert_eq!((id, slice.exact), (inline(section, 0), true));
        assert_eq!(slice.value(3, 5), Some(40_205.0));
        assert_eq!(slice.value(7, 0), Some(40_600.0));
        // A horizon that dips along the crosslines, with a hole.
        let picks: Vec<[f64; 3]> = (0..9)
            .flat_map(|i| (0..10).map(move |x| [f64::from(i), f64::from(x), 4.0 * f64::from(x)]))
            .filter(|p| p[..2] != [3.0, 3.0])
            .collect();
        let horizon = Arc::new(Horizon::of(&picks).unwrap());
        let name = "top".to_owned();
        let (flat, _) = engine
            .cut(volume, Cut::Flattened { name, horizon })
            .unwrap();
        let map = |ms: f64| SliceId {
            volume: flat,
            key: SliceKey::Time(ms),
        };
        engine.ask(&[map(4.0)], &[]);
        let (_, slice) = delivered.recv().unwrap();
        let slice = slice.unwrap();
        // The plane of a map is [crossline, inline].
        assert_eq!(slice.value(5, 7), Some(70_506.0));
        assert_eq!(slice.value(3, 3), None);
        assert!(
            engine
                .cut(
                    VolumeId(99),
                    Cut::Section(Arc::new(
                        SectionLine::through(&[(0.0, 0.0), (1.0, 1.0)], &grid).unwrap()
                    ))
                )
                .is_none()
        );
    }

    #[test]
    fn errors_are_delivered_too() {
        let (engine, delivered) = engine(1);
        let volume = engine.add(Arc::new(Ramp::open([9, 10, 11])));
        engine.ask(&[inline(volume, 30)], &[]);
        assert!(delivered.recv().unwrap().1.is_err());
    }

    #[test]
    fn a_newer_wish_makes_an_older_one_void() {
        let (engine, delivered) = engine(1);
        let (open, gate) = mpsc::channel();
        let (sender, started) = mpsc::channel();
        // 2100 crosslines are three reads of an inline.
        let volume = engine.add(Arc::new(Ramp {
            gate: Some(Mutex::new(gate)),
            started: Some(Mutex::new(sender)),
            ..Ramp::open([9, 2100, 2])
        }));
        engine.ask(&[inline(volume, 1)], &[]);
        let first = started.recv().unwrap();
        assert_eq!(first.inlines.start, 1);
        for n in 2..8 {
            engine.ask(&[inline(volume, n)], &[]);
        }
        open.send(()).unwrap();
        // After the part under way the reader turns to the newest wish only.
        assert_eq!(started.recv().unwrap().inlines.start, 7);
        drop(open);
        // A coarse picture of it, then the whole slice, and nothing else.
        for step in [5, 1] {
            let (id, slice) = delivered.recv().unwrap();
            let slice = slice.unwrap();
            assert_eq!((id, slice.id), (inline(volume, 7), id));
            assert_eq!((slice.step, slice.exact), (step, step == 1));
            assert_eq!(slice.value(2095, 1), Some(279_501.0));
        }
        assert!(delivered.try_recv().is_err());
    }

    #[test]
    fn neighbours_are_read_ahead_and_not_delivered() {
        let (engine, delivered) = engine(1);
        let (sender, started) = mpsc::channel();
        let volume = engine.add(Arc::new(Ramp {
            started: Some(Mutex::new(sender)),
            ..Ramp::open([9, 10, 11])
        }));
        engine.ask(
            &[inline(volume, 1)],
            &[inline(volume, 2), inline(volume, 3)],
        );
        let order: Vec<usize> = (0..3)
            .map(|_| started.recv().unwrap().inlines.start)
            .collect();
        assert_eq!(order, [1, 2, 3]);
        assert_eq!(delivered.recv().unwrap().0, inline(volume, 1));
        // Slice 3 is being read or kept: wanted now, it comes one way or the other.
        let known = engine.ask(&[inline(volume, 2)], &[]);
        assert_eq!(known[0].id, inline(volume, 2));
        if engine.ask(&[inline(volume, 3)], &[]).is_empty() {
            assert_eq!(delivered.recv().unwrap().0, inline(volume, 3));
        }
    }

    #[test]
    fn a_file_that_does_not_answer_is_told_and_holds_up_no_other() {
        let (sender, delivered) = mpsc::channel();
        let patience = Duration::from_millis(10);
        let engine = SliceEngine::patient(1, MEGABYTE, patience, move |d| {
            let _ = sender.send(d);
        });
        let engine = engine.unwrap();
        let (open, gate) = mpsc::channel();
        let held = engine.add(Arc::new(Ramp {
            gate: Some(Mutex::new(gate)),
            ..Ramp::open([9, 10, 11])
        }));
        let free = engine.add(Arc::new(Ramp::open([9, 10, 11])));
        // More slices than may be held up: each is told of.
        for n in 1..6 {
            engine.ask(&[inline(held, n)], &[]);
            let (id, error) = delivered.recv().unwrap();
            assert_eq!(id, inline(held, n));
            let error = error.unwrap_err();
            assert!(matches!(error, SliceError::Slow { .. }), "{error}");
        }
        assert_eq!(engine.shared.lock().running.len(), STUCK);
        engine.ask(&[inline(free, 3)], &[]);
        let (id, slice) = delivered.recv().unwrap();
        assert!(id == inline(free, 3) && slice.is_ok());
        // It answers again: what is wanted comes.
        engine.ask(&[inline(held, 5)], &[]);
        let (_, error) = delivered.recv().unwrap();
        assert!(error.is_err());
        drop(open);
        let (id, slice) = delivered.recv().unwrap();
        assert!(id == inline(held, 5) && slice.is_ok());
    }
}
