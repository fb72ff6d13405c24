//! Progress of a run in the foreground: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::runs::{RunProgress, Watcher};

/// Shows a run on stderr, and stops it on Ctrl-C or SIGTERM.
pub(super) struct Bar {
    shown: Option<ProgressBar>,
    said: Mutex<Instant>,
    stop: std::sync::Arc<AtomicBool>,
}

/// Without a terminal, one line so often.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl Bar {
    /// A bar for a run of a module.
    pub(super) fn new(module: &str) -> Self {
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // Without the handler Ctrl-C still ends the program, less politely.
            let _ = signal_hook::flag::register(signal, stop.clone());
        }
        let shown = std::io::stderr().is_terminal().then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr_with_hz(4));
            let style = ProgressStyle::with_template("{prefix} {bar:24} {percent:>3} % {msg}");
            bar.set_style(
                style
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("━━─"),
            );
            bar.set_prefix(module.to_owned());
            bar
        });
        Self {
            shown,
            said: Mutex::new(Instant::now()),
            stop,
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

impl Watcher for Bar {
    fn seen(&self, progress: &RunProgress) {
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
