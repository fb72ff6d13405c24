//! Single traces: those around the cursor, and those of all volumes where linked
//! pictures rest.

use std::sync::Arc;

use crate::model::Direction;
use crate::preview::TraceId;
use crate::tui::action::Effect;
use crate::tui::panes::Arrangement;

use super::{App, Opened};

/// Traces on either side of the one at the cursor.
const AROUND: isize = 3;

impl App {
    /// The traces that are shown by themselves or for their values: of all volumes
    /// where linked pictures rest, and around the cursor of one.
    fn wanted_traces(&self) -> Vec<TraceId> {
        let linked = self.arrangement() == Arrangement::Linked;
        let tiles = self.view.tiles.iter().filter(|_| linked);
        let values = tiles.filter_map(|name| self.trace_of(name, self.followed));
        let around = self.places_around().into_iter().flatten();
        let volume = self.view.volume.as_deref().unwrap_or("");
        let around = around.filter_map(|at| self.trace_of(volume, at));
        values.chain(around).collect()
    }

    /// The trace of a volume at a voxel of the volume shown.
    fn trace_of(&self, name: &str, [inline, crossline, _]: [usize; 3]) -> Option<TraceId> {
        let (Opened::Ready { id, grid }, Some(here)) = (self.shown_volume(name)?, &self.view.grid)
        else {
            return None;
        };
        Some(TraceId {
            volume: *id,
            inline: grid.inlines.index(here.inlines.value(inline))?,
            crossline: grid.crosslines.index(here.crosslines.value(crossline))?,
        })
    }

    /// The voxels of the traces around the cursor, along the slice; nothing
    /// beyond its ends.
    fn places_around(&self) -> Vec<Option<[usize; 3]>> {
        if self.wiggle_area().is_none() {
            return Vec::new();
        }
        let place = match self.view.direction {
            Direction::Inline | Direction::Time => 1,
            Direction::Crossline => 0,
        };
        let count = self.view.samples().0;
        let turned = self.window().turned.0;
        let beside = |by: isize| {
            let mut at = self.followed;
            let by = if turned { -by } else { by };
            at[place] = at[place].checked_add_signed(by).filter(|&i| i < count)?;
            Some(at)
        };
        (-AROUND..=AROUND).map(beside).collect()
    }

    /// The traces around the cursor from left to right, as far as they are there.
    pub fn traces_around(&self) -> Vec<Option<&Arc<[f32]>>> {
        let volume = self.view.volume.as_deref().unwrap_or("");
        let found = |at: Option<[usize; 3]>| self.read_trace(self.trace_of(volume, at?)?);
        self.places_around().into_iter().map(found).collect()
    }

    fn read_trace(&self, id: TraceId) -> Option<&Arc<[f32]>> {
        let found = self.traces.iter().find(|(of, _)| *of == id);
        found.map(|(_, samples)| samples)
    }

    /// The value of a volume where the pictures rest, NaN where it is null; nothing
    /// where it is not read yet.
    pub fn value_at_rest(&self, name: &str) -> Option<f32> {
        let Opened::Ready { grid, .. } = self.shown_volume(name)? else {
            return None;
        };
        let time = self.view.grid?.samples.value(self.followed[2]);
        let samples = self.read_trace(self.trace_of(name, self.followed)?)?;
        let sample = grid.samples.index(time);
        Some(
            sample
                .and_then(|i| samples.get(i).copied())
                .unwrap_or(f32::NAN),
        )
    }

    /// Asks for traces where others are wanted than were asked for last.
    pub(super) fn next_traces(&mut self) -> Option<Effect> {
        if self.trails() {
            return None;
        }
        let wanted = self.wanted_traces();
        if wanted == self.traced {
            return None;
        }
        self.traced.clone_from(&wanted);
        (!wanted.is_empty()).then_some(Effect::Traces(wanted))
    }
}
