//! The one table of commands: keys, footer, help, palette, command line and the
//! README's key table all read it.

mod clips;
mod copies;
mod cursor;
mod drawing;
mod events;
mod facies;
mod files;
mod guides;
mod history;
mod lists;
mod live;
mod marks;
mod mouse;
mod overlays;
mod picture;
mod polygons;
mod program;
mod repeat;
mod runs;
mod sections;
mod selection;
mod separability;
mod slices;
mod vertices;
mod views;

pub use events::snap_words;

use super::Mode;
use super::app::App;
use super::cuts::not_on_a_cut;
use super::hand::Hand;
use super::step::Step;
use crate::session::Session;

/// Why a command cannot run now, where it cannot.
pub type Ready = fn(&App, &Session) -> Result<(), &'static str>;

/// What a command may take, to be completed on the command line.
pub type Offers = fn(&App, &Session) -> Vec<String>;

/// A command: what it is called, what it does, which keys run it.
#[derive(Clone, Copy)]
pub struct Command {
    /// Its name on the command line and in the palette.
    pub name: &'static str,
    /// One line on what it does.
    pub doc: &'static str,
    /// Another name on the command line, such as `w`.
    pub alias: &'static str,
    /// What it takes on the command line; empty for nothing, in brackets where optional.
    pub takes: &'static str,
    /// Words that it may take.
    pub offers: Offers,
    /// Keys that run it.
    pub bindings: [Binding; 2],
    /// The heading it stands under in the help.
    pub group: Group,
    /// Its words in the help, where several commands share one row.
    pub row: &'static str,
    /// Its words in the footer: short, and for wide screens; empty for none.
    pub hint: [&'static str; 2],
    /// What it does.
    pub run: fn(&mut Step),
    /// Why it cannot run now, where it cannot.
    pub ready: Ready,
}

/// Keys in modes.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The modes.
    pub modes: &'static [Mode],
    /// The keys, each a way of its own.
    pub keys: &'static [&'static str],
}

/// Headings of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Vertices.
    Vertices,
    /// Polygons.
    Polygon,
    /// Ways out.
    Leave,
    /// Motion.
    Cursor,
    /// Slices and volumes.
    Slices,
    /// Zoom, clip, colours.
    Picture,
    /// Modules, runs, results.
    Runs,
    /// What works everywhere.
    Always,
    /// Commands without keys.
    Line,
}

impl Group {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Vertices => "vertices",
            Group::Polygon => "polygon",
            Group::Leave => "leave",
            Group::Cursor => "move the cursor",
            Group::Slices => "slices",
            Group::Picture => "picture",
            Group::Runs => "runs",
            Group::Always => "always",
            Group::Line => "command line",
        }
    }

    /// All groups in the order of the help.
    pub const ALL: [Group; 9] = [
        Group::Vertices,
        Group::Polygon,
        Group::Leave,
        Group::Cursor,
        Group::Slices,
        Group::Picture,
        Group::Runs,
        Group::Always,
        Group::Line,
    ];
}

/// Commands about polygons that need no slice of the survey on the screen.
const ANYWHERE: [&str; 5] = [
    "take polygon", // it enlarges a tile of the gallery too
    "undo",
    "redo",
    "polygons import",
    "polygons export",
];

/// All commands, by subject.
pub const COMMANDS: &[&[Command]] = &[
    vertices::COMMANDS,
    polygons::COMMANDS,
    drawing::COMMANDS,
    selection::COMMANDS,
    copies::COMMANDS,
    repeat::COMMANDS,
    cursor::COMMANDS,
    events::COMMANDS,
    marks::COMMANDS,
    slices::COMMANDS,
    sections::COMMANDS,
    guides::COMMANDS,
    picture::COMMANDS,
    clips::COMMANDS,
    overlays::COMMANDS,
    views::COMMANDS,
    facies::COMMANDS,
    lists::COMMANDS,
    history::COMMANDS,
    separability::COMMANDS,
    live::COMMANDS,
    runs::COMMANDS,
    files::COMMANDS,
    mouse::COMMANDS,
    program::COMMANDS,
];

/// All commands in the order of the table.
pub fn commands() -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().copied().flatten()
}

/// The command of a line, and what follows its name: the longest name wins.
///
/// `inline 350` is `inline` with `350`; `facies rename 2 mtd` is `facies rename`.
pub fn find(line: &str) -> Option<(&'static Command, &str)> {
    let line = line.trim();
    let rest = |name: &str| {
        let rest = line.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim())
    };
    commands()
        .flat_map(|c| [(c, c.name), (c, c.alias)])
        .filter(|(_, name)| !name.is_empty())
        .filter_map(|(c, name)| Some((c, name, rest(name)?)))
        .max_by_key(|(_, name, _)| name.len())
        .map(|(c, _, rest)| (c, rest))
}

