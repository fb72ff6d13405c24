//! What a revision 2.1 file says of its own trace headers: the layout stanza of
//! its extended textual headers, XML that names the first byte of each word
//! (SEG-Y revision 2.1, SEG Technical Standards Committee 2023, annex D8).

use crate::io::source::Source;
use crate::io::{IoError, OpenOptions};
use crate::model::printable;

use super::binary::HEADERS;
use super::header::at;
use super::text::{Charset, TEXT, line};

/// Most extended textual headers that are looked through.
const MOST_TEXT: u64 = 64;
/// Most elements of a layout: some hundred words are described by a full one.
const MOST_NODES: u32 = 20_000;
/// Types of the words that line numbers and coordinates are read from.
const FOUR_BYTES: [&str; 4] = ["int4", "uint4", "coor4", "linetrc"];

/// First bytes of the line numbers and coordinates by the file's own words, which
/// count from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Described {
    inline: Option<usize>,
    crossline: Option<usize>,
    x: Option<usize>,
    y: Option<usize>,
}

impl Described {
    /// The layout of the standard trace header in the extended textual headers
    /// before byte `first`; nothing where there is none, or where it is faulty,
    /// which `notes` tell.
    pub(super) fn read(
        source: &Source,
        first: u64,
        charset: Charset,
        notes: &mut Vec<String>,
    ) -> Result<Option<Described>, IoError> {
        let Some(xml) = stanza(source, first, charset)? else {
            return Ok(None);
        };
        Ok(match parse(&xml) {
            Ok((described, told)) => {
                notes.extend(told);
                Some(described)
            }
            Err(reason) => {
                notes.push(format!(
                    "the file describes its own trace headers, and the description is faulty \
                     ({}): the standard's places are read",
                    printable(&reason)
                ));
                None
            }
        })
    }

    /// The options of a person, with what the file says where they say nothing.
    /// Words in the standard's places are left to be found: a file may describe
    /// the standard and not follow it.
    pub(super) fn fill(&self, options: &OpenOptions) -> OpenOptions {
        let lines = (self.inline, self.crossline);
        let mut filled = *options;
        if options.inline_byte.or(options.crossline_byte).is_none()
            && lines != (Some(at::INLINE), Some(at::CROSSLINE))
            && lines.0.and(lines.1).is_some()
        {
            (filled.inline_byte, filled.crossline_byte) = lines;
        }
        let ground = (self.x, self.y);
        if options.x_byte.or(options.y_byte).is_none()
            && ground != (Some(at::CDP_X), Some(at::CDP_Y))
            && ground.0.and(ground.1).is_some()
        {
            (filled.x_byte, filled.y_byte) = ground;
        }
        filled
    }
}

/// The XML of the layout stanza: the text after its mark, up to the next stanza.
fn stanza(source: &Source, first: u64, charset: Charset) -> Result<Option<String>, IoError> {
    const MARK: &str = "((seg:layout";
    let end = first.min(HEADERS as u64 + MOST_TEXT * TEXT as u64);
    let length = end.saturating_sub(HEADERS as u64);
    let bytes = source.bytes(HEADERS as u64, length as usize)?;
    for charset in [charset, Charset::Ascii] {
        let text = line(&bytes, charset);
        let lower = text.to_ascii_lowercase();
        let found = lower.find(MARK).and_then(|mark| {
            let start = mark + lower[mark..].find("))")? + 2;
            let end = lower[start..]
                .find("((seg:")
                .map_or(text.len(), |n| start + n);
            text.get(start..end)
        });
        if let Some(xml) = found {
            return Ok(Some(xml.trim().to_owned()));
        }
    }
    Ok(None)
}

