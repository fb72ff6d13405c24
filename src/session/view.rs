//! What is merely looked at: kept so that work goes on where it stopped, and
//! lost without harm.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{SessionError, text};
use crate::io;
use crate::model::SliceKey;

/// The state of the screen when the session was left. Nothing here changes a
/// result; what a file does not hold, or holds wrongly, is simply absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewState {
    /// The slice shown.
    pub slice: Option<SliceKey>,
    /// The cursor: inline, crossline, time in survey numbers.
    pub cursor: Option<(f64, f64, f64)>,
    /// Samples and traces per cell: less than 1 when zoomed in.
    pub zoom: Option<(f64, f64)>,
    /// True for inlines, and for crosslines, where the axis is turned round.
    pub turned: (bool, bool),
    /// Nodes of the line of a section: inline and crossline.
    pub nodes: Vec<(f64, f64)>,
    /// True where the mouse is heard.
    pub mouse: bool,
    /// Name of the volume shown.
    pub volume: Option<String>,
    /// Name of the volume of classes shown over it.
    pub overlay: Option<String>,
    /// How pictures stand together: `linked`, `beside`, `gallery`, `swipe`.
    pub arrangement: Option<String>,
    /// Name of the volume to compare with.
    pub second: Option<String>,
    /// Where the divider between two volumes stands, from 0 to 1.
    pub divider: Option<f64>,
    /// Name of the volume that hatches what is doubtful.
    pub doubt: Option<String>,
    /// How sure overlays must be, from 0 to 1.
    pub threshold: Option<f64>,
    /// One column in so many is tinted by overlays.
    pub tinted_every: Option<u8>,
    /// Names of the volumes shown as red, green and blue.
    pub rgb: Option<(String, String, String)>,
    /// True where traces around the cursor are shown.
    pub wiggles: bool,
    /// Vertical exaggeration.
    pub exaggeration: Option<f64>,
    /// True where amplitudes are evened out for display.
    pub evened: bool,
    /// Name of the active facies.
    pub facies: Option<String>,
    /// A polygon that is not closed yet: its slice, and its vertices so far.
    pub draft: Option<(SliceKey, Vec<(f64, f64)>)>,
    /// Clips, colour maps and polarity, by name of volume.
    pub volumes: BTreeMap<String, VolumeView>,
}

/// How a volume is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeView {
    /// Lowest and highest value shown; absent, found from the slice.
    pub clip: Option<(f64, f64)>,
    /// Name of the colour map.
    pub colour_map: Option<String>,
    /// True where the polarity is turned over.
    pub reversed: bool,
}

impl ViewState {
    /// The state in a file; the default where there is none or it is broken.
    pub fn read(path: &Path) -> Self {
        text::read_file(path)
            .and_then(|text| text::parse(&text, path))
            .unwrap_or_default()
    }

    /// Writes the state.
    pub fn write(&self, path: &Path) -> Result<(), SessionError> {
        let layout = ron::ser::PrettyConfig::new().depth_limit(2).new_line("\n");
        let body = text::dialect()
            .to_string_pretty(self, layout)
            .map_err(|error| SessionError::Unwritable {
                reason: error.to_string(),
            })?;
        let text = format!("#![enable(implicit_some)]\n{body}\n");
        Ok(io::write_atomically(path, text.as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.view.ron");
        assert_eq!(ViewState::read(&path), ViewState::default());
        let mut view = ViewState {
            slice: Some(SliceKey::Time(512.0)),
            cursor: Some((1010.0, 2004.0, 512.0)),
            volume: Some("amplitude".into()),
            ..ViewState::default()
        };
        let shown = VolumeView {
            clip: Some((-1.5, 1.5)),
            colour_map: Some("grey".into()),
            reversed: true,
        };
        view.volumes.insert("amplitude".into(), shown);
        view.write(&path).unwrap();
        assert_eq!(ViewState::read(&path), view);
        // Of an older or a newer program: what is known is taken.
        std::fs::write(&path, "(slice: Inline(7), theme: \"dark\")").unwrap();
        assert_eq!(ViewState::read(&path).slice, Some(SliceKey::Inline(7)));
        std::fs::write(&path, "(slice: Inline(").unwrap();
        assert_eq!(ViewState::read(&path), ViewState::default());
    }
}
