//! The `outcrop` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    outcrop::cli::main()
}
