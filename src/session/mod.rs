//! The session: what the interpreter has picked and named, its edits and their
//! inverses, its journal.
//!
//! ```text
//! demo.ron          the session: RON, sorted, one vertex a line, made to be compared and merged
//! demo.view.ron     what is merely looked at; lost without harm
//! demo.journal      every edit since the last save, on disk before it is shown as done
//! demo.lock         who has it open: advice, not a barrier
//! demo.runs/        runs (the room `runs` writes there; a session adopts what they made)
//! ```
//!
//! A [`Workspace`] ties them together and is the only writer. Every change is an
//! [`Edit`]: checked, applied, turned into its inverse, and journalled.

mod content;
mod edit;
mod error;
mod exchange;
mod guide;
mod history;
mod interpolate;
mod journal;
mod lock;
mod merge;
mod names;
mod notice;
mod open;
mod places;
mod recent;
mod record;
mod replay;
mod signature;
mod text;
mod view;
mod workspace;

pub use content::{AdoptedRun, MadeBy, PickingStep, Session, VolumeEntry, VolumeRole};
pub use edit::{Edit, FACIES_LIMIT};
pub use error::SessionError;
pub use exchange::Import;
pub use guide::{Guide, GuideKind};
pub use history::{Far, History, Ways};
pub use interpolate::{Filled, Gaps};
pub use notice::Notice;
pub use places::Places;
pub use recent::Recent;
pub use signature::signature;
pub use text::{read, read_text, write_text};
pub use view::{ViewState, VolumeView};
pub use workspace::{InputVolume, RunInputs, Workspace};
