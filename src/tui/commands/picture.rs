//! How the slice looks: zoom, clip, colours, what lies over it.

use super::{Command, Group, command, with_polygon_here, with_slice};
use crate::picture::{CellMode, Clip, ColourMap, Viewport};
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::action::Effect;
use crate::tui::app::App;
use crate::tui::step::Step;
use crate::tui::stills::Way;
use crate::tui::view::Link;

pub(super) const COMMANDS: &[Command] = &[
    look("zoom in", "zoom in around the cursor", zoom_in, &["+"]).row("zoom in, out"),
    look("zoom out", "zoom out", zoom_out, &["-"]).row("zoom in, out"),
    look("zoom fit", "show the whole slice", fit, &["zf"]).row("fit, 1:1, centre"),
    look("zoom 1", "one cell per sample", one_to_one, &["z1"]).row("fit, 1:1, centre"),
    look("centre", "bring the cursor to the middle", centre, &["zz"]).row("fit, 1:1, centre"),
    look(
        "colour map",
        "the next colour map, or one by its name",
        colour_map,
        &["zc"],
    )
    .takes("[NAME]")
    .offers(maps)
    .row("colour map"),
    look(
        "turn inlines",
        "turn the axis of inlines round",
        turn_inlines,
        &["zi"],
    )
    .row("turn inlines, crosslines round"),
    look(
        "turn crosslines",
        "turn the axis of crosslines round",
        turn_crosslines,
        &["zx"],
    )
    .row("turn inlines, crosslines round"),
    look(
        "even out",
        "even amplitudes out along time, for display (AGC)",
        even_out,
        &["zn"],
    )
    .row("even out amplitudes (AGC)"),
    look(
        "zoom polygon",
        "bring the active polygon close",
        zoom_polygon,
        &["z."],
    )
    .row("zoom to the polygon")
    .when(with_polygon_here),
    command(
        Group::Line,
        "export png",
        "write the slice as a picture with axes and polygons",
        export_png,
    )
    .takes("FILE")
    .when(with_slice),
    command(
        Group::Line,
        "export csv",
        "write the samples of the slice as CSV",
        export_csv,
    )
    .takes("FILE")
    .when(with_slice),
    command(
        Group::Line,
        "still",
        "the window in pixels, until the next key",
        still,
    )
    .takes("[kitty|iterm|sixel]")
    .offers(ways)
    .when(with_slice),
    command(
        Group::Line,
        "set link",
        "what the line carries; auto: as it is measured",
        set_link,
    )
    .takes("[auto|slow|normal|fast]"),
    command(
        Group::Line,
        "set sync",
        "mark frames for the terminal, so that none is torn",
        set_sync,
    )
    .takes("on|off"),
    look("polarity", "turn the polarity over", polarity, &["zr"]).row("reverse polarity"),
    look(
        "clip auto",
        "clip at what suits this picture",
        clip_auto,
        &["z="],
    )
    .on(&[Mode::Clip], &["="])
    .row("clip: auto, symmetric"),
    look(
        "clip symmetric",
        "clip equally on both sides of 0",
        clip_symmetric,
        &["zs"],
    )
    .on(&[Mode::Clip], &["s"])
    .row("clip: auto, symmetric"),
    look("gain up", "more contrast", gain_up, &["zg"]).row("gain up, down"),
    look("gain down", "less contrast", gain_down, &["zG"]).row("gain up, down"),
    look("clip", "clip at two values", clip, &[]).takes("LOW HIGH"),
    look("show polygons", "show or hide polygons", polygons, &["zp"]).row("polygons, labels"),
    look(
        "show labels",
        "show or hide names of polygons",
        labels,
        &["zl"],
    )
    .row("polygons, labels"),
    look(
        "cells",
        "cells as half-blocks, full, or text",
        cells,
        &["zm"],
    )
    .row("cells: half, full, text"),
];

fn maps(app: &App, _: &Session) -> Vec<String> {
    let here = ColourMap::ALL
        .into_iter()
        .filter(|map| map.available(app.depth));
    here.map(|map| map.name().to_owned()).collect()
}

