//! Which slice, of which volume.

use super::{Command, Group, command, hands_free, volumes};
use crate::model::{Direction, SliceKey};
use crate::picture::number;
use crate::tui::Mode;
use crate::tui::action::{Effect, RunJob};
use crate::tui::cuts::NO_PICKING;
use crate::tui::layers::{Ask, Layer, Prompt, picking_grid};
use crate::tui::panels::{MapPanel, Panel};
use crate::tui::step::Step;
use crate::tui::view::next_among;

pub(super) const COMMANDS: &[Command] = &[
    slices(
        "previous slice",
        "to the slice before, or as many as counted",
        previous,
        &["["],
    )
    .row("previous, next")
    .hint("[ ] slice", "[ ] other slice"),
    slices(
        "next slice",
        "to the slice after, or as many as counted",
        next,
        &["]"],
    )
    .row("previous, next"),
    slices(
        "previous picking slice",
        "back on the picking grid",
        previous_on_grid,
        &["{"],
    )
    .row("on the picking grid"),
    slices(
        "next picking slice",
        "on along the picking grid",
        next_on_grid,
        &["}"],
    )
    .row("on the picking grid"),
    slices(
        "inline",
        "the inline through the cursor, or of a number",
        inline,
        &["gi"],
    )
    .takes("[NUMBER]")
    .row("inline, crossline, time"),
    slices(
        "crossline",
        "the crossline through the cursor, or of a number",
        crossline,
        &["gx"],
    )
    .takes("[NUMBER]")
    .row("inline, crossline, time"),
    slices(
        "time",
        "the time slice through the cursor, or at a time",
        time,
        &["gt"],
    )
    .takes("[TIME]")
    .row("inline, crossline, time"),
    slices(
        "go to slice",
        "go to a slice by its number",
        ask_number,
        &["gs"],
    )
    .row("go to a number"),
    slices(
        "previous with facies",
        "back to a slice with polygons of the facies",
        previous_picked,
        &["gp"],
    )
    .row("with this facies"),
    slices(
        "next with facies",
        "on to a slice with polygons of the facies",
        next_picked,
        &["gn"],
    )
    .row("with this facies"),
    slices(
        "previous volume",
        "show the volume before",
        previous_volume,
        &["<"],
    )
    .row("other volume"),
    slices("next volume", "show the volume after", next_volume, &[">"]).row("other volume"),
    slices(
        "map",
        "the survey from above: live traces, lines with polygons",
        map,
        &["gm"],
    )
    .row("the survey map"),
    command(Group::Slices, "volume", "show a volume by its name", volume)
        .takes("NAME")
        .offers(volumes),
];

const fn slices(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
) -> Command {
    command(Group::Slices, name, doc, run)
        .on(Mode::PICTURE, keys)
        .when(hands_free)
}

fn previous(step: &mut Step) {
    let (at, _) = step.app.view.slice_index();
    step.go_to_index(at.saturating_sub(step.times()));
}

fn next(step: &mut Step) {
    let (at, _) = step.app.view.slice_index();
    step.go_to_index(at.saturating_add(step.times()));
}

fn previous_on_grid(step: &mut Step) {
    step.along_grid(true);
}

fn next_on_grid(step: &mut Step) {
    step.along_grid(false);
}

fn inline(step: &mut Step) {
    step.turn(Direction::Inline);
}

fn crossline(step: &mut Step) {
    step.turn(Direction::Crossline);
}

fn time(step: &mut Step) {
    step.turn(Direction::Time);
}

fn ask_number(step: &mut Step) {
    let word = step.app.view.direction.word();
    let prompt = Prompt::new(Ask::Slice, &format!("{word} "), "");
    step.app.layers.push(Layer::Prompt(prompt));
}

fn previous_picked(step: &mut Step) {
    step.along_picked(true);
}

fn next_picked(step: &mut Step) {
    step.along_picked(false);
}

fn previous_volume(step: &mut Step) {
    step.along_volumes(true);
}

fn next_volume(step: &mut Step) {
    step.along_volumes(false);
}

fn volume(step: &mut Step) {
    let name = step.argument.to_owned();
    step.show_volume(&name);
}

fn map(step: &mut Step) {
    step.leave_cut();
    let Some(panel) = MapPanel::of(step.app, step.session) else {
        return;
    };
    step.app
        .layers
        .push(Layer::Panel(Box::new(Panel::Map(Box::new(panel)))));
    let name = step.app.view.volume.clone().unwrap_or_default();
    step.effects.push(Effect::Run(RunJob::Survey(name)));
}

