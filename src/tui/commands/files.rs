//! Saving, leaving, polygon files, settings of the session.

use std::path::PathBuf;

use super::{Command, Group, command, volumes, with_facies};
use crate::session::{Edit, PickingStep};
use crate::tui::Mode;
use crate::tui::action::{After, Effect, PolygonJob};
use crate::tui::layers::{Ask, Layer, Prompt};
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Always,
        "write",
        "save the session, or a copy under another name",
        write,
    )
    .on(&[Mode::Normal], &["Space s"])
    .alias("w")
    .takes("[FILE]")
    .row("save the session"),
    command(
        Group::Slices,
        "file",
        "what the volume's file holds; header bytes, map of traces",
        file,
    )
    .on(&[Mode::Normal], &["Space f"])
    .takes("[VOLUME]")
    .offers(volumes)
    .row("the file: headers, map of traces"),
    command(
        Group::Line,
        "write!",
        "save over what someone else saved",
        write_over,
    )
    .alias("w!"),
    command(
        Group::Leave,
        "close",
        "close what is on top; at the end leave",
        close,
    )
    .on(&[Mode::Normal, Mode::Polygons, Mode::Help], &["q"])
    .row("close, leave"),
    command(Group::Line, "quit", "leave, if all edits are saved", quit).alias("q"),
    command(
        Group::Line,
        "quit!",
        "leave; unsaved edits stay in the journal",
        quit_now,
    )
    .alias("q!"),
    command(Group::Line, "write and quit", "save and leave", write_quit).alias("wq"),
    command(
        Group::Line,
        "polygons write",
        "write the facies' polygons to a new file",
        polygons_write,
    )
    .takes("FILE")
    .when(with_facies),
    command(
        Group::Line,
        "polygons append",
        "add polygons to the file of their facies",
        polygons_append,
    )
    .takes("FILE"),
    command(
        Group::Line,
        "polygons read",
        "take in the polygons of a file",
        polygons_read,
    )
    .takes("FILE"),
    command(
        Group::Line,
        "set pickstep",
        "step of the picking grid: lines, and ms",
        set_pickstep,
    )
    .takes("LINES [TIME]"),
];

fn file(step: &mut Step) {
    let named = step.argument.trim();
    let shown = step.app.view.volume.clone().unwrap_or_default();
    let name = if named.is_empty() { &shown } else { named };
    if step.session.volume(name).is_none() {
        return step.refuse(format!("there is no volume `{name}`"));
    }
    let name = name.to_owned();
    step.examine(&name);
}

fn write(step: &mut Step) {
    let to = (!step.argument.is_empty()).then(|| PathBuf::from(step.argument));
    step.effects.push(Effect::Save {
        to,
        force: false,
        leave: false,
    });
}

fn write_over(step: &mut Step) {
    step.effects.push(Effect::Save {
        to: None,
        force: true,
        leave: false,
    });
}

fn close(step: &mut Step) {
    if step.app.layers.pop().is_some() {
        return;
    }
    if step.app.unsaved {
        let label = "save before leaving?  y save  n leave the edits in the journal  Esc stay ";
        let prompt = Prompt::new(Ask::Quit, label, "");
        step.app.layers.push(Layer::Prompt(prompt));
    } else {
        step.effects.push(Effect::Quit);
    }
}

fn quit(step: &mut Step) {
    if step.app.unsaved {
        step.refuse("there are unsaved edits; :wq saves them, :q! leaves them in the journal");
    } else {
        step.effects.push(Effect::Quit);
    }
}

fn quit_now(step: &mut Step) {
    step.effects.push(Effect::Quit);
}

fn write_quit(step: &mut Step) {
    step.effects.push(Effect::Save {
        to: None,
        force: false,
        leave: true,
    });
}

fn polygons_write(step: &mut Step) {
    let job = PolygonJob::Write {
        facies: step.app.facies.clone().unwrap_or_default(),
        path: step.argument.into(),
    };
    step.effects.push(Effect::PolygonFile(job));
}

fn polygons_append(step: &mut Step) {
    let path = step.argument.into();
    step.effects
        .push(Effect::PolygonFile(PolygonJob::Append { path }));
}

fn polygons_read(step: &mut Step) {
    let path = step.argument.into();
    step.effects
        .push(Effect::PolygonFile(PolygonJob::Read { path }));
}

fn set_pickstep(step: &mut Step) {
    let mut words = step.argument.split_whitespace();
    let now = step.session.picking_step;
    let lines = words.next().and_then(|w| w.parse().ok());
    let time = words.next().map_or(Some(now.time), |w| w.parse().ok());
    match (lines, time) {
        (Some(lines), Some(time)) => {
            step.edit(
                Edit::SetPickingStep(PickingStep { lines, time }),
                After::Stay,
            );
        }
        _ => step.fail("set pickstep takes lines and, if wanted, ms: :set pickstep 10 100"),
    }
}
