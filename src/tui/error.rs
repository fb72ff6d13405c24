//! Why the workbench cannot open or go on.

/// An error of the terminal itself; everything else is a message on its screen.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Input or output is not a terminal.
    #[error(
        "standard input and output are not a terminal; try `outcrop view FILE --inline N --ascii` for a picture as text"
    )]
    NoTerminal,
    /// The terminal cannot place a cursor.
    #[error(
        "TERM is {term}: this terminal cannot place a cursor; try `outcrop view FILE --inline N --ascii`, or set TERM"
    )]
    Dumb {
        /// What TERM says.
        term: String,
    },
    /// The system said no.
    #[error("terminal: {0}; check that it is still open")]
    System(#[from] std::io::Error),
}