const fn look(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
) -> Command {
    command(Group::Picture, name, doc, run)
        .on(Mode::PICTURE, keys)
        .when(with_slice)
}

/// Factor of one zoom step.
const ZOOM: f64 = 1.5;
/// Factor of one gain step.
const GAIN: f32 = 1.25;

fn zoom_in(step: &mut Step) {
    step.zoom(|w, at, n, times| w.zoomed(ZOOM.powi(times), at, n));
}

fn zoom_out(step: &mut Step) {
    step.zoom(|w, at, n, times| w.zoomed(ZOOM.powi(-times), at, n));
}

fn fit(step: &mut Step) {
    step.zoom(|w, _, n, _| Viewport::fit(n, w.columns, w.rows));
}

fn one_to_one(step: &mut Step) {
    step.zoom(|w, at, n, _| w.one_to_one(at, n));
}

fn centre(step: &mut Step) {
    step.zoom(|w, at, n, _| w.centred(at, n));
}

fn colour_map(step: &mut Step) {
    use crate::picture::ColourMap;
    let depth = step.app.depth;
    let asked = step.argument.to_owned();
    let named = ColourMap::ALL.into_iter().find(|m| m.name() == asked);
    let now = step.app.view.look().map;
    let map = match named {
        Some(map) if !map.available(depth) => {
            return step.refuse(format!(
                "{asked} needs more colours than this terminal shows"
            ));
        }
        Some(map) => map,
        None if asked.is_empty() => now.next(depth),
        None => {
            return step.fail(format!(
                "there is no colour map `{asked}`; zc goes through them"
            ));
        }
    };
    if let Some(look) = step.app.view.look_mut() {
        look.map = map;
    }
    step.say(format!("colour map {}", map.name()));
}

fn turn_inlines(step: &mut Step) {
    step.app.view.turned.0 ^= true;
}

fn turn_crosslines(step: &mut Step) {
    step.app.view.turned.1 ^= true;
}

fn even_out(step: &mut Step) {
    step.app.view.evened ^= true;
    step.say(if step.app.view.evened {
        "amplitudes evened out over 101 samples, for display only; zn ends it"
    } else {
        "amplitudes as they are"
    });
}

fn ways(_: &App, _: &Session) -> Vec<String> {
    Way::NAMES.map(|(name, _)| name.to_owned()).to_vec()
}

fn still(step: &mut Step) {
    let named = Way::NAMES.iter().find(|(name, _)| *name == step.argument);
    match named {
        None if !step.argument.is_empty() => {
            step.fail("pixels are shown by kitty, iterm or sixel: :still sixel");
        }
        way => step.effects.push(Effect::Still(way.map(|(_, way)| *way))),
    }
}

fn export_png(step: &mut Step) {
    step.export(false);
}

fn export_csv(step: &mut Step) {
    step.export(true);
}

/// Share of the picture that a polygon fills when it is brought close.
const FILLED: f64 = 0.7;

fn zoom_polygon(step: &mut Step) {
    let (Some(grid), Some(polygon)) = (step.app.view.grid, step.active_polygon()) else {
        return;
    };
    let (a_axis, b_axis) = grid.plane(step.app.view.direction);
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    for &(a, b) in &polygon.vertices {
        let (a, b) = (a_axis.position(a), b_axis.position(b));
        low = (low.0.min(a), low.1.min(b));
        high = (high.0.max(a), high.1.max(b));
    }
    let middle = |low: f64, high: f64| (0.5 * (low + high)).max(0.0) as usize;
    let at = (middle(low.0, high.0), middle(low.1, high.1));
    step.zoom(|w, _, n, _| {
        let fit = Viewport::fit(n, w.columns, w.rows);
        let scale = |span: f64, cells: usize, most: f64| {
            ((span + 1.0) / (FILLED * cells as f64)).clamp(most.min(0.1), most)
        };
        Viewport {
            across: scale(high.0 - low.0, w.columns, fit.across),
            down: scale(high.1 - low.1, w.rows, fit.down),
            ..w
        }
        .centred(at, n)
    });
    let window = step.app.window();
    if window.cell(step.app.view.cursor()).is_none() {
        step.app.view.put_cursor(at);
    }
}

