//! Random walks over the keys: what must hold whatever is typed.

use proptest::prelude::*;

use super::{Bench, two_polygons};
use crate::picture::Depth;
use crate::tui::Mode;

/// Keys that change something, and some that only move.
fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "h",
        "j",
        "k",
        "l",
        "4l",
        "3j",
        "H",
        "K",
        "[",
        "]",
        "gx",
        "gi",
        "gt",
        "i",
        "i",
        "Space",
        "Space",
        "Space",
        "Enter",
        "Enter",
        "Backspace",
        "Esc",
        "(",
        ")",
        ")",
        "v",
        "v",
        "n",
        "N",
        "c",
        "a",
        "w",
        "b",
        "ft",
        ",",
        "e",
        "s",
        "S",
        "o",
        "V",
        "%",
        "=",
        "M",
        "yy",
        "yn",
        "p",
        "P",
        "I",
        "I Enter",
        ".",
        "ma",
        "`a",
        "Ctrl-o",
        "go",
        "/ salt Enter",
        "Space e",
        ": confidence Space 70 Enter",
        "x",
        "t",
        "u",
        "Ctrl-r",
        "dd",
        "\"2",
        "R",
        "zf",
        "z1",
        "+",
        "0",
        "G",
        "? Esc",
        "Space p j Enter",
        ": zz Esc",
        "5",
        "g",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn esc_leaves_everything_and_loses_nothing(keys in prop::collection::vec(key(), 0..30)) {
        let mut bench = Bench::with(Depth::Indexed, (80, 24), two_polygons());
        for key in &keys {
            bench.keys(key);
            let _ = bench.screen();
        }
        let (text, draft) = (bench.text(), bench.app.draft.clone());
        bench.keys("Esc Esc Esc Esc Esc");
        prop_assert_eq!(&bench.text(), &text);
        prop_assert_eq!(&bench.app.draft, &draft);
        prop_assert_eq!(bench.app.mode(), Mode::Normal);
        prop_assert!(bench.app.pending.is_empty() && bench.app.layers.is_empty());
        // A split arrow that reaches us as three keys moves at most the slice.
        bench.keys("Esc [ A");
        prop_assert_eq!(bench.text(), text);
    }

    #[test]
    fn undo_goes_back_to_the_first_byte(keys in prop::collection::vec(key(), 0..40)) {
        let mut bench = Bench::with(Depth::Indexed, (80, 24), two_polygons());
        let start = bench.text();
        for key in &keys {
            bench.keys(key);
        }
        bench.keys("Esc Esc Esc 9999 Ctrl-r");
        let end = bench.text();
        // A draft thrown away comes back first; that is no step of the session.
        bench.app.thrown = None;
        bench.keys("9999u");
        prop_assert_eq!(differing(&bench.text(), &start), None);
        bench.keys("9999 Ctrl-r");
        prop_assert_eq!(differing(&bench.text(), &end), None);
    }
}

/// The first line that differs, as it is and as it should be.
fn differing(found: &str, expected: &str) -> Option<(String, String)> {
    let lines = found
        .lines()
        .chain([""; 99])
        .zip(expected.lines().chain([""; 99]));
    let first = lines.into_iter().find(|(a, b)| a != b);
    first.map(|(a, b)| (a.to_owned(), b.to_owned()))
}
