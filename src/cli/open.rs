//! The workbench on a session, or on bare volumes.

use std::path::Path;

use anyhow::Result;
use clap::ArgMatches;

pub(super) fn run(matches: &ArgMatches) -> Result<()> {
    let _ = matches;
    Ok(())
}

pub(super) fn session(path: &Path, matches: &ArgMatches) -> Result<()> {
    let _ = (path, matches);
    Ok(())
}
