//! Undo through time: all that was ever edited, whatever its branch.

use std::time::Duration;

use super::{Command, Group, command};
use crate::session::Far;
use crate::tui::action::Effect;
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Line,
        "earlier",
        "back in time: 5m, 2h, or so many edits",
        earlier,
    )
    .takes("[TIME|EDITS]"),
    command(
        Group::Line,
        "later",
        "forward in time: 5m, 2h, or so many edits",
        later,
    )
    .takes("[TIME|EDITS]"),
];

fn earlier(step: &mut Step) {
    through_time(step, true);
}

fn later(step: &mut Step) {
    through_time(step, false);
}

fn through_time(step: &mut Step, back: bool) {
    match far(step.argument) {
        Some(far) => step.effects.push(Effect::ThroughTime { far, back }),
        None => step.fail("give a time as 30s, 5m, 2h, 1d, or a number of edits: :earlier 5m"),
    }
}

/// `5m` as a time, `3` as so many edits, nothing as one.
fn far(text: &str) -> Option<Far> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Far::Steps(1));
    }
    let seconds = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    match seconds.iter().find(|(letter, _)| text.ends_with(*letter)) {
        None => text.parse().ok().map(Far::Steps),
        Some((letter, each)) => {
            let number: f64 = text.trim_end_matches(*letter).trim().parse().ok()?;
            let time = Duration::try_from_secs_f64(number * f64::from(*each)).ok()?;
            Some(Far::Time(time))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_are_told_apart() {
        let time = |s| Some(Far::Time(Duration::from_secs(s)));
        assert_eq!(far("5m"), time(300));
        assert_eq!(far("1.5h"), time(5400));
        assert_eq!(far("30 s"), time(30));
        assert_eq!(far("1d"), time(86_400));
        assert_eq!(far("7"), Some(Far::Steps(7)));
        assert_eq!(far(""), Some(Far::Steps(1)));
        for wrong in ["m", "-5m", "x", "5w", "1e99d", "nanm"] {
            assert_eq!(far(wrong), None, "{wrong}");
        }
    }
}
