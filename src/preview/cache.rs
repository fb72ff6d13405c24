//! Slices kept in memory up to a budget; the one unused for longest goes first.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Slice, SliceId};

/// Slices by name, each with the time of its last use.
#[derive(Debug)]
pub(super) struct Cache {
    budget: usize,
    bytes: usize,
    clock: u64,
    kept: HashMap<SliceId, (Arc<Slice>, u64)>,
}

impl Cache {
    pub(super) fn new(budget: usize) -> Cache {
        Cache {
            budget,
            bytes: 0,
            clock: 0,
            kept: HashMap::new(),
        }
    }

    /// The slice, if it is kept; this counts as a use.
    pub(super) fn get(&mut self, id: SliceId) -> Option<Arc<Slice>> {
        self.clock += 1;
        let (slice, used) = self.kept.get_mut(&id)?;
        *used = self.clock;
        Some(Arc::clone(slice))
    }

    /// True if the slice is kept; this is not a use.
    pub(super) fn holds(&self, id: SliceId) -> bool {
        self.kept.contains_key(&id)
    }

    /// Keeps a slice, and lets others go until all fit; the newest always stays.
    pub(super) fn put(&mut self, slice: Arc<Slice>) {
        self.clock += 1;
        let id = slice.id;
        self.bytes += slice.bytes();
        if let Some((old, _)) = self.kept.insert(id, (slice, self.clock)) {
            self.bytes -= old.bytes();
        }
        while self.bytes > self.budget && self.kept.len() > 1 {
            let oldest = self.kept.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(&id, _)| id) else {
                return;
            };
            if let Some((gone, _)) = self.kept.remove(&oldest) {
                self.bytes -= gone.bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SliceKey;
    use crate::preview::VolumeId;
    use ndarray::Array2;

    fn slice(n: i32) -> Arc<Slice> {
        let id = SliceId {
            volume: VolumeId(0),
            key: SliceKey::Inline(n),
        };
        Arc::new(Slice::new(id, Array2::zeros((50, 50))))
    }

    #[test]
    fn the_least_used_goes_first() {
        let (one, two, three) = (slice(1), slice(2), slice(3));
        let mut cache = Cache::new(2 * one.bytes() + 10);
        cache.put(Arc::clone(&one));
        cache.put(Arc::clone(&two));
        assert!(cache.get(one.id).is_some());
        cache.put(Arc::clone(&three));
        assert!(cache.holds(one.id) && cache.holds(three.id) && !cache.holds(two.id));
    }

    #[test]
    fn a_slice_larger_than_the_budget_is_still_shown() {
        let mut cache = Cache::new(10);
        cache.put(slice(1));
        cache.put(slice(1));
        cache.put(slice(2));
        assert!(cache.holds(slice(2).id) && !cache.holds(slice(1).id));
        assert_eq!(cache.bytes, slice(2).bytes());
    }
}
