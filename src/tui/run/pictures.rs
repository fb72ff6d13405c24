//! Pictures that leave the workbench: files, and pixels for the terminal. They are
//! drawn on threads of their own, since a whole slice takes a while.

use std::path::Path;

use super::super::action::{Action, Message, Opening};
use super::super::stills::{Room, Way};
use super::{Bench, Event};

impl Bench {
    /// Writes the slice on screen.
    pub(super) fn export(&mut self, path: &Path, csv: bool) {
        let path = self.places.folder().join(path);
        let export = self.app.export(csv, &self.session, self.places.folder());
        self.in_background(export, move |export| export.write(&path).map(Opening::Said));
    }

    /// Draws the window in pixels.
    pub(super) fn still(&mut self, way: Option<Way>) {
        let text = |name| std::env::var(name).unwrap_or_default();
        let way = way.or_else(|| Way::known(&text("TERM"), &text("TERM_PROGRAM")));
        let print = match way {
            None => Err(
                "this terminal is not known to show pixels; :still sixel, kitty or iterm tries"
                    .to_owned(),
            ),
            Some(Way::Kitty | Way::Iterm) if self.multiplexed => Err(
                "tmux and screen keep such pictures from the terminal; :still sixel may pass"
                    .to_owned(),
            ),
            Some(way) => self
                .app
                .print(false, &self.session)
                .map(|print| (print, way)),
        };
        let room = Room::of(self.app.size, crossterm::terminal::window_size().ok());
        self.in_background(print, move |(print, way)| {
            let shown = print.draw().and_then(|page| way.show(&page, room));
            shown.map(Opening::Still).map_err(|error| error.to_string())
        });
    }

    /// Works on a thread of its own, where there is something to work on.
    fn in_background<T: Send + 'static>(
        &mut self,
        what: Result<T, String>,
        work: impl FnOnce(T) -> Result<Opening, String> + Send + 'static,
    ) {
        let sender = self.sender.clone();
        let spawned = what.and_then(|what| {
            let thread = std::thread::Builder::new().spawn(move || {
                let _ = sender.send(Event::Ready(work(what)));
            });
            thread.map(|_| ()).map_err(|error| error.to_string())
        });
        if let Err(text) = spawned {
            self.step(Action::Said(Message::error(text)));
        }
    }
}
