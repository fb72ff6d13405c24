//! Subcommands: thin doors to the rooms.
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 130 cancelled. Results go to stdout,
//! progress and errors to stderr.

mod bar;
mod convert;
mod demo;
mod info;
mod keys;
mod module;
mod open;
mod polygons;
mod reading;
mod replay;
mod runs;
mod session;
mod table;
mod view;
mod wells;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use signal_hook::consts::{SIGPIPE, SIGXFSZ};

use crate::io::IoError;
use crate::modules::{MODULES, ModuleError};
use crate::runs::RunError;

/// The program: reads the arguments, does what they say, prints the error chain once.
pub fn main() -> ExitCode {
    // A file beyond `ulimit -f` is an error to tell, not a signal to die of.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let matches = command().get_matches();
    if !matches!(matches.subcommand_name(), None | Some("work")) {
        // What a reader like `head` leaves unread ends us quietly, as it ends any
        // filter; the workbench and runs outlive whoever watches them.
        let at_once = Arc::new(AtomicBool::new(true));
        let _ = signal_hook::flag::register_conditional_default(SIGPIPE, at_once);
    }
    match dispatch(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_cancelled(&error) => {
            eprintln!("cancelled; what is finished is kept, `outcrop runs resume` goes on");
            ExitCode::from(130)
        }
        Err(error) if matches!(error.downcast_ref(), Some(IoError::Cancelled(_))) => {
            eprintln!("cancelled; no output was made");
            ExitCode::from(130)
        }
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", crate::model::printable(&chain(&error)));
            ExitCode::FAILURE
        }
    }
}

/// The whole command line.
pub fn command() -> Command {
    let color = Arg::new("color")
        .long("color")
        .value_name("WHEN")
        .value_parser(["auto", "truecolor", "256", "16", "none"])
        .default_value("auto")
        .global(true)
        .help("colours of the terminal, where they are not found out right");
    Command::new("outcrop")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A keyboard-driven terminal workbench for seismic facies analysis")
        .after_help("Without a subcommand: open the workbench on a session or on volumes.")
        .args_conflicts_with_subcommands(true)
        .arg(
            Arg::new("files")
                .value_name("SESSION.ron | VOLUME")
                .num_args(0..)
                .value_parser(value_parser!(PathBuf))
                .help("a session, or volumes to start one with"),
        )
        .arg(color)
        .arg(
            Arg::new("slice-memory")
                .long("slice-memory")
                .value_name("MIB")
                .value_parser(value_parser!(u32).range(16..))
                .default_value("512")
                .help("memory for slices and bricks in the workbench"),
        )
        .arg(
            Arg::new("no-copies")
                .long("no-copies")
                .action(ArgAction::SetTrue)
                .help("make no bricked copies of large volumes in the background"),
        )
        .args(reading::options())
        .subcommand(demo::command())
        .subcommand(info::command())
        .subcommand(view::command())
        .subcommand(convert::command())
        .subcommands(MODULES.iter().map(|m| module::command(*m)))
        .subcommand(polygons::command())
        .subcommand(keys::command())
        .subcommand(runs::command())
        .subcommand(runs::work_command())
        .subcommand(replay::command())
}

fn dispatch(matches: &ArgMatches) -> Result<()> {
    match matches.subcommand() {
        None => open::run(matches),
        Some(("demo", matches)) => demo::run(matches),
        Some(("info", matches)) => info::run(matches),
        Some(("view", matches)) => view::run(matches),
        Some(("convert", matches)) => convert::run(matches),
        Some(("polygons", matches)) => polygons::run(matches),
        Some(("keys", _)) => {
            keys::run();
            Ok(())
        }
        Some(("runs", matches)) => runs::run(matches),
        Some(("work", matches)) => runs::work(matches),
        Some(("replay", matches)) => replay::run(matches),
        Some((name, matches)) => module::run(crate::modules::find(name)?, matches),
    }
}

/// The error and what caused it, without saying a cause twice.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        if !text.contains(&said) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&said);
        }
    }
    text
}

fn is_cancelled(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<RunError>()
        .is_some_and(RunError::is_cancelled)
        || matches!(
            error.downcast_ref::<ModuleError>(),
            Some(ModuleError::Cancelled(_))
        )
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
