//! The textual header: 40 cards of 80 characters, EBCDIC (code page 037) or ASCII,
//! and the lines that Outcrop writes into it.

use crate::model::{Recipe, printable};

/// Bytes of a textual header.
pub(super) const TEXT: usize = 3200;
const CARD: usize = 80;

/// Which characters a textual header is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Ebcdic,
    Ascii,
}

/// Code page 037 for printable ASCII; everything else is a blank.
const EBCDIC: &[u8; 256] = b"\
\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\
\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\
\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\
\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\
\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20.<(+|\
&\x20\x20\x20\x20\x20\x20\x20\x20\x20!$*);\x20\
-/\x20\x20\x20\x20\x20\x20\x20\x20\x20,%_>?\
\x20\x20\x20\x20\x20\x20\x20\x20\x20`:#@'=\"\
\x20abcdefghi\x20\x20\x20\x20\x20\x20\
\x20jklmnopqr\x20\x20\x20\x20\x20\x20\
\x20~stuvwxyz\x20\x20\x20\x20\x20\x20\
^\x20\x20\x20\x20\x20\x20\x20\x20\x20[]\x20\x20\x20\x20\
{ABCDEFGHI\x20\x20\x20\x20\x20\x20\
}JKLMNOPQR\x20\x20\x20\x20\x20\x20\
\\\x20STUVWXYZ\x20\x20\x20\x20\x20\x20\
0123456789\x20\x20\x20\x20\x20\x20";

impl Charset {
    /// The likelier character set: in EBCDIC a blank is 0x40 and letters lie
    /// above 0x80, in ASCII below.
    pub(super) fn of(text: &[u8]) -> Charset {
        let (mut ebcdic, mut ascii) = (0, 0);
        for byte in text {
            match byte {
                0x40 | 0x80.. => ebcdic += 1,
                0x20..=0x7e => ascii += 1,
                _ => {}
            }
        }
        if ebcdic > ascii {
            Charset::Ebcdic
        } else {
            Charset::Ascii
        }
    }

    fn decode(self, byte: u8) -> char {
        match self {
            Charset::Ebcdic => char::from(EBCDIC[byte as usize]),
            Charset::Ascii if (0x20..0x7f).contains(&byte) => char::from(byte),
            Charset::Ascii => ' ',
        }
    }

    pub(super) fn encode(self, c: char) -> u8 {
        let ascii = if c.is_ascii() && !c.is_ascii_control() {
            c as u8
        } else {
            b'?'
        };
        match self {
            Charset::Ascii => ascii,
            Charset::Ebcdic if ascii == b' ' => 0x40,
            Charset::Ebcdic => EBCDIC.iter().position(|&e| e == ascii).unwrap_or(0x40) as u8,
        }
    }
}

/// A text as one line, a character a byte; line ends and what is no text are blanks.
pub(super) fn line(text: &[u8], charset: Charset) -> String {
    text.iter().map(|&b| charset.decode(b)).collect()
}

/// The cards of a textual header, without trailing blanks.
pub(super) fn cards(text: &[u8], charset: Charset) -> Vec<String> {
    text.chunks(CARD)
        .map(|card| {
            let line: String = card.iter().map(|&b| charset.decode(b)).collect();
            printable(line.trim_end())
        })
        .collect()
}

/// The null value that a card declares: `C39 NULL VALUE -999.25`.
///
/// ```text
/// C39 NULL VALUE -999.25
/// ```
pub(super) fn declared_null(cards: &[String]) -> Option<f32> {
    cards.iter().find_map(|card| {
        let at = card.find(NULL_MARK)?;
        let number = card
            .get(at + NULL_MARK.len()..)?
            .split_whitespace()
            .next()?;
        number.parse::<f32>().ok().filter(|v| v.is_finite())
    })
}

const NULL_MARK: &str = "NULL VALUE ";
const HISTORY_MARK: &str = "OUTCROP ";

/// Writes Outcrop's two cards into a textual header: what made the volume, and
/// its null value. Our own cards of an earlier generation are replaced, else
/// the last blank ones used, else cards 38 and 39.
pub(super) fn sign(text: &mut [u8], charset: Charset, recipe: &Recipe, format: &str, null: f32) {
    let lines = cards(text, charset);
    let history = format!("{recipe}; {format}").replacen("outcrop ", HISTORY_MARK, 1);
    for (mark, line, default) in [
        (NULL_MARK, format!("{NULL_MARK}{null}"), 38),
        (HISTORY_MARK, history, 37),
    ] {
        let now = cards(text, charset);
        let ours = |card: &String| card.get(4..).is_some_and(|rest| rest.starts_with(mark));
        let blank = |card: &String| card.get(3..).unwrap_or("").trim().is_empty();
        let place = (now.iter().position(ours))
            .or_else(|| (0..lines.len().min(39)).rev().find(|&i| blank(&now[i])))
            .unwrap_or(default);
        put(text, charset, place, &line);
    }
}

/// Writes one card: `C<nn> ` and the line, cut or filled to 80 characters.
pub(super) fn put(text: &mut [u8], charset: Charset, card: usize, line: &str) {
    let full = format!("C{:>2} {line}", card + 1);
    let characters = full.chars().chain(std::iter::repeat(' '));
    if let Some(bytes) = text.get_mut(card * CARD..(card + 1) * CARD) {
        for (byte, c) in bytes.iter_mut().zip(characters) {
            *byte = charset.encode(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(module: &str) -> Recipe {
        Recipe {
            module: module.into(),
            version: "0.1.0".into(),
            request: "0123456789ab".into(),
        }
    }

    #[test]
    fn cards_survive_both_character_sets() {
        for charset in [Charset::Ebcdic, Charset::Ascii] {
            let mut text = vec![charset.encode(' '); TEXT];
            put(
                &mut text,
                charset,
                0,
                "CLIENT [A] {b} 1.5 \"quoted\" \\ ~^|",
            );
            assert_eq!(Charset::of(&text), charset);
            let lines = cards(&text, charset);
            assert_eq!(lines.len(), 40);
            assert_eq!(lines[0], "C 1 CLIENT [A] {b} 1.5 \"quoted\" \\ ~^|");
            assert_eq!(lines[1], "");
        }
    }

    #[test]
    fn the_null_card_is_found_again_and_replaced() {
        let charset = Charset::Ebcdic;
        let mut text = vec![0x40; TEXT];
        for card in 0..40 {
            put(&mut text, charset, card, "full");
        }
        sign(
            &mut text,
            charset,
            &recipe("kuwahara3d"),
            "IEEE float32",
            -999.25,
        );
        let lines = cards(&text, charset);
        assert_eq!(declared_null(&lines), Some(-999.25));
        assert_eq!(
            lines[37],
            "C38 OUTCROP 0.1.0 kuwahara3d request 0123456789ab; IEEE float32"
        );
        sign(&mut text, charset, &recipe("rfc3d"), "int8", 0.0);
        let lines = cards(&text, charset);
        assert_eq!(declared_null(&lines), Some(0.0));
        assert_eq!(lines.iter().filter(|l| l.contains("OUTCROP")).count(), 1);
        assert_eq!(lines.iter().filter(|l| l.ends_with("full")).count(), 38);
    }

    #[test]
    fn nothing_is_declared_by_other_text() {
        for text in ["NULL VALUE", "NULL VALUE x", "NULL VALUE inf", "-999.25"] {
            assert_eq!(declared_null(&[text.to_owned()]), None);
        }
    }
}
