//! Sessions from outside: the file, its history, and what survives the end of
//! the process at any moment.

use std::path::{Path, PathBuf};

use outcrop::io::OpenOptions;
use outcrop::model::{Facies, Polygon, Recipe, SliceKey};
use outcrop::session::{
    Edit, MadeBy, Notice, PickingStep, Session, SessionError, VolumeEntry, VolumeRole, Workspace,
    read, read_text, write_text,
};
use proptest::prelude::*;

fn square(id: &str, facies: &str, slice: SliceKey, at: f64) -> Polygon {
    Polygon {
        id: id.into(),
        facies: facies.into(),
        slice,
        name: None,
        vertices: vec![(at, 10.0), (at + 4.0, 10.0), (at + 4.0, 20.5)],
    }
}

fn small() -> Session {
    let mut session = Session::new("demo");
    session.facies = vec![Facies::new("salt", 1), Facies::new("mtd", 2)];
    session.volumes = vec![
        VolumeEntry::new("amplitude", "a.sgy", VolumeRole::Amplitude),
        VolumeEntry::new("coherence", "c.sgy", VolumeRole::Attribute),
    ];
    session.candidates = vec!["coherence".into()];
    session.polygons = vec![
        square("bbbb", "mtd", SliceKey::Time(512.0), 3.0),
        square("aaaa", "salt", SliceKey::Inline(1010), 5.0),
    ];
    session
}

fn workspace(folder: &Path) -> Workspace {
    Workspace::create(&folder.join("demo.ron"), small()).unwrap()
}

fn text(work: &Workspace) -> String {
    write_text(work.session()).unwrap()
}

