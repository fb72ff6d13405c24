//! The threads behind the engine: workers that read, and one that watches for
//! reads that do not come back.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use super::engine::{Job, Point, Running, Shared, State};
use super::{Slice, SliceError, SliceId};
use crate::task::CancelFlag;

/// Starts a thread that reads until the engine is closed, or until it was so slow
/// that another one took its place.
pub(super) fn work(shared: &Arc<Shared>) -> std::io::Result<()> {
    let shared = Arc::clone(shared);
    std::thread::Builder::new()
        .name("slices".to_owned())
        .spawn(move || work_on(&shared))?;
    Ok(())
}

fn work_on(shared: &Shared) {
    let mut state = shared.lock();
    while !state.closed {
        let Some(job) = state.next() else {
            state = shared
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let replaced = match job {
            Job::Point(point) => read_point(shared, state, point),
            Job::Slice(id) => read_slice(shared, state, id),
        };
        if replaced {
            return;
        }
        state = shared.lock();
    }
}

/// Notes that a read begins.
fn begin(
    shared: &Shared,
    state: &mut State,
    id: SliceId,
    [slice, computes]: [bool; 2],
) -> (u64, Arc<CancelFlag>) {
    let cancel = Arc::new(CancelFlag::default());
    // The watch sleeps while nothing is read.
    if state.running.iter().all(|read| read.slow) {
        shared.watch.notify_all();
    }
    state.reads += 1;
    state.running.push(Running {
        number: state.reads,
        id,
        slice,
        cancel: Arc::clone(&cancel),
        since: Instant::now(),
        slow: false,
        computes,
    });
    (state.reads, cancel)
}

/// Notes that a read ended; true where it was slow and this thread was replaced.
fn end(shared: &Shared, state: &mut State, number: u64) -> bool {
    let at = state.running.iter().position(|read| read.number == number);
    let slow = at.is_some_and(|at| state.running.swap_remove(at).slow);
    if slow {
        // The file answers again: others may go on reading it.
        shared.wake.notify_all();
    }
    slow
}

/// Reads a slice, a coarse picture of it first where it is wanted, and delivers
/// them as long as they are.
fn read_slice(shared: &Shared, mut state: MutexGuard<State>, id: SliceId) -> bool {
    let Some(source) = state.volumes.get(id.volume.0 as usize).map(Arc::clone) else {
        state.wanted.retain(|w| *w != id);
        state.ahead.retain(|w| *w != id);
        return false;
    };
    let (number, cancel) = begin(shared, &mut state, id, [true, source.is_derived()]);
    let wanted = state.wanted.contains(&id);
    drop(state);

    let first = |slice: Slice| {
        if shared.lock().wanted.contains(&id) {
            (shared.deliver)((id, Ok(Arc::new(slice))));
        }
    };
    let first: Option<&(dyn Fn(Slice) + Sync)> = if wanted { Some(&first) } else { None };
    let result = source.read(id, cancel.as_ref(), first).map(Arc::new);

    let mut state = shared.lock();
    let replaced = end(shared, &mut state, number);
    if matches!(result, Err(SliceError::Cancelled(_))) {
        return replaced;
    }
    if let Ok(slice) = &result {
        state.cache.put(Arc::clone(slice));
    }
    state.ahead.retain(|w| *w != id);
    let asked = state.wanted.contains(&id);
    state.wanted.retain(|w| *w != id);
    drop(state);
    if asked {
        (shared.deliver)((id, result));
    }
    replaced
}

/// Reads a true sample, of a section its whole trace, and delivers the slice
/// again with it.
fn read_point(shared: &Shared, mut state: MutexGuard<State>, (id, at): Point) -> bool {
    let Some(source) = state.volumes.get(id.volume.0 as usize).map(Arc::clone) else {
        return false;
    };
    let (number, _) = begin(shared, &mut state, id, [false, false]);
    drop(state);
    let trace = source.trace(id, at[0]).ok().flatten();
    let value = match &trace {
        Some(_) => None,
        None => source.point(id, at).ok(),
    };
    let mut state = shared.lock();
    let replaced = end(shared, &mut state, number);
    // A file that fails shows as such when its next slice is read.
    let Some(slice) = state.cache.get(id).filter(|slice| !slice.exact) else {
        return replaced;
    };
    let known = match (trace, value) {
        (Some(trace), _) => Some(slice.with_trace(at[0], trace)),
        (None, value) => value.map(|value| slice.with_point(at, value)),
    };
    if let Some(slice) = known.map(Arc::new) {
        state.cache.put(Arc::clone(&slice));
        drop(state);
        (shared.deliver)((id, Ok(slice)));
    }
    replaced
}

/// Starts the thread that tells of slow reads and sets a new worker in the place
/// of one that is held up. It sleeps while nothing is read.
pub(super) fn watch(shared: &Arc<Shared>) -> std::io::Result<()> {
    let shared = Arc::clone(shared);
    std::thread::Builder::new()
        .name("slow slices".to_owned())
        .spawn(move || watch_on(&shared))?;
    Ok(())
}

fn watch_on(shared: &Arc<Shared>) {
    let mut state = shared.lock();
    while !state.closed {
        let now = Instant::now();
        let mut overdue = 0;
        let read = |read: &&mut Running| !read.slow && !read.computes;
        for read in state.running.iter_mut().filter(read) {
            read.slow = now.duration_since(read.since) >= shared.patience;
            overdue += usize::from(read.slow);
        }
        for _ in 0..overdue {
            // Without a new thread the ones there are go on alone.
            let _ = work(shared);
        }
        let slow = slow_wishes(&mut state);
        if !slow.is_empty() {
            let seconds = shared.patience.as_secs();
            let told: Vec<_> = slow
                .into_iter()
                .filter_map(|id| {
                    let volume = &state.volumes.get(id.volume.0 as usize)?.volume;
                    let path = volume.path().to_owned();
                    Some((id, SliceError::Slow { path, seconds }))
                })
                .collect();
            drop(state);
            for (id, error) in told {
                (shared.deliver)((id, Err(error)));
            }
            state = shared.lock();
            continue;
        }
        let due = (state.running.iter()).filter(|read| !read.slow && !read.computes);
        let due = due.map(|read| read.since + shared.patience).min();
        state = match due {
            None => (shared.watch.wait(state)).unwrap_or_else(PoisonError::into_inner),
            Some(due) => {
                let left = due.saturating_duration_since(Instant::now());
                (shared.watch.wait_timeout(state, left))
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
    }
}

/// Wanted slices that are slow to come and were not told of since the last wish.
fn slow_wishes(state: &mut State) -> Vec<SliceId> {
    let slow = |id: &&SliceId| {
        let reading = |read: &Running| read.slow && read.slice && read.id == **id;
        !state.told.contains(id) && (state.running.iter().any(reading) || state.stuck(**id))
    };
    let slow: Vec<SliceId> = state.wanted.iter().filter(slow).copied().collect();
    state.told.extend(&slow);
    slow
}