const NONE: Binding = Binding {
    modes: &[],
    keys: &[],
};

/// A command of the table; the methods below fill in the rest.
const fn command(
    group: Group,
    name: &'static str,
    doc: &'static str,
    run: fn(&mut Step),
) -> Command {
    Command {
        name,
        doc,
        alias: "",
        takes: "",
        offers: nothing,
        bindings: [NONE, NONE],
        group,
        row: "",
        hint: ["", ""],
        run,
        ready: always,
    }
}

#[allow(clippy::unnecessary_wraps)] // the same shape as the conditions below
fn always(_: &App, _: &Session) -> Result<(), &'static str> {
    Ok(())
}

impl Command {
    const fn on(mut self, modes: &'static [Mode], keys: &'static [&'static str]) -> Self {
        let binding = Binding { modes, keys };
        if self.bindings[0].keys.is_empty() {
            self.bindings[0] = binding;
        } else {
            self.bindings[1] = binding;
        }
        self
    }

    const fn row(mut self, row: &'static str) -> Self {
        self.row = row;
        self
    }

    const fn hint(mut self, short: &'static str, long: &'static str) -> Self {
        self.hint = [short, long];
        self
    }

    const fn takes(mut self, what: &'static str) -> Self {
        self.takes = what;
        self
    }

    const fn offers(mut self, offers: Offers) -> Self {
        self.offers = offers;
        self
    }

    const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = alias;
        self
    }

    const fn when(mut self, ready: Ready) -> Self {
        self.ready = ready;
        self
    }

    /// The keys that run it in a mode.
    pub fn keys(&self, mode: Mode) -> impl Iterator<Item = &'static str> {
        self.bindings
            .into_iter()
            .filter(move |b| b.modes.contains(&mode))
            .flat_map(|b| b.keys.iter().copied())
    }

    /// Its first key in a mode.
    pub fn key(&self, mode: Mode) -> Option<&'static str> {
        self.keys(mode).next()
    }

    /// The modes it has keys in.
    pub fn modes(&self) -> impl Iterator<Item = Mode> {
        self.bindings
            .into_iter()
            .filter(|b| !b.keys.is_empty())
            .flat_map(|b| b.modes.iter().copied())
    }

    /// What the help says: the words shared with others, or its own.
    pub fn words(&self) -> &'static str {
        if self.row.is_empty() {
            self.doc
        } else {
            self.row
        }
    }

    /// Why it cannot run now, where it cannot.
    pub fn refusal(&self, app: &App, session: &Session) -> Result<(), &'static str> {
        if self.picks() {
            not_on_a_cut(app, session)?;
        }
        (self.ready)(app, session)
    }

    /// True where it works on polygons of the slice that is shown.
    fn picks(&self) -> bool {
        let elsewhere = ANYWHERE.contains(&self.name) || self.modes().any(|m| m == Mode::Polygons);
        matches!(self.group, Group::Vertices | Group::Polygon) && !elsewhere
    }

    /// True where it asks for something on the command line.
    pub fn needs_argument(&self) -> bool {
        !self.takes.is_empty() && !self.takes.starts_with('[')
    }
}

// Words that several commands take.

fn nothing(_: &App, _: &Session) -> Vec<String> {
    Vec::new()
}

fn volumes(_: &App, session: &Session) -> Vec<String> {
    session.volumes.iter().map(|v| v.name.clone()).collect()
}

fn facies_names(_: &App, session: &Session) -> Vec<String> {
    session.facies.iter().map(|f| f.name.clone()).collect()
}

// Conditions that several commands share.

fn with_slice(app: &App, _: &Session) -> Result<(), &'static str> {
    match app.view.grid {
        Some(_) => Ok(()),
        None => Err("no volume is open yet"),
    }
}

fn with_polygon(app: &App, session: &Session) -> Result<(), &'static str> {
    match app.active_polygon(session) {
        Some(_) => Ok(()),
        None => Err("no polygon is active; Enter takes the one under the cursor"),
    }
}

fn with_polygon_here(app: &App, session: &Session) -> Result<(), &'static str> {
    with_polygon(app, session)?;
    match app.active_polygon(session) {
        Some(polygon) if app.is_here(&polygon.slice) => Ok(()),
        _ => Err("the active polygon is on another slice; ( and ) choose one of this slice"),
    }
}

fn with_facies(app: &App, session: &Session) -> Result<(), &'static str> {
    match app.active_facies(session) {
        Some(_) => Ok(()),
        None => Err("there is no facies yet; \"+ makes one"),
    }
}

fn hands_free(app: &App, session: &Session) -> Result<(), &'static str> {
    with_slice(app, session)?;
    match app.hand {
        Hand::Carry(_) => Err("something is carried; Enter puts it down, Esc puts it back"),
        _ => Ok(()),
    }
}
