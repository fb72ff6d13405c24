//! What works everywhere: ways out, help, command line, screen.

use super::{Command, Group, command};
use crate::tui::Mode;
use crate::tui::action::Effect;
use crate::tui::hand::Hand;
use crate::tui::layers::{Help, Layer, Palette};
use crate::tui::step::Step;

const ALL: &[Mode] = &[
    Mode::Normal,
    Mode::Draw,
    Mode::Edit,
    Mode::Move,
    Mode::Clip,
    Mode::Polygons,
    Mode::Help,
];
const HELP: &[Mode] = &[Mode::Help];
const NOT_HELP: &[Mode] = &[
    Mode::Normal,
    Mode::Draw,
    Mode::Edit,
    Mode::Move,
    Mode::Clip,
    Mode::Polygons,
];

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Leave,
        "leave",
        "one level out; nothing is lost",
        leave,
    )
    .on(ALL, &["Esc", "Ctrl-g"])
    .row("one level out, keeps all")
    .hint("back", "back"),
    command(
        Group::Leave,
        "cancel",
        "cancel pending keys; never leaves",
        cancel,
    )
    .on(ALL, &["Ctrl-c"])
    .row("cancel pending keys"),
    command(
        Group::Always,
        "command line",
        "type a command",
        command_line,
    )
    .on(ALL, &[":"])
    .row("command line"),
    command(
        Group::Always,
        "palette",
        "find a command by its words",
        palette,
    )
    .on(ALL, &["Ctrl-p"])
    .row("palette"),
    command(Group::Always, "help", "the keys of this mode", help)
        .on(NOT_HELP, &["?"])
        .hint("help", "help"),
    command(Group::Always, "close help", "close the help", close_help).on(HELP, &["?"]),
    command(
        Group::Always,
        "help next",
        "the keys of the next mode",
        next_mode,
    )
    .on(HELP, &["Tab"])
    .hint("next mode", "next mode"),
    command(
        Group::Always,
        "help previous",
        "the keys of the mode before",
        previous_mode,
    )
    .on(HELP, &["Shift-Tab"]),
    command(Group::Always, "help down", "scroll down", scroll_down)
        .on(HELP, &["j", "Down"])
        .hint("scroll", "scroll"),
    command(Group::Always, "help up", "scroll up", scroll_up).on(HELP, &["k", "Up"]),
    command(
        Group::Always,
        "redraw",
        "send the whole screen again",
        redraw,
    )
    .on(ALL, &["Ctrl-l"]),
    command(
        Group::Always,
        "diagnostics",
        "bytes that the last picture took",
        diagnose,
    )
    .on(&[Mode::Normal], &["Space d"]),
    command(
        Group::Always,
        "suspend",
        "back to the shell; fg comes back",
        suspend,
    )
    .on(ALL, &["Ctrl-z"]),
];

fn leave(step: &mut Step) {
    if step.app.layers.pop().is_some() {
        return;
    }
    if step.app.picking.proposal.take().is_some() {
        return step.say("nothing was changed");
    }
    if !step.app.picking.selected.is_empty() && matches!(step.app.hand, Hand::Edit { .. }) {
        return step.app.picking.selected.clear();
    }
    match step.app.hand {
        Hand::Free => step.leave_cut(),
        Hand::Draw => {
            step.app.hand = Hand::Free;
            if step.app.draft.is_some() {
                step.say("the draft stays; i takes it up again");
            }
        }
        Hand::Edit { .. } => step.app.hand = Hand::Free,
        Hand::Carry(_) => step.let_go(),
    }
}

fn cancel(step: &mut Step) {
    step.say("Ctrl-c cancels pending keys; q leaves");
}

fn command_line(step: &mut Step) {
    step.app.layers.push(Layer::command_line(""));
}

fn palette(step: &mut Step) {
    step.app.layers.push(Layer::Palette(Palette::new()));
}

fn help(step: &mut Step) {
    let mode = step.app.mode();
    step.app.layers.push(Layer::Help(Help::new(mode)));
}

fn close_help(step: &mut Step) {
    step.app.layers.pop();
}

fn next_mode(step: &mut Step) {
    with_help(step, |help| help.turn(false));
}

fn previous_mode(step: &mut Step) {
    with_help(step, |help| help.turn(true));
}

fn scroll_down(step: &mut Step) {
    let n = step.times();
    with_help(step, |help| {
        help.scroll = help.scroll.saturating_add(n).min(200);
    });
}

fn scroll_up(step: &mut Step) {
    let n = step.times();
    with_help(step, |help| help.scroll = help.scroll.saturating_sub(n));
}

fn with_help(step: &mut Step, change: impl FnOnce(&mut Help)) {
    if let Some(Layer::Help(help)) = step.app.layers.last_mut() {
        change(help);
    }
}

fn redraw(step: &mut Step) {
    step.effects.push(Effect::Redraw);
}

fn diagnose(step: &mut Step) {
    step.effects.push(Effect::Diagnose);
}

fn suspend(step: &mut Step) {
    step.effects.push(Effect::Suspend);
}
