//! Subcommands: thin doors to the rooms.
