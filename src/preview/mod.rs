//! Small live things: slices for the screen, read or computed in the background.
//!
//! Nothing here is ever waited for. A view says which slices it wants now and
//! which it may want next; what is known comes back at once, the rest arrives
//! through a callback, and a newer wish makes an older one void.

mod cache;
mod derived;
mod desk;
mod engine;
mod events;
mod gather;
mod live;
mod moments;
mod reading;
mod separability;
mod slice;
#[cfg(test)]
mod tests;
mod traces;
mod worker;

pub use derived::{Recipe, Work};
pub use engine::{Delivery, SliceEngine};
pub use events::{EventKind, nearest_event, next_event, track};
pub use live::{
    LiveAnswer, LiveClasses, LiveForest, LiveQuestion, Spot, Suggester, Suggestions, Uncertainty,
};
pub use separability::{
    FaciesVoxels, Finding, MOST_SEARCHED, Question, Scatter, Scored, Separability, Separator,
};
pub use slice::{Slice, SliceError, SliceId, VolumeId, neighbours};
pub use traces::{Trace, TraceId, TraceReader};
