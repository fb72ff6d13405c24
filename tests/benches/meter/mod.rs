//! What a bench measures itself with, and the peers that run beside it.
#![allow(dead_code)] // not every bench asks for everything

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// CPU seconds that this process has spent, with those of threads that have ended.
pub fn cpu_seconds() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 * 1e-9
}

/// Peak of this process's memory, in MiB.
pub fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    let word = line.and_then(|l| l.split_whitespace().nth(1)?.parse::<f64>().ok());
    word.unwrap_or(f64::NAN) / 1024.0
}

/// The Python that runs the peers; nothing where they are not asked for.
pub fn python() -> Option<OsString> {
    std::env::var_os("OUTCROP_PEERS")
}

/// What a script in this folder prints about the data at a path: a number behind
/// each name.
pub fn ask(python: &OsString, script: &str, data: &Path) -> BTreeMap<String, f64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/benches");
    let output = Command::new(python)
        .arg(folder.join(script))
        .arg(data)
        .output()
        .unwrap();
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let pairs = text.lines().filter_map(|line| line.rsplit_once(' '));
    pairs
        .filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?)))
        .collect()
}
