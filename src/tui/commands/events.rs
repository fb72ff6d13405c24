//! Event jumps and snapping: the cursor among peaks, troughs, zeros and edges.

use super::{Command, Group, command, with_slice};
use crate::preview::{EventKind, nearest_event, next_event};
use crate::tui::Mode;
use crate::tui::app::App;
use crate::tui::picking::{Nearly, WINDOW};
use crate::tui::step::Step;

const FIND: &str = "peak, trough, zero, edge down; F up";

pub(super) const COMMANDS: &[Command] = &[
    event(
        "next event",
        "down to the next event of the snap kind",
        next,
        &["w"],
    )
    .row("down, up to an event of the snap kind"),
    event(
        "previous event",
        "up to the event before, of the snap kind",
        previous,
        &["b"],
    )
    .row("down, up to an event of the snap kind"),
    event("next peak", "down to the next peak", next_peak, &["fp"]).row(FIND),
    event(
        "next trough",
        "down to the next trough",
        next_trough,
        &["ft"],
    )
    .row(FIND),
    event(
        "next zero",
        "down to the next zero crossing",
        next_zero,
        &["fz"],
    )
    .row(FIND),
    event(
        "next edge",
        "down to the next edge: steepest samples",
        next_edge,
        &["fe"],
    )
    .row(FIND),
    event(
        "previous peak",
        "up to the peak before",
        previous_peak,
        &["Fp"],
    )
    .row(FIND),
    event(
        "previous trough",
        "up to the trough before",
        previous_trough,
        &["Ft"],
    )
    .row(FIND),
    event(
        "previous zero",
        "up to the zero crossing before",
        previous_zero,
        &["Fz"],
    )
    .row(FIND),
    event(
        "previous edge",
        "up to the edge before",
        previous_edge,
        &["Fe"],
    )
    .row(FIND),
    event("find again", "the last f or F again", again, &[";"])
        .row("last f or F again, turned round"),
    event("find back", "the last f or F the other way", turned, &[","])
        .row("last f or F again, turned round"),
    event(
        "snap",
        "to the nearest event; a count is the window in samples",
        snap,
        &["e"],
    )
    .hint("", "snap"),
    event(
        "snap kind",
        "snap on peaks, troughs, zeros, edges, nothing",
        kind,
        &["S"],
    ),
    command(
        Group::Polygon,
        "snap on drop",
        "dropped vertices snap; again: they do not",
        snapping,
    )
    .on(&[Mode::Draw], &["s"])
    .hint("", "snap on drop")
    .when(with_slice),
];

const fn event(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
) -> Command {
    command(Group::Cursor, name, doc, run)
        .on(Mode::PICTURE, keys)
        .when(with_slice)
}

fn next(step: &mut Step) {
    step.jump_by_kind(true);
}

fn previous(step: &mut Step) {
    step.jump_by_kind(false);
}

fn next_peak(step: &mut Step) {
    step.find(EventKind::Peak, true);
}

fn next_trough(step: &mut Step) {
    step.find(EventKind::Trough, true);
}

fn next_zero(step: &mut Step) {
    step.find(EventKind::Zero, true);
}

fn next_edge(step: &mut Step) {
    step.find(EventKind::Edge, true);
}

fn previous_peak(step: &mut Step) {
    step.find(EventKind::Peak, false);
}

fn previous_trough(step: &mut Step) {
    step.find(EventKind::Trough, false);
}

fn previous_zero(step: &mut Step) {
    step.find(EventKind::Zero, false);
}

fn previous_edge(step: &mut Step) {
    step.find(EventKind::Edge, false);
}

fn again(step: &mut Step) {
    step.find_again(false);
}

fn turned(step: &mut Step) {
    step.find_again(true);
}

fn snap(step: &mut Step) {
    let Some(kind) = step.snap_kind() else { return };
    let window = step.count.unwrap_or(WINDOW);
    if !step.snap_cursor(kind, window) {
        step.say(format!(
            "no {} within {window} samples; a count before e widens the window",
            kind.word()
        ));
    }
}

