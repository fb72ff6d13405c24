//! One step of the application: what a command may read, change and ask for.

use std::time::Instant;

use crate::model::Polygon;
use crate::session::{Edit, Session};

use super::action::{After, Effect, Message, Tone};
use super::app::App;

/// What a command works on. It changes the application, and asks for the rest
/// by effects: no command reads or writes a file.
pub struct Step<'a> {
    /// The application.
    pub app: &'a mut App,
    /// The session as it is.
    pub session: &'a Session,
    /// The count typed before the keys.
    pub count: Option<usize>,
    /// What follows the name on the command line, or the digit among the keys.
    pub argument: &'a str,
    /// The time.
    pub now: Instant,
    /// What the loop is to do.
    pub effects: Vec<Effect>,
}

impl Step<'_> {
    /// The count, 1 where none was typed.
    pub fn times(&self) -> usize {
        self.count.unwrap_or(1).max(1)
    }

    /// Asks for an edit of the session.
    pub fn edit(&mut self, edit: Edit, after: After) {
        self.effects.push(Effect::Edit(Box::new(edit), after));
    }

    /// Says a fact in the footer.
    pub fn say(&mut self, text: impl Into<String>) {
        self.app.message = Some(Message::plain(text));
    }

    /// Says what went wrong.
    pub fn fail(&mut self, text: impl Into<String>) {
        self.app.message = Some(Message::error(text));
    }

    /// Says something to mind.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.app.message = Some(Message::warning(text));
    }

    /// Says why something cannot be done now.
    pub fn refuse(&mut self, text: impl Into<String>) {
        self.app.message = Some(Message::new(Tone::NotNow, text));
    }

    /// The active polygon.
    pub fn active_polygon(&self) -> Option<&Polygon> {
        self.app.active_polygon(self.session)
    }

    /// Polygons on the slice that is shown.
    pub fn polygons_here(&self) -> Vec<&Polygon> {
        self.app.polygons_here(self.session)
    }
}
