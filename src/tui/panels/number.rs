//! Numbers as panels write them: `−` for minus, blanks by thousands from five
//! digits on, fixed decimals, durations in words.

/// A count: `9120`, `41 233`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A number with fixed decimals: `−0.42`; nothing but a dash where there is none.
pub(super) fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{x:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// The same of a number that may be missing.
pub(super) fn maybe(x: Option<f64>, decimals: usize) -> String {
    fixed(x.unwrap_or(f64::NAN), decimals)
}

/// A share as a whole percentage: `58 %`. Only what is whole reads 100 %.
pub(super) fn percent(share: f64) -> String {
    let whole = (share * 100.0).round();
    let whole = if share < 1.0 { whole.min(99.0) } else { whole };
    format!("{} %", fixed(whole, 0))
}

/// A duration in words: `1.8 s`, `41 s`, `2 min`, `3 h 10 min`.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    if seconds < 99.5 {
        return format!("{seconds:.0} s");
    }
    let minutes = (seconds / 60.0).round() as u64;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) if hours < 100 => format!("{hours} h {minutes} min"),
        (hours, _) => format!("{} days", hours / 24),
    }
}

/// A rate: `4.8 M`, `12 k`, `340`, `1.2`.
pub(super) fn rate(per_second: f64) -> String {
    let (x, unit) = match per_second {
        x if x >= 999_500.0 => (x / 1e6, " M"),
        x if x >= 9_950.0 => (x / 1e3, " k"),
        x => (x, ""),
    };
    format!("{}{unit}", fixed(x, usize::from(x < 9.95)))
}

/// A small count as a word, at the start or within a sentence.
pub(super) fn word(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS
        .get(n)
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// `1 run`, `2 runs`.
pub(super) fn counted(n: usize, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(n as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted_from_five_digits_on() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(9120), "9120");
        assert_eq!(grouped(41_233), "41 233");
        assert_eq!(grouped(11_136_484), "11 136 484");
    }

    #[test]
    fn minus_is_a_minus_and_zero_has_none() {
        assert_eq!(fixed(-0.42, 2), "−0.42");
        assert_eq!(fixed(-0.0004, 2), "0.00");
        assert_eq!(fixed(f64::NAN, 2), "–");
        assert_eq!(fixed(1.25, 3), "1.250");
    }

    #[test]
    fn only_what_is_whole_reads_a_hundred_percent() {
        assert_eq!(percent(0.583), "58 %");
        assert_eq!(percent(0.9999), "99 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn durations_are_words() {
        for (seconds, text) in [
            (1.84, "1.8 s"),
            (41.2, "41 s"),
            (120.0, "2 min"),
            (11_400.0, "3 h 10 min"),
            (7200.0, "2 h"),
            (1e6, "11 days"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn rates_keep_two_digits_or_more() {
        assert_eq!(rate(4_800_000.0), "4.8 M");
        assert_eq!(rate(12_300.0), "12 k");
        assert_eq!(rate(340.2), "340");
        assert_eq!(rate(1.23), "1.2");
    }
}
