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

/// `2026-11-22 14:02:10Z` from milliseconds since 1970 (civil calendar by
/// Hinnant 2013, `chrono`-compatible low-level date algorithms).
fn utc(ms: u64) -> String {
    let seconds = ms / 1000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
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
