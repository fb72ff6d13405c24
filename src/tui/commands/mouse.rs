//! The mouse: off unless it is asked for, since it takes the terminal's own
//! selection of text away.

use super::{Command, Group, command};
use crate::session::Session;
use crate::tui::action::Effect;
use crate::tui::app::App;
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[command(
    Group::Line,
    "set mouse",
    "hear the mouse: click, drag, wheel; or not (Shift selects)",
    set_mouse,
)
.takes("[on|off]")
.offers(on_or_off)];

fn on_or_off(_: &App, _: &Session) -> Vec<String> {
    vec!["on".to_owned(), "off".to_owned()]
}

fn set_mouse(step: &mut Step) {
    let now = step.app.view.mouse;
    let on = match step.argument {
        "on" => true,
        "off" => false,
        "" => {
            let word = if now { "on" } else { "off" };
            return step.say(format!("the mouse is {word}; :set mouse on or off"));
        }
        _ => return step.fail("set mouse takes on or off"),
    };
    step.app.view.mouse = on;
    step.effects.push(Effect::Mouse(on));
    step.effects.push(Effect::KeepView);
    step.say(if on {
        "click: cursor; drag: a vertex, or the outline; wheel: slices; Shift selects text"
    } else {
        "the mouse is the terminal's own again"
    });
}
