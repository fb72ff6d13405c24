//! Several pictures together: linked, side by side, all volumes as tiles.

use super::{Command, Group, command, with_slice};
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::action::{Effect, RunJob};
use crate::tui::app::App;
use crate::tui::panes::Arrangement;
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    view(
        "linked",
        "inline, crossline and time slice together, or one",
        linked,
        &["zv"],
    )
    .when(room_for_linked),
    view(
        "side by side",
        "the same slice of two volumes, or of one",
        beside,
        &["z2"],
    )
    .takes("[VOLUME]")
    .when(room_for_two),
    view(
        "flip",
        "to the other of two volumes, and back",
        flip,
        &["zt"],
    )
    .takes("[VOLUME]")
    .when(two_volumes),
    view(
        "swipe",
        "one slice of two volumes with a divider, or of one",
        swipe,
        &["z|"],
    )
    .takes("[VOLUME]")
    .row("swipe between two volumes")
    .when(two_volumes),
    view(
        "divider left",
        "the divider to the left",
        divider_left,
        &["z<"],
    )
    .row("divider left, right")
    .when(swiping),
    view(
        "divider right",
        "the divider to the right",
        divider_right,
        &["z>"],
    )
    .row("divider left, right")
    .when(swiping),
    view(
        "wiggles",
        "traces around the cursor beside the picture",
        wiggles,
        &["zw"],
    )
    .when(room_for_wiggles),
    command(
        Group::Line,
        "set ve",
        "vertical exaggeration, or what it is; off fills the picture",
        set_ve,
    )
    .takes("[FACTOR|off]")
    .when(with_slice),
    view(
        "north up",
        "turn the axes so that north is up",
        north_up,
        &["zN"],
    )
    .when(with_slice),
    view(
        "gallery",
        "this slice of all volumes; < > choose, Enter enlarges",
        gallery,
        &["za"],
    )
    .when(room_for_two),
];

const fn view(
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
    keys: &'static [&'static str],
) -> Command {
    command(Group::Picture, name, doc, run).on(Mode::PICTURE, keys)
}

fn room_for_linked(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    if app.size.0 < Arrangement::Linked.columns() {
        return Err("linked slices need 120 columns");
    }
    Ok(())
}

fn room_for_two(app: &App, session: &Session) -> Result<(), &'static str> {
    two_volumes(app, session)?;
    if app.size.0 < Arrangement::Beside.columns() {
        return Err("pictures beside each other need 80 columns");
    }
    Ok(())
}

fn two_volumes(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    if session.volumes.len() < 2 {
        return Err("the session has one volume; outcrop SESSION VOLUME adds another");
    }
    Ok(())
}

fn swiping(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    if app.arrangement() != Arrangement::Swipe {
        return Err("there is no divider; z| swipes between two volumes");
    }
    Ok(())
}

fn room_for_wiggles(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    if !matches!(app.arrangement(), Arrangement::One | Arrangement::Swipe) {
        return Err("traces stand beside one picture; zv, z2 or za again goes back to one");
    }
    if app.size.0 < 80 {
        return Err("traces beside the picture need 80 columns");
    }
    Ok(())
}

fn swipe(step: &mut Step) {
    if step.choose_second() {
        step.arrange(Arrangement::Swipe);
    }
}

/// Columns of one step of the divider.
const DIVIDER: f64 = 4.0;

fn divider_left(step: &mut Step) {
    step.move_divider(-DIVIDER);
}

fn divider_right(step: &mut Step) {
    step.move_divider(DIVIDER);
}

fn wiggles(step: &mut Step) {
    let app = &mut *step.app;
    app.view.wiggles ^= true;
    app.followed = app.view.at;
    if app.view.look().fitted {
        app.fit_clip();
    }
}

fn set_ve(step: &mut Step) {
    let asked = step.argument.to_owned();
    match asked.parse::<f64>() {
        Ok(by) if (0.01..=1000.0).contains(&by) => step.app.view.exaggeration = Some(by),
        _ if asked == "off" => step.app.view.exaggeration = None,
        _ if asked.is_empty() => {}
        _ => return step.fail("set ve takes a factor from 0.01 to 1000, or off: :set ve 2"),
    }
    if step.app.view.look().fitted {
        step.app.fit_clip();
    }
    let window = step.app.window();
    if let Some(now) = step.app.view.exaggeration_of(&window) {
        let time = step.app.view.grid.is_some_and(|g| g.unit.sign() == "ms");
        let how = if time { ", 1 ms taken as 1 m" } else { "" };
        step.say(format!("vertical exaggeration {now:.2}{how}"));
    }
}

fn north_up(step: &mut Step) {
    let name = step.app.view.volume.clone().unwrap_or_default();
    step.app.northing = true;
    step.effects.push(Effect::Run(RunJob::Survey(name)));
}

fn linked(step: &mut Step) {
    step.app.view.tiles = step.volume_names();
    step.arrange(Arrangement::Linked);
}

fn beside(step: &mut Step) {
    if step.choose_second() {
        step.arrange(Arrangement::Beside);
    }
}

fn gallery(step: &mut Step) {
    step.app.view.tiles = step.volume_names();
    step.arrange(Arrangement::Gallery);
}

fn flip(step: &mut Step) {
    if !step.choose_second() {
        return;
    }
    if let Some(second) = step.app.view.second.clone() {
        step.show_volume(&second);
    }
}

impl Step<'_> {
    /// Arranges the pictures in a way; where they are so already, back to one.
    pub fn arrange(&mut self, wanted: Arrangement) {
        let view = &mut self.app.view;
        let again = view.arrangement == wanted && self.argument.is_empty();
        view.arrangement = if again { Arrangement::One } else { wanted };
        self.app.followed = self.app.view.at;
        self.app.beside.clear();
        if self.app.view.look().fitted {
            self.app.fit_clip();
        }
        self.fill_panes();
    }

    /// Opens what the pictures on screen and what lies over them need, and asks
    /// for it.
    pub fn fill_panes(&mut self) {
        let names = match self.app.arrangement() {
            Arrangement::One => Vec::new(),
            Arrangement::Beside | Arrangement::Swipe => {
                self.app.view.second.clone().into_iter().collect()
            }
            Arrangement::Linked | Arrangement::Gallery => self.app.view.tiles.clone(),
        };
        for name in names {
            self.know(&name);
        }
        self.show_layers();
    }

    fn move_divider(&mut self, columns: f64) {
        let width = self.app.window().columns.max(2) as f64 - 1.0;
        let by = columns * self.times().min(200) as f64 / width;
        self.app.view.divider = (self.app.view.divider + by).clamp(0.0, 1.0);
    }

    /// Chooses the volume to compare with: the one named, the one before, else
    /// the next of the session. False where there is none.
    fn choose_second(&mut self) -> bool {
        let names = self.volume_names();
        let shown = self.app.view.volume.clone();
        let other = |name: &String| names.contains(name) && Some(name) != shown.as_ref();
        if !self.argument.is_empty() {
            let asked = self.argument.to_owned();
            if !other(&asked) {
                self.fail(format!("there is no other volume `{asked}`"));
                return false;
            }
            self.app.view.second = Some(asked);
            return true;
        }
        let kept = self.app.view.second.clone().filter(other);
        let at = names
            .iter()
            .position(|n| Some(n) == shown.as_ref())
            .unwrap_or(0);
        let next = || Some(names[(at + 1) % names.len()].clone()).filter(other);
        self.app.view.second = kept.or_else(next);
        self.app.view.second.is_some()
    }
}
