//! Progress in the foreground, of a run or of a copy: a bar on a terminal, plain
//! lines elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::runs::{RunProgress, Watcher};
use crate::task::{Cancel, Progress};

/// Shows a run on stderr, and stops it on Ctrl-C or SIGTERM. A terminal that hangs
/// up does not stop it.
pub(super) struct Bar {
    shown: Option<ProgressBar>,
    said: Mutex<Instant>,
    stop: Arc<AtomicBool>,
    hung_up: Arc<AtomicBool>,
}

/// Without a terminal, one line so often.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl Bar {
    /// A bar for a run of a module.
    pub(super) fn new(module: &str) -> Self {
        Self {
            shown: shown(module, 1000),
            said: Mutex::new(Instant::now()),
            stop: stop_flag(),
            hung_up: {
                let hung_up = Arc::new(AtomicBool::new(false));
                let _ = signal_hook::flag::register(signal_hook::consts::SIGHUP, hung_up.clone());
                hung_up
            },
        }
    }

    /// True where the terminal is gone: the work goes on, and nobody is told.
    pub(super) fn hung_up(&self) -> bool {
        self.hung_up.load(Ordering::Relaxed)
    }
}

/// A flag that Ctrl-C and SIGTERM raise.
fn stop_flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // Without the handler Ctrl-C still ends the program, less politely.
        let _ = signal_hook::flag::register(signal, stop.clone());
    }
    stop
}

/// A bar, where stderr is a terminal.
fn shown(name: &str, length: u64) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let bar =
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(4));
        let style = ProgressStyle::with_template("{prefix} {bar:24} {percent:>3} % {msg}");
        bar.set_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━━─"),
        );
        bar.set_prefix(name.to_owned());
        bar
    })
}

/// Shows a copy on stderr, and stops it on Ctrl-C or SIGTERM.
pub(super) struct CopyBar {
    name: String,
    shown: Option<ProgressBar>,
    total: u64,
    done: AtomicU64,
    said: Mutex<Instant>,
    stop: Arc<AtomicBool>,
}

impl CopyBar {
    /// A bar for `total` units of work.
    pub(super) fn new(name: &str, total: u64) -> Self {
        Self {
            name: name.to_owned(),
            shown: shown(name, total),
            total,
            done: AtomicU64::new(0),
            said: Mutex::new(Instant::now()),
            stop: stop_flag(),
        }
    }
}

impl Progress for CopyBar {
    fn advance(&self, units: u64) {
        let done = units + self.done.fetch_add(units, Ordering::Relaxed);
        if let Some(bar) = &self.shown {
            bar.set_position(done);
        } else if let Ok(mut said) = self.said.lock()
            && said.elapsed() >= LINE_EVERY
        {
            *said = Instant::now();
            let percent = 100.0 * done as f64 / self.total.max(1) as f64;
            eprintln!("{}: {percent:.0} %", self.name);
        }
    }

    fn note(&self, line: &str) {
        eprintln!("{}", crate::model::printable(line));
    }
}

impl Cancel for CopyBar {
    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for CopyBar {
    fn drop(&mut self) {
        if let Some(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.shown.as_ref().filter(|_| !self.hung_up()) {
            bar.finish_and_clear();
        }
    }
}

impl Watcher for Bar {
    fn seen(&self, progress: &RunProgress) {
        if self.hung_up() {
            return;
        }
        let stage = progress.current().map_or("", |s| s.name.as_str());
        let left = progress
            .left
            .map_or(String::new(), |s| format!(", {} left", duration(s)));
        if let Some(bar) = &self.shown {
            bar.set_position((progress.fraction * 1000.0) as u64);
            bar.set_message(format!("{stage}{left}"));
        } else if let Ok(mut said) = self.said.lock()
            && said.elapsed() >= LINE_EVERY
        {
            *said = Instant::now();
            eprintln!("{stage}: {:.0} %{left}", progress.fraction * 100.0);
        }
    }

    fn line(&self, text: &str) {
        if self.hung_up() {
            return;
        }
        let text = crate::model::printable(text);
        match &self.shown {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// A duration in words: `41 s`, `2 min`, `3 h 10 min`.
pub(super) fn duration(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s {
        0..=99 => format!("{s} s"),
        100..=5999 => format!("{} min", (s + 30) / 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_read_as_words() {
        assert_eq!(super::duration(41.2), "41 s");
        assert_eq!(super::duration(120.0), "2 min");
        assert_eq!(super::duration(11_400.0), "3 h 10 min");
    }
}
