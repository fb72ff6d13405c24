//! Marks, the jump list, and the search over names.

use super::{Command, Group, command, hands_free, with_slice};
use crate::tui::Mode;
use crate::tui::layers::{Ask, Layer, Prompt};
use crate::tui::picking::Place;
use crate::tui::step::Step;

const NORMAL: &[Mode] = &[Mode::Normal];

pub(super) const COMMANDS: &[Command] = &[
    place("set mark", "remember this place under a letter", set_mark)
        .on(Mode::PICTURE, &["m a-z"])
        .row("set mark, go to mark")
        .when(with_slice),
    place("go to mark", "to the place of a letter", go_to_mark)
        .on(Mode::PICTURE, &["` a-z"])
        .row("set mark, go to mark"),
    place("jump back", "back to where the last jump began", back)
        .on(Mode::PICTURE, &["Ctrl-o"])
        .row("back, forward over jumps"),
    place("jump forward", "forward again over jumps", forward)
        .on(Mode::PICTURE, &["go"])
        .row("back, forward over jumps"),
    place("search", "search the names of polygons and facies", search)
        .on(NORMAL, &["/"])
        .takes("[TEXT]")
        .row("search names; next, previous"),
    place(
        "next match",
        "to the next polygon that the search fits",
        next,
    )
    .on(NORMAL, &["n"])
    .row("search names; next, previous"),
    place(
        "previous match",
        "to the polygon before that the search fits",
        previous,
    )
    .on(NORMAL, &["N"])
    .row("search names; next, previous"),
];

const fn place(name: &'static str, doc: &'static str, run: fn(&mut Step)) -> Command {
    command(Group::Slices, name, doc, run).when(hands_free)
}

fn set_mark(step: &mut Step) {
    let (Some(letter), Some(place)) = (step.argument.chars().next(), step.app.place()) else {
        return;
    };
    step.app.picking.marks.insert(letter, place);
    step.say(format!("mark {letter} is here; `{letter} comes back"));
}

fn go_to_mark(step: &mut Step) {
    let Some(letter) = step.argument.chars().next() else {
        return;
    };
    match step.app.picking.marks.get(&letter).copied() {
        Some(place) => step.go_to_place(&place),
        None => step.say(format!("there is no mark {letter}; m{letter} sets it")),
    }
}

fn back(step: &mut Step) {
    let times = step.times();
    let place = (step.app.place()).and_then(|here| step.app.picking.jumps.back(here, times));
    match place {
        Some(place) => step.go_to_place(&place),
        None => step.say("no jump lies behind"),
    }
}

fn forward(step: &mut Step) {
    let times = step.times();
    match step.app.picking.jumps.forward(times) {
        Some(place) => step.go_to_place(&place),
        None => step.say("no jump lies ahead"),
    }
}

fn search(step: &mut Step) {
    if step.argument.is_empty() {
        let prompt = Prompt::new(Ask::Search, "/", "");
        step.app.layers.push(Layer::Prompt(prompt));
    } else {
        let text = step.argument.to_owned();
        step.search(&text);
    }
}

fn next(step: &mut Step) {
    step.go_to_match(false);
}

fn previous(step: &mut Step) {
    step.go_to_match(true);
}

impl Step<'_> {
    fn go_to_place(&mut self, place: &Place) {
        if !self.go_to(&place.slice) {
            return self.fail(format!("{} is outside this volume", place.slice));
        }
        let (inline, crossline, time) = place.position;
        let at = place.slice.plane(inline, crossline, time);
        let to = self.app.view.nearest(at);
        self.move_to(to);
    }

    /// Looks for a text in the names, from the active polygon on; nothing typed
    /// looks for the last text again.
    pub fn search(&mut self, text: &str) {
        if !text.is_empty() {
            text.clone_into(&mut self.app.picking.search);
        }
        self.go_to_match(false);
    }

    fn go_to_match(&mut self, back: bool) {
        let text = self.app.picking.search.to_lowercase();
        if text.is_empty() {
            return self.say("nothing was searched yet; / searches the names");
        }
        let names = self.session.display_names();
        let fits = |id: &str, facies: &str| {
            let name = names.get(id).map(|n| n.to_lowercase());
            name.is_some_and(|n| n.contains(&text)) || facies.to_lowercase().contains(&text)
        };
        let found: Vec<(usize, &str)> = (self.session.polygons.iter().enumerate())
            .filter(|(_, p)| fits(&p.id, &p.facies))
            .map(|(i, p)| (i, p.id.as_str()))
            .collect();
        let n = found.len();
        if n == 0 {
            return self.say(format!("no polygon or facies is called `{text}`"));
        }
        let active = self.app.polygon.as_deref();
        let at = (self.session.polygons.iter()).position(|p| Some(p.id.as_str()) == active);
        let by = (self.times() - 1) % n;
        let after = |at: usize| found.partition_point(|(i, _)| *i <= at);
        let before = |at: usize| found.partition_point(|(i, _)| *i < at);
        let to = match at {
            None if back => n - 1,
            None => 0,
            Some(at) if back => (before(at) + 2 * n - 1 - by) % n,
            Some(at) => (after(at) + by) % n,
        };
        let id = found[to].1.to_owned();
        self.say(format!("match {} of {n}", to + 1));
        self.go_to_polygon(&id);
    }

    /// Makes a polygon the active one, and goes to its slice and its middle.
    pub fn go_to_polygon(&mut self, id: &str) {
        let Some(polygon) = self.session.polygon(id) else {
            return;
        };
        if !self.go_to(&polygon.slice) {
            return self.fail(format!("{} is outside this volume", polygon.slice));
        }
        self.activate(id);
        let middle = self.app.view.nearest(polygon.middle());
        self.move_to(middle);
    }
}