/// The words of the standard header that a layout places, and what to tell of it.
fn parse(xml: &str) -> Result<(Described, Vec<String>), String> {
    let options = roxmltree::ParsingOptions {
        nodes_limit: MOST_NODES,
        ..roxmltree::ParsingOptions::default()
    };
    let document =
        roxmltree::Document::parse_with_options(xml, options).map_err(|e| e.to_string())?;
    let root = document.root_element();
    if root.tag_name().name() != "segy-layout" {
        return Err(format!("its root is `{}`", root.tag_name().name()));
    }
    let mut described = Described::default();
    let mut elsewhere = Vec::new();
    // Words of additional trace headers lie in elements of their own.
    for entry in root.children().filter(|n| n.has_tag_name("entry")) {
        let text = |key| entry.attribute(key).unwrap_or("");
        let (name, kind) = (text("name"), text("type"));
        let byte: usize = text("byte").parse().unwrap_or(0);
        let place = match name {
            "iline" => &mut described.inline,
            "xline" => &mut described.crossline,
            "cdp_x" => &mut described.x,
            "cdp_y" => &mut described.y,
            _ => {
                let standard = FIXED.iter().find(|(word, _)| *word == name);
                if standard.is_some_and(|(_, usual)| *usual != byte) {
                    elsewhere.push(format!("{name} at byte {byte}"));
                }
                continue;
            }
        };
        if !FOUR_BYTES.contains(&kind) || !(1..=237).contains(&byte) {
            return Err(format!("`{name}` is of type {kind} at byte {byte}"));
        }
        *place = Some(byte);
    }
    let mut notes = Vec::new();
    if !elsewhere.is_empty() {
        notes.push(format!(
            "the file describes its own trace headers: line numbers and coordinates are read \
             where it says, but {} in the standard's places",
            elsewhere.join(", ")
        ));
    }
    Ok((described, notes))
}

/// Words that are read in the standard's places whatever a file says.
const FIXED: [(&str, usize); 7] = [
    ("trctype", at::TRACE_ID),
    ("offset", at::OFFSET),
    ("co_scal", at::COORDINATE_SCALAR),
    ("coorunit", at::COORDINATE_UNITS),
    ("delay", at::DELAY),
    ("nsamps", at::SAMPLES),
    ("tm_scal", at::TIME_SCALAR),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(entries: &str) -> String {
        format!("<?xml version=\"1.0\"?><segy-layout name=\"own\">{entries}</segy-layout>")
    }

    const LINES: &str = r#"<entry name="iline" byte="190" type="int4"/><entry name="xline" byte="194" type="uint4"/>"#;

    #[test]
    fn words_lie_where_the_file_says() {
        let (described, notes) = parse(&layout(LINES)).unwrap();
        assert!(notes.is_empty());
        let filled = described.fill(&OpenOptions::default());
        assert_eq!(
            filled.inline_byte.zip(filled.crossline_byte),
            Some((190, 194))
        );
        assert_eq!(filled.x_byte, None);
        let asked = OpenOptions {
            inline_byte: Some(9),
            ..OpenOptions::default()
        };
        assert_eq!(described.fill(&asked), asked, "a person's word is the last");
    }

    #[test]
    fn additional_headers_and_fixed_words_are_told_apart() {
        let entries = format!(
            r#"{LINES}<entry name="delay" byte="15" type="time2"/><extension name="X"><entry name="iline" byte="1" type="int4"/></extension>"#
        );
        let (described, notes) = parse(&layout(&entries)).unwrap();
        assert_eq!(described.inline, Some(190));
        assert!(notes[0].contains("delay at byte 15"), "{notes:?}");
    }

    #[test]
    fn faulty_layouts_are_not_followed() {
        for (entries, told) in [
            (r#"<entry name="iline" byte="0" type="int4"/>"#, "byte 0"),
            (r#"<entry name="iline" byte="238" type="int4"/>"#, "238"),
            (r#"<entry name="iline" byte="1" type="ieee32"/>"#, "ieee32"),
            (r#"<entry name="iline" type="int4"/>"#, "byte 0"),
            ("<entry", "expected"),
        ] {
            let error = parse(&layout(entries)).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        assert!(parse("<EXTENSION/>").unwrap_err().contains("root"));
        assert!(parse("").is_err());
        // Entities that grow are no part of it.
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><segy-layout>&b;</segy-layout>";
        assert!(parse(bomb).is_err());
    }
}
