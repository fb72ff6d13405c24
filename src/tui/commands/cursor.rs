//! Motion of the cursor on the slice.

use super::{Command, Group, command, with_slice};
use crate::tui::Mode;
use crate::tui::hand::{Hand, Lock};
use crate::tui::hop::{HOP, Labels};
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    motion("left", "one step to the left", left, &["h", "Left"], STEP),
    motion("down", "one step down", down, &["j", "Down"], STEP),
    motion("up", "one step up", up, &["k", "Up"], STEP),
    motion(
        "right",
        "one step to the right",
        right,
        &["l", "Right"],
        STEP,
    ),
    motion("far left", "ten steps to the left", far_left, &["H"], FAR),
    motion("far down", "ten steps down", far_down, &["J"], FAR),
    motion("far up", "ten steps up", far_up, &["K"], FAR),
    motion(
        "far right",
        "ten steps to the right",
        far_right,
        &["L"],
        FAR,
    ),
    motion(
        "first trace",
        "to the first trace",
        first_trace,
        &["0", "Home"],
        ENDS,
    ),
    motion(
        "last trace",
        "to the last trace",
        last_trace,
        &["$", "End"],
        ENDS,
    ),
    motion(
        "first sample",
        "to the first sample",
        first_sample,
        &["gg"],
        "first, last sample",
    ),
    motion(
        "last sample",
        "to the last sample; 1200G goes to 1200",
        last_sample,
        &["G"],
        "first, last sample",
    ),
    motion(
        "trace",
        "to the trace of the count: 350|",
        trace,
        &["|"],
        "to trace 350: 350|",
    ),
    motion(
        "page down",
        "half a page down",
        page_down,
        &["Ctrl-d", "PgDn"],
        PAGE,
    ),
    motion(
        "page up",
        "half a page up",
        page_up,
        &["Ctrl-u", "PgUp"],
        PAGE,
    ),
    motion(
        HOP,
        "to a place of the picture, by its two letters",
        hop,
        &["' a-z a-z"],
        "to a place by its letters",
    ),
];

const STEP: &str = "one step; 12l = twelve";
const FAR: &str = "ten steps";
const ENDS: &str = "first, last trace";
const PAGE: &str = "half a page down, up";

const fn motion(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
    row: &'static str,
) -> Command {
    command(Group::Cursor, name, doc, run)
        .on(Mode::PICTURE, keys)
        .row(row)
        .when(with_slice)
}

fn left(step: &mut Step) {
    step.move_steps(-1, 0, 1);
}

fn right(step: &mut Step) {
    step.move_steps(1, 0, 1);
}

fn up(step: &mut Step) {
    step.move_steps(0, -1, 1);
}

fn down(step: &mut Step) {
    step.move_steps(0, 1, 1);
}

fn far_left(step: &mut Step) {
    step.move_steps(-1, 0, 10);
}

fn far_right(step: &mut Step) {
    step.move_steps(1, 0, 10);
}

fn far_up(step: &mut Step) {
    step.move_steps(0, -1, 10);
}

fn far_down(step: &mut Step) {
    step.move_steps(0, 1, 10);
}

fn page_down(step: &mut Step) {
    let rows = step.app.window().rows / 2;
    step.move_steps(0, 1, rows.max(1));
}

fn page_up(step: &mut Step) {
    let rows = step.app.window().rows / 2;
    step.move_steps(0, -1, rows.max(1));
}

fn first_trace(step: &mut Step) {
    let (_, b) = step.app.view.cursor();
    step.move_to((0, b));
}

fn last_trace(step: &mut Step) {
    let (_, b) = step.app.view.cursor();
    step.move_to((usize::MAX, b));
}

fn first_sample(step: &mut Step) {
    let (a, _) = step.app.view.cursor();
    step.move_to((a, 0));
}

fn last_sample(step: &mut Step) {
    let (a, _) = step.app.view.cursor();
    let to = match step.count {
        None => usize::MAX,
        Some(n) => step.app.view.nearest((0.0, n as f64)).1,
    };
    step.move_to((a, to));
}

fn trace(step: &mut Step) {
    let (_, b) = step.app.view.cursor();
    match step.count {
        None => step.refuse("| takes a count: 350| goes to trace 350"),
        Some(n) => {
            let (a, _) = step.app.view.nearest((n as f64, 0.0));
            step.move_to((a, b));
        }
    }
}

fn hop(step: &mut Step) {
    let panes = step.app.panes();
    let to = (panes.first())
        .and_then(|pane| Some(pane.sample_at(Labels::of(pane).cell(step.argument)?)));
    match to {
        Some(to) => step.move_to(to),
        None => step.refuse("no place has these letters; ' shows them"),
    }
}

impl Step<'_> {
    /// Moves the cursor `times` the count steps; a step is a sample, or a cell
    /// where cells hold several.
    fn move_steps(&mut self, right: isize, down: isize, times: usize) {
        let window = self.app.window();
        let n = self.times().saturating_mul(times);
        let far = |at: usize, sign: isize, step: usize| {
            let by = n.saturating_mul(step);
            match sign {
                -1 => at.saturating_sub(by),
                1 => at.saturating_add(by),
                _ => at,
            }
        };
        let (a, b) = self.app.view.cursor();
        let turned = |sign: isize, turned: bool| if turned { -sign } else { sign };
        let (right, down) = (
            turned(right, window.turned.0),
            turned(down, window.turned.1),
        );
        self.move_to((
            far(a, right, window.step_across()),
            far(b, down, window.step_down()),
        ));
    }

    /// Puts the cursor on a sample, the view after it. What is carried along
    /// may be locked to one axis.
    pub fn move_to(&mut self, (a, b): (usize, usize)) {
        let lock = match &self.app.hand {
            Hand::Carry(carry) => carry.lock.map(|lock| (lock, carry.from)),
            _ => None,
        };
        let to = match lock {
            Some((Lock::Trace, from)) => (a, from.1),
            Some((Lock::Time, from)) => (from.0, b),
            None => (a, b),
        };
        self.app.view.put_cursor(to);
        let view = &mut self.app.view;
        let (at, samples) = (view.cursor(), view.samples());
        let window = self.app.window();
        if !window.shows_all(samples) {
            self.app.view.keep_window(window.showing(at, samples));
        }
    }
}
