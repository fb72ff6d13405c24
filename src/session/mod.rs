//! The session: what the interpreter has picked and named, its edits and their inverses, its journal.
