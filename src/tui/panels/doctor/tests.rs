//! The panel at three sizes, and what its keys ask for.

use super::super::look::{Look, same_without_colour};
use super::*;
use crate::io::{
    AxisFacts, Candidate, Certainty, Facts, Ground, HeaderBytes, MapCell, SampleFacts, TraceMap,
    WordFacts,
};

fn axis(first: f64, count: usize) -> AxisFacts {
    AxisFacts {
        first,
        step: 1.0,
        count,
    }
}

/// A survey with a hole, a dead corner and doubled traces.
fn map() -> TraceMap {
    let (rows, columns) = (56, 90);
    let cell = |row: usize, column: usize| {
        let (dy, dx) = (row as f64 - 20.0, column as f64 - 60.0);
        if dx.hypot(1.6 * dy) < 9.0 || row + column < 14 {
            MapCell {
                missing: 140,
                ..MapCell::default()
            }
        } else if row > 48 && column < 12 {
            MapCell {
                dead: 140,
                ..MapCell::default()
            }
        } else {
            MapCell {
                live: 140,
                duplicate: u64::from(row == 40 && (30..60).contains(&column)),
                ..MapCell::default()
            }
        }
    };
    TraceMap {
        rows,
        columns,
        cells: (0..rows * columns)
            .map(|i| cell(i / columns, i % columns))
            .collect(),
    }
}

fn candidate(bytes: (usize, usize), score: f64, reason: &str) -> Candidate {
    let chosen = bytes == (9, 21);
    let (inlines, crosslines) = if score > 0.0 {
        (axis(1201.0, 560), axis(300.0, 904))
    } else {
        (axis(0.0, 1), axis(0.0, 1))
    };
    Candidate {
        inline_byte: bytes.0,
        crossline_byte: bytes.1,
        inlines,
        crosslines,
        fill: score,
        score,
        chosen,
        reason: reason.to_owned(),
    }
}

fn word(
    byte: usize,
    width: usize,
    name: &'static str,
    range: (i32, i32),
    unique: usize,
) -> WordFacts {
    WordFacts {
        byte,
        width,
        name,
        min: range.0,
        max: range.1,
        unique,
        more: false,
    }
}

fn examined() -> Examined {
    let facts = Facts {
        format: "SEG-Y revision 0".into(),
        sample_format: "IBM float32, big-endian".into(),
        exact: false,
        headers: Certainty::Probed,
        sampled_traces: 512,
        inlines: Some(axis(1201.0, 560)),
        crosslines: Some(axis(300.0, 904)),
        samples: SampleFacts {
            first: 0.0,
            step: 4.0,
            count: 1501,
            unit: "ms",
        },
        traces: 472_935,
        live_traces: 466_275,
        dead_traces: 1200,
        missing_traces: 36_635,
        duplicate_traces: 3330,
        is_cube: true,
        reason: None,
        header_bytes: Some(HeaderBytes {
            inline: Some(9),
            crossline: Some(21),
            x: Some(73),
            y: Some(77),
        }),
        corners: None,
        stats: None,
        spacing: None,
        null_value: None,
        header_choice: None,
        notes: vec!["bytes 189 and 193 are 0 in all traces looked at".into()],
        text: vec![
            "C 1 CLIENT: A COMPANY".into(),
            "C 7 INLINE: BYTES 9-12   CDP: BYTES 21-24".into(),
        ],
    };
    let refused = "both are 0 in all headers looked at";
    Examined {
        volume: "amplitude".into(),
        path: "/survey/line_block_7.sgy".into(),
        bytes: 2_953_400_000,
        open: OpenOptions::default(),
        kept: OpenOptions::default(),
        diagnosis: Diagnosis {
            facts,
            verdict: vec![
                "A cube of 560 inlines, 904 crosslines and 1501 samples.".into(),
                "Probed: a few of 472935 trace headers were read; `outcrop scan` reads all of them once.".into(),
                "3330 traces share a bin with an earlier one, which is taken.".into(),
            ],
            candidates: vec![
                candidate((9, 21), 0.93, "bytes 9 and 21 change in steps and fill 93 % of a grid"),
                candidate((17, 21), 0.61, "bytes 17 and 21 fill 61 % of a grid"),
                candidate((189, 193), 0.0, refused),
                candidate((5, 21), 0.0, "no two traces share a number"),
            ],
            ground: Some(Ground {
                unit: "m",
                bytes: (73, 77),
                between_inlines: 25.0,
                between_crosslines: 12.5,
                inline_azimuth: Some(31.4),
                crossline_azimuth: Some(121.4),
                corners: [[1201.0, 300.0, 612_340.0, 5_823_120.0]; 4],
            }),
            map: Some(map()),
            binary_header: vec![],
            extended_text: vec![],
            words: vec![
                word(1, 4, "trace in line", (1, 904), 904),
                word(9, 4, "field record", (1201, 1760), 560),
                word(29, 2, "trace identification", (1, 2), 2),
                word(189, 4, "inline", (0, 0), 1),
            ],
            word_headers: 512,
        },
    }
}

