//! Holds the architecture: which room may use which, and that every arrow that
//! is drawn is used.
#![allow(clippy::unwrap_used, clippy::panic)] // a test that cannot read the sources fails

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The rooms, and the rooms each may use. `lib.rs` draws the same map.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("task", &[]),
    ("io", &["model", "task"]),
    ("attributes", &["model", "task"]),
    ("ml", &["model", "task"]),
    ("picture", &["model"]),
    ("demo", &["model", "task", "io"]),
    ("modules", &["model", "task", "io", "attributes", "ml"]),
    ("runs", &["model", "task", "io", "modules"]),
    ("session", &["model", "io"]),
    (
        "preview",
        &["model", "task", "io", "attributes", "ml", "picture"],
    ),
    (
        "tui",
        &[
            "model", "io", "picture", "session", "runs", "modules", "preview",
        ],
    ),
    (
        "cli",
        &[
            "model", "task", "io", "picture", "demo", "modules", "runs", "session", "tui",
        ],
    ),
];

/// Drawn arrows that nothing uses yet, with what will use them.
const NOT_YET: &[(&str, &str, &str)] = &[];

/// Files that may hold `unsafe` code, with the reason.
const UNSAFE: &[(&str, &str)] = &[
    (
        "task/wide.rs",
        "calls what is compiled for wide registers, once the processor has said that it has them",
    ),
    (
        "ml/forest/permutes.rs",
        "calls AVX-512 VBMI, once the processor has said that it has it; reads and writes registers",
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The code of a file without comments (where a path is prose, not a use).
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Rooms named by `crate::room` and `crate::{room, ...}` paths.
fn used_rooms(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find("crate::") {
        rest = &rest[at + "crate::".len()..];
        let word = |s: &str| {
            s.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        };
        if let Some(group) = rest.strip_prefix('{') {
            let (mut depth, mut first) = (0, true);
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => first = true,
                    c if first && !c.is_whitespace() => {
                        rooms.insert(word(&group[i..]));
                        first = false;
                    }
                    _ => {}
                }
            }
        } else {
            rooms.insert(word(rest));
        }
    }
    rooms
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    let mut wrong = Vec::new();
    for (file, text) in all_sources() {
        let Some((room, _)) = file.split_once('/') else {
            continue;
        };
        let Some(may) = allowed.get(room) else {
            wrong.push(format!("{file}: `{room}` is not a room"));
            continue;
        };
        for other in used_rooms(&code(&text)) {
            if other != room && allowed.contains_key(other.as_str()) {
                if !may.contains(&other.as_str()) {
                    wrong.push(format!("{file}: {room} may not use {other}"));
                }
                used.insert((room.to_owned(), other));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (room, may) in ARROWS {
        for other in *may {
            let arrow = ((*room).to_owned(), (*other).to_owned());
            let waived = NOT_YET.iter().any(|(a, b, _)| a == room && b == other);
            assert_ne!(
                used.contains(&arrow),
                waived,
                "arrow {room} -> {other}: drawn must mean used"
            );
        }
    }
}

#[test]
fn terminal_libraries_stay_in_the_tui() {
    for (file, text) in all_sources() {
        let code = code(&text);
        if !file.starts_with("tui/") {
            for library in ["ratatui", "crossterm"] {
                assert!(
                    !code.contains(&format!("{library}::")),
                    "{file} names {library}"
                );
            }
        }
    }
}

#[test]
fn every_file_says_what_it_holds() {
    for (file, text) in all_sources() {
        assert!(text.starts_with("//!"), "{file} does not begin with `//!`");
    }
}

#[test]
fn unsafe_code_is_where_it_was_agreed() {
    for (file, text) in all_sources() {
        let has = code(&text).contains("unsafe ");
        let may = UNSAFE.iter().any(|(name, _)| *name == file);
        assert_eq!(
            has, may,
            "{file}: unsafe code and the list of UNSAFE differ"
        );
    }
}

#[test]
fn the_map_in_lib_rs_is_this_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = std::fs::read_to_string(root).unwrap();
    for (room, may) in ARROWS {
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("//! {room} ")))
            .unwrap_or_else(|| panic!("lib.rs has no row for {room}"));
        let drawn: BTreeSet<&str> = row
            .split_once("->")
            .map_or("", |(_, b)| b)
            .split_whitespace()
            .collect();
        let meant: BTreeSet<&str> = may.iter().copied().collect();
        assert_eq!(drawn, meant, "row of {room} in lib.rs");
    }
}
