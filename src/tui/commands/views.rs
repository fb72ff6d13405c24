//! Several pictures together: linked, side by side, all volumes as tiles.

use super::{Command, Group, command, with_slice};
use crate::session::Session;
use crate::tui::Mode;
use crate::tui::app::App;
use crate::tui::panes::Arrangement;
use crate::tui::step::Step;
use crate::tui::view::Look;

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
        let names = match self.app.arrangement() {
            Arrangement::One => Vec::new(),
            Arrangement::Beside => self.app.view.second.clone().into_iter().collect(),
            Arrangement::Linked | Arrangement::Gallery => self.app.view.tiles.clone(),
        };
        for name in names {
            let Some(entry) = self.session.volume(&name) else {
                continue;
            };
            (self.app.view.looks.entry(name.clone())).or_insert_with(|| Look::of(entry.role));
            if self.app.shown_volume(&name).is_none() {
                self.open(&name);
            }
        }
        self.ask_slices();
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
