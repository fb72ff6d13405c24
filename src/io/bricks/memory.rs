//! Bricks kept in memory, those of all volumes under one budget.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bricks that were read and found whole, up to a budget of bytes; those unused
/// for longest go first. Shared by the copies of all volumes.
#[derive(Debug)]
pub struct BrickMemory {
    budget: usize,
    kept: Mutex<Kept>,
    /// Names handed out to copies.
    copies: AtomicU64,
}

/// A copy and a number of a brick in it.
type Key = (u64, usize);

#[derive(Debug, Default)]
struct Kept {
    bytes: usize,
    clock: u64,
    bricks: HashMap<Key, (Arc<[u8]>, u64)>,
}

impl BrickMemory {
    /// An empty memory for so many bytes.
    pub fn new(budget: usize) -> BrickMemory {
        BrickMemory {
            budget,
            kept: Mutex::default(),
            copies: AtomicU64::new(0),
        }
    }

    /// A name for one more copy.
    pub(super) fn copy(&self) -> u64 {
        self.copies.fetch_add(1, Ordering::Relaxed)
    }

    /// Those of the bricks that are here; this counts as a use.
    pub(super) fn get(
        &self,
        copy: u64,
        numbers: impl Iterator<Item = usize>,
    ) -> Vec<Option<Arc<[u8]>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        numbers
            .map(|number| {
                let (brick, used) = kept.bricks.get_mut(&(copy, number))?;
                *used = now;
                Some(Arc::clone(brick))
            })
            .collect()
    }

    /// Keeps a brick. Over the budget the older half of all goes, so that the
    /// search for the oldest is made once in many times.
    pub(super) fn put(&self, copy: u64, number: usize, brick: &Arc<[u8]>) {
        if brick.len() > self.budget {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = kept.clock;
        let old = kept.bricks.insert((copy, number), (Arc::clone(brick), now));
        kept.bytes += brick.len();
        kept.bytes -= old.map_or(0, |(old, _)| old.len());
        if kept.bytes > self.budget {
            kept.halve();
        }
    }

    /// Bytes of the bricks that are here.
    pub fn bytes(&self) -> usize {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes
    }
}

impl Kept {
    /// Lets the older half of the bricks go.
    fn halve(&mut self) {
        let mut ages: Vec<(u64, Key)> = self
            .bricks
            .iter()
            .map(|(key, (_, used))| (*used, *key))
            .collect();
        let half = ages.len().div_ceil(2);
        if half < ages.len() {
            ages.select_nth_unstable(half);
        }
        for (_, key) in &ages[..half] {
            if let Some((brick, _)) = self.bricks.remove(key) {
                self.bytes -= brick.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_holds_and_what_is_used_stays() {
        let memory = BrickMemory::new(1000);
        let copy = memory.copy();
        let brick: Arc<[u8]> = vec![0; 100].into();
        for number in 0..200 {
            memory.put(copy, number, &brick);
            assert!(memory.bytes() <= 1000);
            // Brick 0 is looked at all the time.
            assert!(
                memory.get(copy, std::iter::once(0))[0].is_some(),
                "{number}"
            );
        }
        assert!(memory.get(copy, std::iter::once(150))[0].is_none());
        assert!(memory.get(memory.copy(), std::iter::once(0))[0].is_none());
        let large: Arc<[u8]> = vec![0; 1001].into();
        memory.put(copy, 7, &large);
        assert!(memory.get(copy, std::iter::once(7))[0].is_none());
    }
}
