//! Background reading: newest wish wins, neighbours ahead of time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::cache::Cache;
use super::slice::read_slice;
use super::{Slice, SliceError, SliceId, VolumeId};
use crate::io::Volume;
use crate::task::CancelFlag;

/// A slice that was wanted, or why it cannot be had.
pub type Delivery = (SliceId, Result<Arc<Slice>, SliceError>);

/// Reads slices on threads of its own.
///
/// [`SliceEngine::ask`] never blocks on a file: what is in memory comes back at
/// once, the rest is delivered later, unless a newer `ask` leaves it out.
pub struct SliceEngine {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    deliver: Box<dyn Fn(Delivery) + Send + Sync>,
}

struct State {
    volumes: Vec<Arc<dyn Volume>>,
    wanted: Vec<SliceId>,
    ahead: Vec<SliceId>,
    running: Vec<(SliceId, Arc<CancelFlag>)>,
    cache: Cache,
    closed: bool,
}

impl SliceEngine {
    /// Starts `workers` threads with a cache of `budget` bytes. `deliver` is
    /// called on those threads and must not block.
    pub fn start(
        workers: usize,
        budget: usize,
        deliver: impl Fn(Delivery) + Send + Sync + 'static,
    ) -> std::io::Result<SliceEngine> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                volumes: Vec::new(),
                wanted: Vec::new(),
                ahead: Vec::new(),
                running: Vec::new(),
                cache: Cache::new(budget),
                closed: false,
            }),
            wake: Condvar::new(),
            deliver: Box::new(deliver),
        });
        for _ in 0..workers.max(1) {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name("slices".to_owned())
                .spawn(move || work(&shared))?;
        }
        Ok(SliceEngine { shared })
    }

    /// Makes a volume known.
    pub fn add(&self, volume: Arc<dyn Volume>) -> VolumeId {
        let mut state = self.shared.lock();
        state.volumes.push(volume);
        VolumeId(state.volumes.len() as u32 - 1)
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
        for (id, cancel) in &state.running {
            let kept = if state.wanted.is_empty() {
                state.ahead.contains(id)
            } else {
                state.wanted.contains(id)
            };
            if !kept {
                cancel.raise();
            }
        }
        drop(state);
        self.shared.wake.notify_all();
        known
    }
}

impl Drop for SliceEngine {
    /// Tells the threads to end; it does not wait for a read under way.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        for (_, cancel) in &state.running {
            cancel.raise();
        }
        drop(state);
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next slice to read: what is wanted first, then what may be.
    fn next(&self) -> Option<SliceId> {
        let idle = |id: &SliceId| !self.running.iter().any(|(r, _)| r == id);
        let unknown = |id: &SliceId| idle(id) && !self.cache.holds(*id);
        let wanted = self.wanted.iter().find(|id| idle(id));
        wanted
            .or_else(|| self.ahead.iter().find(|id| unknown(id)))
            .copied()
    }
}

fn work(shared: &Shared) {
    let mut state = shared.lock();
    while !state.closed {
        let Some(id) = state.next() else {
            state = shared
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let Some(volume) = state.volumes.get(id.volume.0 as usize).map(Arc::clone) else {
            state.wanted.retain(|w| *w != id);
            state.ahead.retain(|w| *w != id);
            continue;
        };
        let cancel = Arc::new(CancelFlag::default());
        state.running.push((id, Arc::clone(&cancel)));
        drop(state);

        let result = read_slice(&volume, id, cancel.as_ref()).map(Arc::new);

        state = shared.lock();
        state.running.retain(|(r, _)| *r != id);
        if matches!(result, Err(SliceError::Cancelled(_))) {
            continue;
        }
        if let Ok(slice) = &result {
            state.cache.put(Arc::clone(slice));
        }
        state.ahead.retain(|w| *w != id);
        let asked = state.wanted.contains(&id);
        state.wanted.retain(|w| *w != id);
        if asked {
            drop(state);
            (shared.deliver)((id, result));
            state = shared.lock();
        }
    }
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
        let (id, _) = delivered.recv().unwrap();
        assert_eq!(id, inline(volume, 7));
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
}