fn panel(keys: &str) -> DoctorPanel {
    let mut panel = DoctorPanel::new(examined());
    for c in keys.chars() {
        panel.press(Key::Char(c));
    }
    panel
}

#[test]
fn looks_at_three_sizes() {
    let overview = panel("");
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| overview.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| overview.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| overview.draw(a, b, t)));
    let words = panel("wj");
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| words.draw(a, b, t)));
    same_without_colour(|a, b, t| words.draw(a, b, t));
}

#[test]
fn every_sheet_draws_at_every_size() {
    for keys in ["", "w", "t", "b", "jjjG"] {
        let panel = panel(keys);
        for size in [(1, 1), (20, 5), (60, 18), (79, 23), (200, 60)] {
            Look::at(size, |a, b, t| panel.draw(a, b, t));
        }
    }
}

#[test]
fn enter_opens_with_the_bytes_in_focus() {
    let named = OpenOptions {
        inline_byte: Some(17),
        crossline_byte: Some(21),
        ..OpenOptions::default()
    };
    assert_eq!(
        panel("j").press(Key::Enter),
        PanelEffect::OpenAs("amplitude".into(), named)
    );
    assert_eq!(
        panel("").press(Key::Enter),
        PanelEffect::OpenAs("amplitude".into(), OpenOptions::default())
    );
    // What seems useless is looked at first.
    let standard = OpenOptions {
        inline_byte: Some(189),
        crossline_byte: Some(193),
        ..OpenOptions::default()
    };
    assert_eq!(
        panel("jj").press(Key::Enter),
        PanelEffect::Examine("amplitude".into(), standard)
    );
    let mut line = examined();
    line.diagnosis.facts.inlines = None;
    let refused = DoctorPanel::new(line).press(Key::Enter);
    assert!(matches!(refused, PanelEffect::Say(text) if text.contains("make no volume")));
}

#[test]
fn words_become_line_numbers() {
    let inline = OpenOptions {
        inline_byte: Some(9),
        ..OpenOptions::default()
    };
    assert_eq!(
        panel("wj").press(Key::Char('i')),
        PanelEffect::Examine("amplitude".into(), inline)
    );
    let short = panel("wjj").press(Key::Char('x'));
    assert!(matches!(short, PanelEffect::Say(text) if text.contains("four bytes")));
    let elsewhere = panel("").press(Key::Char('x'));
    assert!(matches!(elsewhere, PanelEffect::Say(text) if text.contains("header words")));
}

#[test]
fn a_new_diagnosis_keeps_the_sheet() {
    let mut panel = panel("wj");
    assert!(panel.renew(examined()).is_none());
    assert_eq!((panel.sheet, panel.walks[1].at), (Sheet::Words, 1));
    let other = Examined {
        volume: "other".into(),
        ..examined()
    };
    assert!(panel.renew(other).is_some());
}
