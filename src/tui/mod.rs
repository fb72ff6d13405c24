//! Everything that knows a terminal.