/// The files of a folder as a process killed at this moment leaves them.
fn killed(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

fn reopen(folder: &Path) -> Workspace {
    Workspace::open(&folder.join("demo.ron")).unwrap()
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/demo.ron")
}

/// A step that a random test makes, as numbers: which edit, on what, where.
type Seed = (u8, u16, u16, f64, f64);

fn seeds(count: usize) -> impl Strategy<Value = Vec<Seed>> {
    let seed = (0..26_u8, 0..u16::MAX, 0..u16::MAX, -1e3..1e3, 0.1..1e3);
    proptest::collection::vec(seed, 0..count)
}

/// An edit that mostly fits the session: now and then one that does not.
fn edit((kind, a, b, x, y): Seed, session: &Session) -> Edit {
    let (a, b) = (usize::from(a), usize::from(b));
    let polygon = || {
        let n = session.polygons.len().max(1);
        (session.polygons.get(a % n)).map_or("none", |p| p.id.as_str())
    };
    let facies = |i: usize| {
        let n = session.facies.len().max(1);
        (session.facies.get(i % n)).map_or("none", |f| f.name.as_str())
    };
    let volume = || {
        let n = session.volumes.len().max(1);
        (session.volumes.get(a % n)).map_or("none", |v| v.name.as_str())
    };
    let slice = match a % 3 {
        0 => SliceKey::Inline(b as i32 % 7),
        1 => SliceKey::Crossline(b as i32 % 7),
        _ => SliceKey::Time(y),
    };
    let id = polygon().to_owned();
    match kind {
        0..=5 => Edit::AddPolygon(square(&format!("p{a}"), facies(b), slice, x)),
        6 => Edit::RemovePolygon { id },
        7 => Edit::ReplaceVertices {
            id,
            vertices: vec![(x, y), (y, x), (0.0, 0.1), (x, x)],
        },
        8..=9 => Edit::InsertVertex {
            id,
            at: b % 5,
            vertex: (x, y),
        },
        10..=11 => Edit::MoveVertex {
            id,
            at: b % 4,
            to: (x, y),
        },
        12 => Edit::DeleteVertex { id, at: b % 5 },
        13..=14 => Edit::MovePolygon { id, by: (x, y) },
        15 => Edit::RenamePolygon {
            id,
            name: (b % 3 > 0).then(|| format!("name {}", b % 9)),
        },
        16 => Edit::AssignPolygon {
            id,
            facies: facies(b).into(),
        },
        17 => Edit::AddFacies {
            facies: Facies::new(format!("f{}", a % 9), (b % 9) as u8),
            at: (b % 2 == 0).then_some(b % 4),
        },
        18 => Edit::RemoveFacies {
            name: facies(b).into(),
        },
        19 => Edit::RenameFacies {
            name: facies(b).into(),
            to: format!("f{}", a % 9),
        },
        20 => Edit::RecolourFacies {
            name: facies(b).into(),
            colour: (a % 8) as u8,
        },
        21 => {
            let role = [VolumeRole::Attribute, VolumeRole::Classes][b % 2];
            Edit::AddVolume(VolumeEntry::new(format!("v{}", a % 9), "v.sgy", role))
        }
        22 => Edit::RemoveVolume {
            name: volume().into(),
        },
        23 => Edit::SetCandidates(vec![volume().into()]),
        24 => Edit::SetPickingStep(PickingStep {
            lines: a as u32 % 4,
            time: y,
        }),
        _ => Edit::Several(vec![
            Edit::RemovePolygon { id },
            Edit::AddPolygon(square(&format!("q{a}"), facies(b), slice, x)),
        ]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Edits and their inverses alone: back to the last byte, and forth again.
    #[test]
    fn inverses_restore_every_byte(seeds in seeds(60)) {
        let mut session = small();
        session.polygons.sort_by(|a, b| a.facies.cmp(&b.facies));
        let start = write_text(&session).unwrap();
        let mut inverses = Vec::new();
        for seed in seeds {
            let before = write_text(&session).unwrap();
            match edit(seed, &session).apply(&mut session) {
                Ok(inverse) => inverses.push((inverse, before)),
                Err(_) => prop_assert_eq!(write_text(&session).unwrap(), before),
            }
            // Lists are always in order, and the text says all there is.
            let text = write_text(&session).unwrap();
            prop_assert_eq!(&read_text(&text, Path::new("x.ron")).unwrap(), &session);
        }
        let end = write_text(&session).unwrap();
        let mut again = Vec::new();
        for (inverse, before) in inverses.into_iter().rev() {
            again.push(inverse.apply(&mut session).unwrap());
            prop_assert_eq!(write_text(&session).unwrap(), before);
        }
        prop_assert_eq!(write_text(&session).unwrap(), start);
        for edit in again.into_iter().rev() {
            edit.apply(&mut session).unwrap();
        }
        prop_assert_eq!(write_text(&session).unwrap(), end);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Edits, undo, redo, time travel, saves and adoptions in any order, killed
    /// after each: what was on screen comes back, with its undo.
    #[test]
    fn killed_at_any_moment_nothing_is_lost(seeds in seeds(30)) {
        let folder = tempfile::tempdir().unwrap();
        let mut work = workspace(folder.path());
        let mut seen = std::collections::BTreeMap::from([(0, text(&work))]);
        let mut saved = text(&work);
        let mut adopted = false;
        for seed in seeds {
            match seed.1 % 16 {
                0..=1 => { work.undo(usize::from(seed.2 % 3)).unwrap(); }
                2 => { work.redo(usize::from(seed.2 % 3)).unwrap(); }
                3 => { work.earlier(outcrop::session::Far::Steps(usize::from(seed.2 % 5))).unwrap(); }
                4 => { work.later(outcrop::session::Far::Steps(usize::from(seed.2 % 5))).unwrap(); }
                5 => { work.save().unwrap(); saved = text(&work); }
                6 => {
                    let volume = VolumeEntry::new("chaos", format!("r{}.sgy", seed.2), VolumeRole::Attribute);
                    work.adopt(u32::from(seed.2), "0123", vec![volume]).unwrap();
                    adopted = true;
                }
                _ => { let _ = work.apply(edit(seed, work.session())); }
            }
            // A revision is always the same state, by whatever way it is reached.
            let state = text(&work);
            if !adopted {
                let known = seen.entry(work.history().current()).or_insert_with(|| state.clone());
                prop_assert_eq!(&*known, &state);
            }
            prop_assert!(!work.is_saved() || state == saved);
            let copy = killed(folder.path());
            let mut again = reopen(copy.path());
            prop_assert_eq!(text(&again), state.clone());
            if !adopted {
                again.undo(usize::MAX).unwrap();
                prop_assert_eq!(&text(&again), &saved);
            }
        }
    }
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
    session.polygons[1].vertices = odd.iter().map(|&x| (x, x * 7.0 + 1.0)).collect();
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
    session.polygons[1].name = Some("west \"flank\"".into());
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
    assert_eq!(session.code("conformal"), Some(3));
    assert_eq!(session.candidates.len(), 3);
    assert_eq!(session.volumes.len(), 5);
    assert_eq!(session.polygons.len(), 6);
    assert_eq!(session.display_name("4dqf7s9x").unwrap(), "diapir flank");
    assert_eq!(session.display_name("r3t8gm6a").unwrap(), "salt-1");
    for facies in &session.facies {
        assert_eq!(session.polygons_of(&facies.name).count(), 2);
    }
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

/// Not a test of its own: the process that the next test kills.
#[test]
fn picks_until_killed() {
    let Some(folder) = std::env::var_os("OUTCROP_TEST_PICKS") else {
        return;
    };
    let mut work = reopen(Path::new(&folder));
    for n in 0.. {
        let polygon = square(&format!("k{n:06}"), "salt", SliceKey::Inline(n), 1.0);
        work.apply(Edit::AddPolygon(polygon)).unwrap();
        println!("shown {n}");
    }
}

#[test]
fn kill_9_loses_nothing_that_was_shown() {
    use std::io::BufRead;
    for lines in [1, 7, 40] {
        let folder = tempfile::tempdir().unwrap();
        drop(workspace(folder.path()));
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["picks_until_killed", "--exact", "--nocapture"])
            .env("OUTCROP_TEST_PICKS", folder.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let out = std::io::BufReader::new(child.stdout.take().unwrap());
        let shown = |line: String| line.split_once("shown ")?.1.trim().parse::<i32>().ok();
        let mut rest = out.lines().map_while(Result::ok).filter_map(shown);
        let mut last = rest.by_ref().nth(lines).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        last = rest.last().unwrap_or(last);
        let mut work = reopen(folder.path());
        assert!((0..=last).all(|n| work.session().polygon(&format!("k{n:06}")).is_some()));
        assert!(matches!(work.notices(), [Notice::Recovered { edits }] if *edits > last as usize));
        work.undo(usize::MAX).unwrap();
        assert_eq!(work.session(), &small());
    }
}

#[test]
fn a_file_changed_by_someone_else_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let mut work = workspace(folder.path());
    work.apply(Edit::SetProject("mine".into())).unwrap();
    let path = folder.path().join("demo.ron");
    let theirs = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"demo\"", "\"theirs\"");
    std::fs::write(&path, &theirs).unwrap();
    let error = work.save().unwrap_err();
    assert!(
        matches!(error, SessionError::ChangedElsewhere { .. }),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), theirs);
    assert!(!work.is_saved());
    work.write_copy(&folder.path().join("mine.ron")).unwrap();
    assert_eq!(
        read(&folder.path().join("mine.ron")).unwrap().project,
        "mine"
    );
    assert!(work.write_copy(&path).is_err());
    work.overwrite().unwrap();
    assert_eq!(read(&path).unwrap().project, "mine");
    assert!(work.is_saved());
    // Saved again without trouble, and nothing but the session is left behind.
    work.save().unwrap();
    drop(work);
    std::fs::remove_file(folder.path().join("mine.ron")).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_second_opener_is_told_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = workspace(folder.path());
    assert_eq!(one.notices(), []);
    let mut two = reopen(folder.path());
    assert!(matches!(two.notices(), [Notice::OpenElsewhere { owner }]
        if owner.contains(&std::process::id().to_string())));
    one.apply(Edit::SetProject("one".into())).unwrap();
    two.apply(Edit::AddPolygon(square(
        "two",
        "salt",
        SliceKey::Inline(1),
        0.0,
    )))
    .unwrap();
    one.save().unwrap();
    assert!(matches!(
        two.save(),
        Err(SessionError::ChangedElsewhere { .. })
    ));
    let copy = killed(folder.path());
    drop((one, two));
    for folder in [folder.path(), copy.path()] {
        let mut three = reopen(folder);
        assert!(three.notices().iter().any(
            |n| matches!(n, Notice::Rebased { applied: 1, refused: 0, kept, .. } if !kept.exists())
        ), "{:?}", three.notices());
        assert_eq!(three.session().project, "one");
        assert!(three.session().polygon("two").is_some());
        three.save().unwrap();
        drop(three);
        // The journal was kept, and is not taken up again.
        assert!(folder.join("demo.journal.2.kept-1").exists());
        assert_eq!(reopen(folder).notices(), []);
    }
}