impl Step<'_> {
    /// Goes to an inline and a crossline, by index, on the slice of a direction
    /// through them.
    pub fn go_to_lines(&mut self, [inline, crossline]: [usize; 2], direction: Direction) {
        let view = &mut self.app.view;
        let at = [inline, crossline, view.at[2]];
        let Some(key) = view.key_through(direction, at) else {
            return;
        };
        view.direction = direction;
        view.at = at;
        let cursor = view.cursor();
        if self.app.is_here(&key) {
            self.slice_changed();
        }
        self.move_to(cursor);
    }

    /// Shows the inline of a voxel, the cursor on the voxel.
    pub fn look_at(&mut self, [inline, crossline, time]: [f64; 3]) {
        let at = self.app.view.grid.as_ref().and_then(|grid| {
            Some([
                grid.inlines.index(inline)?,
                grid.crosslines.index(crossline)?,
                grid.samples.index(time)?,
            ])
        });
        let Some([i, x, t]) = at else {
            return self.refuse("that voxel lies outside the volume on screen");
        };
        self.leave_cut();
        self.go_to_lines([i, x], Direction::Inline);
        self.move_to((x, t));
    }

    fn go_to_index(&mut self, index: usize) {
        if self.app.view.go_to_slice(index) {
            self.slice_changed();
        } else if self.app.view.on_section() {
            self.say("a section has no neighbours; gl, gi, gx and gt lead back");
        } else {
            let word = self.app.view.direction.word();
            self.say(format!("the survey ends here; there is no {word} beyond"));
        }
    }

    /// Turns to a direction: through the cursor, or to the number that was given.
    pub fn turn(&mut self, direction: Direction) {
        // Slices of the survey are meant; the cursor stays where it is in it.
        self.leave_cut();
        if !self.argument.is_empty() {
            let text = self.argument.to_owned();
            return self.go_to_number_of(direction, &text);
        }
        if self.app.view.direction != direction {
            // Linked pictures keep their zoom where the focus leaves it.
            let panes = self.app.panes();
            let there = panes.iter().find(|p| p.direction == direction);
            let window = there.map(|p| p.window);
            self.app.view.direction = direction;
            if let Some(window) = window {
                self.app.view.keep_window(window);
            }
            self.slice_changed();
        }
    }

    /// Goes to the slice of a number in the present direction.
    pub fn go_to_number(&mut self, text: &str) {
        self.go_to_number_of(self.app.view.direction, text);
    }

    fn go_to_number_of(&mut self, direction: Direction, text: &str) {
        let Some(grid) = self.app.view.grid else {
            return self.refuse("no volume is open yet");
        };
        let axis = grid.axis(direction);
        let number_given = text.replace('−', "-").parse::<f64>().ok();
        let index = number_given.and_then(|n| axis.index(n));
        let (word, low, high) = (direction.word(), number(axis.low()), number(axis.high()));
        match (number_given, index) {
            (None, _) => self.fail(format!(
                "`{text}` is not a number; try {word}s {low} to {high}"
            )),
            (_, None) => self.fail(format!(
                "{word} {text} is outside the survey, which holds {low} to {high}"
            )),
            (_, Some(index)) if self.app.view.cut.is_some() => self.go_to_index(index),
            (_, Some(index)) => {
                self.go_to(&SliceKey::new(direction, axis.value(index)));
            }
        }
    }

    /// Goes to the next slice of the picking grid, or the one before.
    pub fn along_grid(&mut self, back: bool) {
        let Some(grid) = self.app.view.grid else {
            return;
        };
        let (at, _) = self.app.view.slice_index();
        let indices = picking_grid(&grid, self.app.view.direction, &self.session.picking_step);
        let n = self.times() - 1;
        let found = if back {
            indices.iter().rev().filter(|&&i| i < at).nth(n)
        } else {
            indices.iter().filter(|&&i| i > at).nth(n)
        };
        match found {
            Some(&index) => self.go_to_index(index),
            None => self.say("the picking grid ends here; :set pickstep changes its step"),
        }
    }

    fn along_picked(&mut self, back: bool) {
        if self.app.view.cut.is_some() {
            return self.refuse(NO_PICKING);
        }
        let Some(facies) = self.app.facies.clone() else {
            return self.refuse("there is no facies yet; \"+ makes one");
        };
        let Some(grid) = self.app.view.grid else {
            return;
        };
        let (at, _) = self.app.view.slice_index();
        let direction = self.app.view.direction;
        let picked = (self.session.polygons_of(&facies))
            .filter(|p| p.slice.direction() == direction)
            .filter_map(|p| p.slice.index(&grid));
        if let Some(index) = next_among(picked, at, back) {
            return self.go_to_index(index);
        }
        let (way, word) = (if back { "before" } else { "after" }, direction.word());
        self.say(format!("no {word} {way} this one has polygons of {facies}"));
    }

    fn along_volumes(&mut self, back: bool) {
        let names = self.volume_names();
        let shown = self.app.view.volume.as_deref();
        let at = names.iter().position(|n| Some(n.as_str()) == shown);
        let n = names.len();
        let to = match at {
            Some(at) if back => (at + n - 1) % n,
            Some(at) => (at + 1) % n,
            None => 0,
        };
        match names.get(to) {
            Some(name) if Some(to) != at => self.show_volume(&name.clone()),
            _ => self.say("the session has no other volume; outcrop SESSION VOLUME adds one"),
        }
    }
}
