//! What the import doctor says.

use super::*;
use crate::io::segy::binary::field;
use crate::io::{Diagnosis, MapState};

fn examined(path: &Path, map: (usize, usize)) -> Diagnosis {
    let options = OpenOptions::default();
    diagnose(path, &options, map, false, &Task::silent()).unwrap_or_else(|e| panic!("{e}"))
}

fn of(scratch: &Scratch, fixture: &Fixture, map: (usize, usize)) -> Diagnosis {
    fixture.write(&scratch.path("in.sgy"));
    examined(&scratch.path("in.sgy"), map)
}

#[test]
fn the_map_shows_holes_dead_and_double_traces() {
    let scratch = Scratch::new();
    let lines: Vec<i32> = (1..=6).collect();
    let mut fixture = Fixture::cube(&lines, &(10..20).collect::<Vec<_>>());
    // Inlines 1, 2 have no crosslines 10 to 14; 3, 4 are dead there.
    for t in &mut fixture.traces {
        t.dead = (3..=4).contains(&t.inline) && t.crossline < 15;
    }
    fixture.traces.retain(|t| t.inline > 2 || t.crossline > 14);
    fixture.traces.push(Trace::at(6, 19));
    let found = of(&scratch, &fixture, (3, 2));
    let map = found.map.as_ref().unwrap();
    assert_eq!((map.rows, map.columns), (3, 2));
    let states: Vec<MapState> = map.cells.iter().map(|c| c.state()).collect();
    assert_eq!(
        states,
        [
            MapState::Missing,
            MapState::Live,
            MapState::Dead,
            MapState::Live,
            MapState::Live,
            MapState::Double,
        ]
    );
    let facts = &found.facts;
    assert_eq!((facts.missing_traces, facts.dead_traces), (10, 10));
    assert_eq!((facts.duplicate_traces, facts.live_traces), (1, 40));
    // Any resolution counts the same traces, and no more cells than bins are made.
    for size in [(1, 1), (4, 7), (100, 100)] {
        let map = of(&scratch, &fixture, size).map.unwrap();
        assert!(map.rows <= 6 && map.columns <= 10);
        let sum = |of: fn(&crate::io::MapCell) -> u64| map.cells.iter().map(of).sum::<u64>();
        assert_eq!((sum(|c| c.live), sum(|c| c.dead)), (40, 10), "{size:?}");
        assert_eq!(
            (sum(|c| c.missing), sum(|c| c.duplicate)),
            (10, 1),
            "{size:?}"
        );
        assert_eq!(map.cell(100, 0), crate::io::MapCell::default());
    }
    let told = found.verdict.join(" ");
    assert!(
        told.contains("10 of 60 bins hold no trace (16.7 %)"),
        "{told}"
    );
    assert!(told.contains("1 traces share a bin"), "{told}");
}

#[test]
fn header_bytes_are_scored_with_reasons() {
    let scratch = Scratch::new();
    let fixture = Fixture {
        inline_byte: 9,
        crossline_byte: 21,
        ..Fixture::cube(&[100, 101, 102], &[7, 8, 9, 10])
    };
    let found = of(&scratch, &fixture, (1, 1));
    let best = &found.candidates[0];
    assert!(best.chosen && best.score == 1.0);
    assert_eq!((best.inline_byte, best.crossline_byte), (9, 21));
    assert_eq!((best.inlines.count, best.crosslines.count), (3, 4));
    let standard = found
        .candidates
        .iter()
        .find(|c| c.inline_byte == 189)
        .unwrap();
    assert!(!standard.chosen && standard.score == 0.0);
    assert!(
        standard.reason.contains("hold 0/0 in every trace"),
        "{}",
        standard.reason
    );
    // Numbers in places that nobody uses are found among all words.
    let odd = Fixture {
        inline_byte: 57,
        crossline_byte: 49,
        ..Fixture::cube(&[100, 101, 102], &[7, 8, 9, 10])
    };
    let found = of(&scratch, &odd, (1, 1));
    assert!(!found.facts.is_cube && found.map.is_none());
    let best = &found.candidates[0];
    assert_eq!((best.inline_byte, best.crossline_byte), (57, 49));
    let told = found.verdict.join(" ");
    assert!(
        told.contains("--inline-byte 57 --crossline-byte 49"),
        "{told}"
    );
}

#[test]
fn ground_words_and_binary_header() {
    let scratch = Scratch::new();
    let fixture = Fixture::cube(&[10, 12, 14], &[8, 7, 6, 5]);
    let mut bytes = fixture.bytes();
    bytes[field::MEASURE] = 2;
    std::fs::write(scratch.path("in.sgy"), bytes).unwrap();
    let found = examined(&scratch.path("in.sgy"), (1, 1));
    let ground = found.ground.as_ref().unwrap();
    assert_eq!((ground.unit, ground.bytes), ("ft", (181, 185)));
    assert_eq!(
        (ground.between_inlines, ground.between_crosslines),
        (50.0, 12.5)
    );
    // Crosslines grow to the east, inlines to the north, whatever way they lie in
    // the file.
    assert_eq!(ground.inline_azimuth, Some(90.0));
    assert_eq!(ground.crossline_azimuth, Some(0.0));
    assert_eq!(found.facts.spacing.unwrap().inline, 15.24);
    let told = found.verdict.join(" ");
    assert!(told.contains("Lengths are in feet."), "{told}");
    assert!(
        told.contains("Crossline numbers fall from trace to trace."),
        "{told}"
    );
    assert!(told.contains("Sorted by inline, then crossline."), "{told}");
    assert_eq!((found.words.len(), found.word_headers), (91, 12));
    let word = found.words.iter().find(|w| w.byte == 193).unwrap();
    assert_eq!((word.min, word.max, word.unique), (5, 8, 4));
    let fields: Vec<(usize, &str)> = found
        .binary_header
        .iter()
        .map(|f| (f.byte, f.value.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            (3217, "2000"),
            (3221, "9"),
            (3225, "5"),
            (3255, "2"),
            (3501, "1.0")
        ]
    );
}

/// Whatever opens is explained in well under a second, in text that is safe to
/// show.
#[test]
fn every_real_file_is_explained() {
    let Some(folder) = data() else { return };
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut explained = 0;
    for name in expected["files"].as_object().unwrap().keys() {
        let began = std::time::Instant::now();
        let options = OpenOptions::default();
        let Ok(found) = diagnose(
            &folder.join(name),
            &options,
            (20, 60),
            false,
            &Task::silent(),
        ) else {
            continue;
        };
        assert!(
            began.elapsed().as_secs() < 1,
            "{name}: {:?}",
            began.elapsed()
        );
        let lines = found.verdict.iter().chain(&found.extended_text);
        let reasons = found.candidates.iter().map(|c| &c.reason);
        for line in lines.chain(reasons).chain(&found.facts.text) {
            assert_eq!(*line, crate::model::printable(line), "{name}");
        }
        assert!(
            !found.verdict.is_empty() && !found.words.is_empty(),
            "{name}"
        );
        assert_eq!(found.map.is_some(), found.facts.inlines.is_some(), "{name}");
        explained += 1;
    }
    assert!(explained > 88, "{explained}");
}
