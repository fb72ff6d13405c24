//! The programs of the source document, each with its parameter table, checks, stages and results.
