//! The session file: its text, and what is said where it is wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcrop::io::OpenOptions;
use outcrop::model::{Recipe, SliceKey};
use outcrop::session::{Edit, MadeBy, Session, Workspace, read, read_text, write_text};

use crate::{small, square};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/demo.ron")
}

#[test]
fn numbers_come_back_bit_for_bit() {
    let mut session = small();
    let odd = [
        0.1 + 0.2,
        1e300,
        -5e-324,
        1.0 / 3.0,
        -0.0,
        123_456_789.123_456_79,
    ];
    Arc::make_mut(&mut session.polygons[1]).vertices =
        odd.iter().map(|&x| (x, x * 7.0 + 1.0)).collect();
    let text = write_text(&session).unwrap();
    let back = read_text(&text, Path::new("x.ron")).unwrap();
    let bits = |s: &Session| -> Vec<u64> {
        (s.polygons[1].vertices.iter())
            .flat_map(|v| [v.0.to_bits(), v.1.to_bits()])
            .collect()
    };
    assert_eq!(bits(&back), bits(&session));
}

const GOLDEN: &str = r#"#![enable(implicit_some)]
// Outcrop session. Polygons are in survey coordinates: (crossline, time) on an inline,
// (inline, time) on a crossline, (crossline, inline) on a time slice; time in ms.
// Outcrop sorts this file when it saves, and does not keep other comments.
(
  version: 1,
  project: "demo",
  picking_step: (
    lines: 10,
    time: 100.0,
  ),
  facies: [
    (
      name: "salt",
      colour: 1,
    ),
    (
      name: "mtd",
      colour: 2,
    ),
  ],
  volumes: [
    (
      name: "amplitude",
      path: "a.sgy",
      role: Amplitude,
    ),
    (
      name: "coherence",
      path: "c.sgy",
      role: Attribute,
      open: (
        inline_byte: 9,
        crossline_byte: None,
        x_byte: None,
        y_byte: None,
      ),
      made_by: (
        run: 7,
        recipe: (module: "attributes3d", version: "0.1.0", request: "0123456789ab"),
      ),
    ),
  ],
  candidates: [
    "coherence",
  ],
  polygons: [
    (
      id: "bbbb",
      facies: "mtd",
      slice: Time(512.0),
      vertices: [
        (3.0, 10.0),
        (7.0, 10.0),
        (7.0, 20.5),
      ],
    ),
    (
      id: "aaaa",
      facies: "salt",
      slice: Inline(1010),
      name: "west \"flank\"",
      vertices: [
        (5.0, 10.0),
        (9.0, 10.0),
        (9.0, 20.5),
      ],
    ),
  ],
  adopted: [],
)
"#;

#[test]
fn the_format_is_as_it_was() {
    let mut session = small();
    session.volumes[1].open = OpenOptions {
        inline_byte: Some(9),
        ..OpenOptions::default()
    };
    session.volumes[1].made_by = Some(MadeBy {
        run: Some(7),
        recipe: Some(Recipe {
            module: "attributes3d".into(),
            version: "0.1.0".into(),
            request: "0123456789ab".into(),
        }),
    });
    Arc::make_mut(&mut session.polygons[1]).name = Some("west \"flank\"".into());
    let text = write_text(&session).unwrap();
    assert_eq!(text, GOLDEN);
}

#[test]
fn a_new_polygon_adds_lines_and_changes_none() {
    let old = write_text(&small()).unwrap();
    for (facies, slice) in [
        ("mtd", SliceKey::Inline(3)),
        ("salt", SliceKey::Inline(1005)),
        ("salt", SliceKey::Time(4.0)),
    ] {
        let mut session = small();
        Edit::AddPolygon(square("cccc", facies, slice, 8.0))
            .apply(&mut session)
            .unwrap();
        let new = write_text(&session).unwrap();
        let mut lines = new.lines();
        assert!(old.lines().all(|line| lines.any(|other| other == line)));
        assert_eq!(new.lines().count(), old.lines().count() + 10);
    }
}

