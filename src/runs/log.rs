//! `log.txt`: what a person would want to read; the only place for dates.

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use super::RunError;
use super::progress::now_ms;

/// The log of a run, appended line by line.
pub(super) struct Log(Mutex<std::fs::File>);

impl Log {
    pub(super) fn open(path: &Path) -> Result<Self, RunError> {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path);
        Ok(Self(Mutex::new(
            file.map_err(RunError::system(path, "opening the log"))?,
        )))
    }

    /// Adds a line with the time in front. A log that cannot be written is no
    /// reason to lose the work.
    pub(super) fn line(&self, text: &str) {
        let text = crate::model::printable(text);
        if let Ok(mut file) = self.0.lock() {
            let _ = writeln!(file, "{} {text}", utc(now_ms()));
        }
    }
}

/// `2026-11-22 14:02:10Z` from milliseconds since 1970.
fn utc(ms: u64) -> String {
    let seconds = ms / 1000;
    let second = seconds % 86_400;
    let (year, month, day) = crate::model::civil_date(seconds / 86_400);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02}Z",
        second % 60
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_right_around_leap_days() {
        assert_eq!(super::utc(0), "1970-01-01 00:00:00Z");
        assert_eq!(super::utc(951_782_400_000), "2000-02-29 00:00:00Z");
        assert_eq!(super::utc(1_795_357_330_000), "2026-11-22 14:22:10Z");
    }
}
