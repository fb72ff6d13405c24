//! The histogram with its two clips, moved by keys while the picture follows.

use super::{Command, Group, command, with_slice};
use crate::picture::Clip;
use crate::session::{Session, VolumeRole};
use crate::tui::Mode;
use crate::tui::app::App;
use crate::tui::layers::{Layer, Strip};
use crate::tui::step::Step;

const CLIP: &[Mode] = &[Mode::Clip];

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Picture,
        "histogram",
        "the spread of values, with its clips to be moved",
        open,
    )
    .on(Mode::PICTURE, &["zh"])
    .row("histogram, clips")
    .when(with_values),
    clip(
        "clip less",
        "the clip to lower values",
        less,
        &["h", "Left"],
        FINE,
    )
    .hint("move", "move the clip"),
    clip(
        "clip more",
        "the clip to higher values",
        more,
        &["l", "Right"],
        FINE,
    ),
    clip("clip far less", "ten steps lower", far_less, &["H"], COARSE),
    clip(
        "clip far more",
        "ten steps higher",
        far_more,
        &["L"],
        COARSE,
    ),
    clip(
        "other clip",
        "the other of the two clips",
        other,
        &["Tab"],
        "low, high clip",
    )
    .hint("other clip", "other clip"),
    command(Group::Leave, "keep clips", "back to the picture", done)
        .on(CLIP, &["Enter", "q"])
        .hint("done", "done"),
];

const FINE: &str = "a step of 200; 5l = five";
const COARSE: &str = "ten steps";

const fn clip(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
    row: &'static str,
) -> Command {
    command(Group::Picture, name, doc, run)
        .on(CLIP, keys)
        .row(row)
}

fn with_values(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    let shown = app.view.volume.as_deref().unwrap_or("");
    match session.volume(shown) {
        Some(v) if v.role == VolumeRole::Classes => Err("classes have no clips"),
        _ if app.current_slice().is_none() => Err("the slice is not read yet"),
        _ => Ok(()),
    }
}

fn open(step: &mut Step) {
    if let Some(strip) = Strip::of(step.app) {
        step.app.layers.push(Layer::Histogram(strip));
    }
}

fn less(step: &mut Step) {
    step.move_clip(-1.0);
}

fn more(step: &mut Step) {
    step.move_clip(1.0);
}

fn far_less(step: &mut Step) {
    step.move_clip(-10.0);
}

fn far_more(step: &mut Step) {
    step.move_clip(10.0);
}

fn other(step: &mut Step) {
    if let Some(Layer::Histogram(strip)) = step.app.layers.last_mut() {
        strip.high ^= true;
    }
}

fn done(step: &mut Step) {
    step.app.layers.pop();
}

impl Step<'_> {
    /// Moves the chosen clip by steps; the two never meet.
    fn move_clip(&mut self, steps: f32) {
        let Some(Layer::Histogram(strip)) = self.app.layers.last() else {
            return;
        };
        let (unit, upper) = (strip.step(), strip.high);
        let by = steps * self.times() as f32 * unit;
        self.set_clip(|clip| {
            if upper {
                let high = (clip.high + by).max(clip.low + unit);
                Clip { high, ..clip }
            } else {
                let low = (clip.low + by).min(clip.high - unit);
                Clip { low, ..clip }
            }
        });
        self.stir();
    }
}