fn set_link(step: &mut Step) {
    let asked = step.argument.to_owned();
    if let Some(link) = Link::ALL.into_iter().find(|l| l.name() == asked) {
        step.app.view.link = link;
        step.app.view.link_chosen = true;
    } else if asked == "auto" {
        step.app.view.link_chosen = false;
    } else if !asked.is_empty() {
        return step.fail("set link takes auto, slow, normal or fast");
    }
    let name = step.app.view.link.name();
    let measured = if step.app.view.link_chosen {
        ""
    } else {
        ", as it is measured (Space d)"
    };
    step.say(format!("the link is taken as {name}{measured}"));
}

fn set_sync(step: &mut Step) {
    let on = match step.argument {
        "on" => true,
        "off" => false,
        _ => return step.fail("set sync takes on or off"),
    };
    step.effects.push(Effect::Synchronize(on));
    step.say(format!(
        "frames are marked for the terminal: {}",
        step.argument
    ));
}

fn polarity(step: &mut Step) {
    let mut reversed = false;
    if let Some(look) = step.app.view.look_mut() {
        look.reversed = !look.reversed;
        reversed = look.reversed;
    }
    step.say(if reversed {
        "polarity reversed: high values dark"
    } else {
        "polarity as stored: high values light"
    });
}

fn clip_auto(step: &mut Step) {
    step.app.fit_clip();
}

fn clip_symmetric(step: &mut Step) {
    step.set_clip(Clip::symmetric);
}

fn gain_up(step: &mut Step) {
    let factor = GAIN.powi(step.times().min(40) as i32);
    step.set_clip(|clip| clip.gained(factor));
}

fn gain_down(step: &mut Step) {
    let factor = GAIN.powi(-(step.times().min(40) as i32));
    step.set_clip(|clip| clip.gained(factor));
}

fn clip(step: &mut Step) {
    let numbers: Vec<f32> = (step.argument.split_whitespace())
        .filter_map(|word| word.replace('−', "-").parse().ok())
        .collect();
    match numbers[..] {
        [low, high] if low < high && low.is_finite() && high.is_finite() => {
            step.set_clip(|_| Clip { low, high });
        }
        _ => step.fail("clip takes two numbers, the lower first: :clip -2 2"),
    }
}

fn polygons(step: &mut Step) {
    step.app.view.polygons = !step.app.view.polygons;
    if !step.app.view.polygons {
        step.say("polygons are hidden; zp shows them");
    }
}

fn labels(step: &mut Step) {
    step.app.view.labels = !step.app.view.labels;
}

fn cells(step: &mut Step) {
    let view = &mut step.app.view;
    view.cells = match view.cells {
        CellMode::Half => CellMode::Full,
        CellMode::Full => CellMode::Ascii,
        CellMode::Ascii => CellMode::Half,
    };
    let name = view.cells.name();
    step.say(format!("cells: {name}"));
}

impl Step<'_> {
    fn zoom(&mut self, how: impl Fn(Viewport, (usize, usize), (usize, usize), i32) -> Viewport) {
        let view = &self.app.view;
        let (at, samples) = (view.cursor(), view.samples());
        let times = self.times().min(100) as i32;
        let window = how(self.app.window(), at, samples, times);
        self.app.view.keep_window(window);
        if self.app.view.look().fitted {
            self.app.fit_clip();
        }
    }

    fn export(&mut self, csv: bool) {
        let path = std::path::PathBuf::from(self.argument);
        if self.argument.is_empty() {
            return self.fail("name a file: :export png slice.png");
        }
        self.effects.push(Effect::Export { path, csv });
    }

    /// Changes the clip of the volume shown: it is the interpreter's now.
    pub(super) fn set_clip(&mut self, how: impl Fn(Clip) -> Clip) {
        let fresh = self.app.current_slice().map(|s| s.clip);
        if let Some(look) = self.app.view.look_mut()
            && let Some(clip) = look.clip.or(fresh)
        {
            look.clip = Some(how(clip));
            look.fitted = false;
        }
    }
}
