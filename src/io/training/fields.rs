//! The two ends of a row: numbers with seven digits, and the header's words.

/// A number as C prints it with `%.7g`: seven significant digits, no trailing
/// zeros, an exponent where the point would lie far outside. What a float32 holds,
/// no more.
///
/// ```
/// use outcrop::io::seven_digits;
/// assert_eq!(seven_digits(f64::from(1.1f32)), "1.1");
/// assert_eq!(seven_digits(6352.379999999997), "6352.38");
/// ```
pub fn seven_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let scientific = format!("{value:.6e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..7).contains(&exponent) {
        let decimals = (6 - exponent).max(0) as usize;
        return trimmed(&format!("{value:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs())
}

/// Without zeros after the last digit of a fraction.
fn trimmed(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// The fields of a row: blanks, tabs and commas part them.
pub(super) fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || c == ',')
        .filter(|field| !field.is_empty())
}

/// What the header lines of a training file tell.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Header {
    pub(super) rows: Option<usize>,
    pub(super) attributes: Vec<String>,
    /// Code and name of each class.
    pub(super) classes: Vec<(i32, String)>,
    /// True where positions are in seconds, false where in metres or feet.
    pub(super) seconds: Option<bool>,
}

impl Header {
    /// Takes up what one header line tells; other lines tell nothing.
    pub(super) fn line(&mut self, line: &str) {
        let text = line.trim_start_matches('#').trim();
        if let Some(rest) = text.strip_prefix("attributes:") {
            let (attributes, classes) = rest.split_once("; classes:").unwrap_or((rest, ""));
            self.attributes = attributes.split_whitespace().map(str::to_owned).collect();
            self.classes = classes
                .split_whitespace()
                .filter_map(|word| {
                    let (code, name) = word.split_once('=')?;
                    Some((code.parse().ok()?, name.to_owned()))
                })
                .collect();
        } else if let Some(rest) = text.strip_prefix("line_no cdp_no ") {
            self.seconds = match rest.split_whitespace().next() {
                Some("t") => Some(true),
                Some("z") => Some(false),
                _ => None,
            };
        } else {
            let count = text
                .split_whitespace()
                .find_map(|w| w.strip_prefix("nvec="));
            self.rows = self.rows.or(count.and_then(|c| c.parse().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// printf("%.7g") of glibc.
    #[test]
    fn numbers_look_as_in_c() {
        for (value, text) in [
            (0.913, "0.913"),
            (14.2, "14.2"),
            (-999.25, "-999.25"),
            (1_234_567.8, "1234568"),
            (12_345_678.0, "1.234568e+07"),
            (0.000_123_456_789, "0.0001234568"),
            (0.000_012_345_678_9, "1.234568e-05"),
            (9_999_999.6, "1e+07"),
            (1e-300, "1e-300"),
            (100.0, "100"),
        ] {
            assert_eq!(seven_digits(value), text);
        }
    }

    proptest! {
        #[test]
        fn seven_digits_are_enough(value: f32) {
            prop_assume!(value.is_normal());
            let back: f64 = seven_digits(f64::from(value)).parse().unwrap();
            prop_assert!((back - f64::from(value)).abs() <= 5e-7 * f64::from(value).abs());
        }
    }

    #[test]
    fn headers_of_others_tell_nothing() {
        let mut header = Header::default();
        for line in [
            "",
            "# x y z",
            "coherence entropy class",
            "# nvec=x",
            "# classes: 1=a",
        ] {
            header.line(line);
        }
        assert_eq!(header, Header::default());
    }
}
