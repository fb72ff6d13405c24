//! What lies over the picture, and three volumes as one.

use super::{Command, Group, command, volumes, with_slice};
use crate::picture::Depth;
use crate::session::{Session, VolumeRole};
use crate::tui::Mode;
use crate::tui::app::App;
use crate::tui::overlays::{Kind, kind_of, overlays};
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    over(
        "overlay",
        "lay classes or a probability over the picture",
        overlay,
        &["zo"],
    )
    .takes("[NAME]")
    .offers(tinting)
    .row("class overlay"),
    over("doubt", "hatch where classes are doubtful", doubt, &["zu"])
        .takes("[NAME]")
        .offers(hatching)
        .row("hatch what is uncertain"),
    over(
        "threshold up",
        "tint only what is surer, hatch more",
        threshold_up,
        &["zk"],
    )
    .row("threshold up, down")
    .when(with_threshold),
    over(
        "threshold down",
        "tint what is less sure, hatch less",
        threshold_down,
        &["zj"],
    )
    .row("threshold up, down")
    .when(with_threshold),
    over(
        "threshold",
        "how sure a probability or a confidence must be, from 0 to 1",
        threshold,
        &[],
    )
    .takes("SHARE"),
    over(
        "opacity",
        "tint every column, every other, every third",
        opacity,
        &["zO"],
    )
    .row("opacity of the overlay"),
    over(
        "rgb",
        "three volumes as red, green and blue; again: one",
        rgb,
        &["z3"],
    )
    .takes("[RED GREEN BLUE]")
    .offers(volumes)
    .row("three volumes as red, green, blue")
    .when(with_colours),
    over(
        "latent map",
        "latent map beside the slice; again: its colours; again: off",
        latent_map,
        &["zM"],
    )
    .row("latent map beside; its colours"),
];

const fn over(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
) -> Command {
    command(Group::Picture, name, doc, run)
        .on(Mode::PICTURE, keys)
        .when(with_slice)
}

fn tinting(_: &App, session: &Session) -> Vec<String> {
    overlays(session, false)
}

fn hatching(_: &App, session: &Session) -> Vec<String> {
    overlays(session, true)
}

fn with_threshold(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    let tint = app.view.overlay.as_deref();
    let probable = tint.and_then(|name| kind_of(session, name));
    if app.view.doubt.is_some() || matches!(probable, Some(Kind::Probability(_))) {
        return Ok(());
    }
    Err("no probability or confidence lies over the picture; zo and zu lay one")
}

fn with_colours(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    if app.depth < Depth::Indexed {
        return Err(
            "red, green and blue need a terminal of 256 colours; za shows volumes side by side",
        );
    }
    Ok(())
}

/// The next of some names, none after the last; or the one that is asked for.
fn chosen(asked: &str, names: &[String], now: Option<&String>) -> Result<Option<String>, ()> {
    match asked {
        "" => Ok(match now {
            None => names.first().cloned(),
            Some(now) => names.iter().skip_while(|n| *n != now).nth(1).cloned(),
        }),
        "none" => Ok(None),
        name if names.iter().any(|n| n == name) => Ok(Some(name.to_owned())),
        _ => Err(()),
    }
}

fn overlay(step: &mut Step) {
    let names = overlays(step.session, false);
    let asked = step.argument.to_owned();
    let Ok(chosen) = chosen(&asked, &names, step.app.view.overlay.as_ref()) else {
        return step.fail(format!(
            "`{asked}` is no volume of classes, nor a probability of this session"
        ));
    };
    match (&chosen, names.is_empty()) {
        (_, true) => step.refuse("the session has no volume of classes yet; rfc3d makes one"),
        (Some(name), _) => step.say(format!("overlay {name}; zo goes on, and off")),
        (None, _) => step.say("overlay off"),
    }
    step.show_overlay(chosen.as_deref());
}

fn doubt(step: &mut Step) {
    let names = overlays(step.session, true);
    let asked = step.argument.to_owned();
    let Ok(chosen) = chosen(&asked, &names, step.app.view.doubt.as_ref()) else {
        return step.fail(format!("`{asked}` tells no confidence or doubt of classes"));
    };
    match (&chosen, names.is_empty()) {
        (_, true) => step.refuse(
            "the session has no confidence, entropy or ambiguity of classes; gtm3d makes one",
        ),
        (Some(name), _) => step.say(format!(
            "hatched where {name} is doubtful; zk, zj set where"
        )),
        (None, _) => step.say("nothing is hatched"),
    }
    step.app.view.doubt = chosen;
    step.show_layers();
}

/// Step of the threshold.
const SHARE: f32 = 0.05;

fn threshold_up(step: &mut Step) {
    let by = SHARE * step.times().min(20) as f32;
    step.set_threshold(step.app.view.threshold + by);
}

fn threshold_down(step: &mut Step) {
    let by = SHARE * step.times().min(20) as f32;
    step.set_threshold(step.app.view.threshold - by);
}

fn threshold(step: &mut Step) {
    match step.argument.parse::<f32>() {
        Ok(share) if (0.0..=1.0).contains(&share) => step.set_threshold(share),
        _ => step.fail("threshold takes a share from 0 to 1: :threshold 0.7"),
    }
}

fn opacity(step: &mut Step) {
    let view = &mut step.app.view;
    view.tinted_every = view.tinted_every % 3 + 1;
    let share = [
        "",
        "all columns",
        "every other column",
        "every third column",
    ];
    let words = share[view.tinted_every.min(3)];
    step.say(format!("overlays tint {words}"));
}

fn rgb(step: &mut Step) {
    let words: Vec<String> = step
        .argument
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let usual = |v: &&crate::session::VolumeEntry| v.role != VolumeRole::Classes;
    let chosen = match &words[..] {
        [] if step.app.view.rgb.is_some() => None,
        [] => {
            let names: Vec<String> = (step.session.candidates().into_iter())
                .filter(usual)
                .map(|v| v.name.clone())
                .collect();
            let Some([r, g, b]) = names.first_chunk() else {
                return step.refuse(
                    "the session has fewer than three candidates; :rgb A B C names volumes",
                );
            };
            Some([r.clone(), g.clone(), b.clone()])
        }
        [r, g, b] => {
            for name in [r, g, b] {
                let known = step.session.volume(name).filter(usual);
                if known.is_none() {
                    return step.fail(format!("there is no volume `{name}` to be a colour"));
                }
            }
            Some([r.clone(), g.clone(), b.clone()])
        }
        _ => return step.fail("rgb takes three volumes, or none to end it: :rgb A B C"),
    };
    match &chosen {
        Some([r, g, b]) => step.say(format!("red {r}, green {g}, blue {b}; z3 ends it")),
        None => step.say("one volume in its colour map"),
    }
    step.app.view.rgb = chosen;
    if let Some(chart) = &mut step.app.chart {
        chart.coloured = false;
    }
    step.show_layers();
}

fn latent_map(step: &mut Step) {
    step.turn_chart();
}

impl Step<'_> {
    fn set_threshold(&mut self, share: f32) {
        // Twentieths, free of what many steps would add up to.
        let share = ((share * 100.0).round() / 100.0).clamp(0.0, 1.0);
        self.app.view.threshold = share;
        self.say(format!("threshold {share:.2}"));
    }
}
