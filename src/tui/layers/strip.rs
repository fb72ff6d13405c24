//! The histogram strip: which of the two clips is moved, and over which values.

use crate::picture::Clip;
use crate::tui::app::App;

/// The strip while it is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// True where the high clip is moved, false where the low one is.
    pub high: bool,
    /// The values it spans: they stay while the clips move.
    range: Clip,
}

/// Steps from one end of the strip to the other.
const STEPS: f32 = 200.0;

impl Strip {
    /// The strip of the slice on screen: its clip and as much again on both
    /// sides, as far as there are values.
    pub fn of(app: &App) -> Option<Strip> {
        let slice = app.current_slice()?;
        let clip = app.view.look().clip.unwrap_or(slice.clip);
        let (values, more) = (slice.histogram.range, clip.high - clip.low);
        let range = Clip {
            low: values.low.min(clip.low).max(clip.low - more),
            high: values.high.max(clip.high).min(clip.high + more),
        };
        Some(Strip { high: true, range })
    }

    /// How far one step moves a clip.
    pub fn step(&self) -> f32 {
        (self.range.high - self.range.low) / STEPS
    }

    /// The values that are shown: the clips are always among them.
    pub fn range(&self, clip: Clip) -> Clip {
        Clip {
            low: self.range.low.min(clip.low),
            high: self.range.high.max(clip.high),
        }
    }
}
