//! Modes: what a key means depends on them, and the footer always names one.

/// What the interpreter is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Browsing slices.
    Normal,
    /// Laying vertices of a new polygon.
    Draw,
    /// Choosing and changing vertices of the active polygon.
    Edit,
    /// Carrying a vertex or a polygon.
    Move,
    /// Moving the clips of the histogram.
    Clip,
    /// In the list of polygons.
    Polygons,
    /// In the help.
    Help,
    /// Typing a command, a name or a number.
    Command,
    /// In a panel of runs, forms, tables or results, which has keys of its own.
    Panel,
}

impl Mode {
    /// The modes in which a slice is in front and the cursor moves on it.
    pub const PICTURE: &'static [Mode] = &[Mode::Normal, Mode::Draw, Mode::Edit, Mode::Move];

    /// The modes that the help shows, in order.
    pub const HELPED: &'static [Mode] = &[
        Mode::Normal,
        Mode::Draw,
        Mode::Edit,
        Mode::Move,
        Mode::Clip,
        Mode::Polygons,
    ];

    /// The modes in which keys run commands of the table.
    pub const WITH_KEYS: &'static [Mode] = &[
        Mode::Normal,
        Mode::Draw,
        Mode::Edit,
        Mode::Move,
        Mode::Clip,
        Mode::Polygons,
        Mode::Help,
    ];

    /// The word for it in the footer.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Normal => "NOR",
            Mode::Draw => "DRAW",
            Mode::Edit => "EDIT",
            Mode::Move => "MOVE",
            Mode::Clip => "CLIP",
            Mode::Polygons => "LIST",
            Mode::Help => "HELP",
            Mode::Command => "CMD",
            Mode::Panel => "PANEL",
        }
    }
}
