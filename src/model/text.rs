//! Text that came from a file, made safe to show.

/// A copy of `text` without control characters: what came from a file may hold
/// escape sequences, and none of those may reach a terminal.
///
/// Tabs and line ends become blanks; other control characters, and the bidi
/// overrides that reorder a line, are dropped.
///
/// ```
/// assert_eq!(outcrop::model::printable("a\u{1b}[31mred\tb"), "a[31mred b");
/// ```
pub fn printable(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\t' | '\n' | '\r' => Some(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}