#[test]
fn the_sample_opens_and_is_in_order() {
    let session = read(&sample()).unwrap();
    assert_eq!(session.facies.len(), 3);
    assert_eq!(session.code("background"), Some(3));
    assert_eq!(session.candidates.len(), 3);
    assert_eq!(session.volumes.len(), 5);
    assert_eq!(session.polygons.len(), 6);
    assert_eq!(session.display_name("4dqf7s9x").unwrap(), "diapir flank");
    assert_eq!(session.display_name("r3t8gm6a").unwrap(), "salt-1");
    for facies in &session.facies {
        assert_eq!(session.polygons_of(&facies.name).count(), 2);
    }
    // Every polygon lies in the demo's survey.
    let grid = outcrop::demo::grid();
    for polygon in &session.polygons {
        assert!(polygon.slice.index(&grid).is_some(), "{}", polygon.id);
        let (a, b) = grid.plane(polygon.slice.direction());
        let inside = |&(x, y): &(f64, f64)| a.index(x).is_some() && b.index(y).is_some();
        assert!(polygon.vertices.iter().all(inside), "{}", polygon.id);
    }
    let names: Vec<&str> = session.facies.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, outcrop::demo::FACIES);
    // Written by hand, and yet what Outcrop would write: comments apart.
    let bare = |text: &str| -> Vec<String> {
        (text.lines().map(str::trim_end))
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(str::to_owned)
            .collect()
    };
    let by_hand = std::fs::read_to_string(sample()).unwrap();
    assert_eq!(bare(&by_hand), bare(&write_text(&session).unwrap()));
}

fn refused(text: &str) -> String {
    let error = read_text(text, Path::new("x.ron")).unwrap_err();
    error.to_string()
}

#[test]
fn what_is_wrong_with_a_session_is_said_with_its_place() {
    let good = write_text(&small()).unwrap();
    let with = |from: &str, to: &str| refused(&good.replacen(from, to, 1));
    let newer = with("version: 1", "version: 7, horizons: [(x: {1: 2})]");
    assert!(newer.starts_with("x.ron: format version 7 is newer than version 1, which outcrop "));
    assert!(newer.contains("; try a newer outcrop"), "{newer}");
    assert_eq!(
        with("project:", "projekt:"),
        "x.ron, line 7, column 3: Unexpected field named `projekt` in `Session`, expected one of \
         `version`, `project`, `picking_step`, `facies`, `volumes`, `candidates`, `polygons`, or \
         `adopted` instead; mend that line, or take an older copy of the file"
    );
    let comma = with("(3.0, 10.0)", "(3.0 10.0)");
    assert!(comma.starts_with("x.ron, line 43, column "), "{comma}");
    assert!(with("role: Amplitude", "role: Sound").contains("`Sound`"));
    assert!(refused("").contains("line 1, column 1"));
    assert!(refused("(project: \"a\")").contains("version"));
    assert_eq!(
        with("facies: \"mtd\"", "facies: \"sand\""),
        "x.ron, line 40: there is no facies `sand`; choose one of salt, mtd, or add it"
    );
    assert_eq!(
        with("(7.0, 20.5)", "(7.0, NaN)"),
        "x.ron, line 39: polygon bbbb: a vertex is not a number; \
         a polygon needs at least 3 different vertices around an area"
    );
    assert!(with("id: \"bbbb\"", "id: \"aaaa\"").contains("line 49: polygon identifier `aaaa`"));
    assert!(with("\"coherence\",\n  ]", "\"x\",\n  ]").contains("no volume `x`"));
    assert!(with("project: \"demo\"", "project: \"my demo\"").ends_with("try `my_demo`"));
    // Nothing from a file reaches the terminal raw.
    assert!(!with("facies: \"mtd\"", "facies: \"\\u{1b}[31m\"").contains('\u{1b}'));
}

#[test]
fn a_file_that_is_no_session_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ron");
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Workspace::open(&path).unwrap_err().to_string()
    };
    assert!(open(b"").contains("not an Outcrop session: it is empty"));
    assert!(open(&[0xff; 3600]).contains("it is not UTF-8 text"));
    let deep = open(format!("(x: {}", "[".repeat(100_000)).as_bytes());
    assert!(deep.contains("Unexpected field named `x`"), "{deep}");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let large = Workspace::open(&path).unwrap_err().to_string();
    assert!(large.contains("more than 256 MB"), "{large}");
    let missing = Workspace::open(&folder.path().join("y.ron")).unwrap_err();
    assert!(missing.to_string().contains("check the name"), "{missing}");
}
