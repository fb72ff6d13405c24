//! Everything that knows a terminal.

mod adoption;
mod key;
pub mod panels;

pub use adoption::{AdoptionError, adopt_finished};
pub use key::{Key, Place, places};

use crate::picture::Depth;
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
/// x
pub enum ColourChoice {
    #[default]
    /// x
    Auto,
}
impl std::str::FromStr for ColourChoice {
    type Err = String;
    fn from_str(_: &str) -> Result<Self, String> {
        Ok(Self::Auto)
    }
}
/// x
pub struct Environment;
impl Environment {
    /// x
    pub fn here() -> Self {
        Self
    }
    /// x
    pub fn depth(&self, _: ColourChoice) -> Depth {
        Depth::Indexed
    }
}