fn kind(step: &mut Step) {
    let kinds = EventKind::ALL;
    let picking = &mut step.app.picking;
    picking.kind = match picking.kind {
        None => Some(kinds[0]),
        Some(kind) => {
            let at = kinds.iter().position(|k| *k == kind);
            at.and_then(|at| kinds.get(at + 1)).copied()
        }
    };
    let text = match picking.kind {
        None => "vertices do not snap, w b e have nothing to go to".to_owned(),
        Some(kind) => format!("w b e and snapping mean the {}", kind.word()),
    };
    step.say(text);
}

fn snapping(step: &mut Step) {
    let picking = &mut step.app.picking;
    picking.snapping = !picking.snapping;
    let on = picking.snapping;
    if on && picking.kind.is_none() {
        picking.kind = Some(EventKind::Peak);
    }
    let word = picking.kind.map_or("event", EventKind::word);
    step.say(if on {
        format!("a dropped vertex snaps on the nearest {word} within {WINDOW} samples")
    } else {
        "vertices are dropped where the cursor is".to_owned()
    });
}

impl Step<'_> {
    fn snap_kind(&mut self) -> Option<EventKind> {
        let kind = self.app.picking.kind;
        if kind.is_none() {
            self.refuse("nothing is snapped on; S chooses peaks, troughs, zeros or edges");
        }
        kind
    }

    fn jump_by_kind(&mut self, down: bool) {
        if let Some(kind) = self.snap_kind() {
            self.jump_to_event(kind, down);
        }
    }

    fn find(&mut self, kind: EventKind, down: bool) {
        self.app.picking.found = Some((kind, down));
        self.jump_to_event(kind, down);
    }

    fn find_again(&mut self, turned: bool) {
        match self.app.picking.found {
            None => self.refuse("nothing was looked for yet; fp goes down to a peak"),
            Some((kind, down)) => self.jump_to_event(kind, down != turned),
        }
    }

    /// Events of a kind on the cursor's trace; nothing while the slice is not there.
    fn events(&mut self, kind: EventKind) -> Option<(Vec<usize>, bool)> {
        let (a, _) = self.app.view.cursor();
        let trace = self.app.trace(a);
        if trace.is_none() {
            self.refuse("the slice is not here yet");
        }
        trace.map(|(trace, exact)| (kind.on(&trace), exact))
    }

    fn jump_to_event(&mut self, kind: EventKind, down: bool) {
        let Some((events, exact)) = self.events(kind) else {
            return;
        };
        let (_, b) = self.app.view.cursor();
        // Downwards is what the screen shows as down.
        let downwards = down != self.app.window().turned.1;
        match next_event(&events, b, downwards, self.times()) {
            Some(to) => self.go_to_event(kind, to, exact),
            None => self.say(format!(
                "no {} {} here",
                kind.word(),
                if down { "below" } else { "above" }
            )),
        }
    }

    fn go_to_event(&mut self, kind: EventKind, b: usize, exact: bool) {
        let (a, _) = self.app.view.cursor();
        self.move_to((a, b));
        let at = self.app.view.cursor();
        if let (false, Some(slice)) = (exact, self.app.current_slice().map(|s| s.id)) {
            self.app.picking.nearly = Some(Nearly { slice, at, kind });
        }
    }

    /// Puts the cursor on the nearest event; false where none is in the window.
    pub fn snap_cursor(&mut self, kind: EventKind, window: usize) -> bool {
        let Some((events, exact)) = self.events(kind) else {
            return true;
        };
        let (_, b) = self.app.view.cursor();
        match nearest_event(&events, b, window) {
            Some(to) => {
                self.go_to_event(kind, to, exact);
                true
            }
            None => false,
        }
    }
}

/// What is snapped on, in words for the facts under the picture.
pub fn snap_words(app: &App) -> Option<&'static str> {
    (app.picking.snapping).then(|| app.picking.kind.map_or("nothing", EventKind::word))
}
