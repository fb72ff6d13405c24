//! Keys to state: before, keys, after; a case for every key of the table.

use super::{Bench, two_polygons};
use crate::model::SliceKey;
use crate::picture::Depth;
use crate::tui::Mode;
use crate::tui::commands::commands;

fn bench() -> Bench {
    Bench::new(Depth::Indexed, (80, 24))
}

fn picked() -> Bench {
    Bench::with(Depth::Indexed, (80, 24), two_polygons())
}

/// Cases without polygons, from `NOR inline 1010 @360,1020`, one cell per sample.
const BROWSING: &[(&str, &str)] = &[
    ("12l 3j", "NOR inline 1010 @372,1032"),
    ("h k", "NOR inline 1010 @359,1016"),
    ("Left Up Up Right Down", "NOR inline 1010 @360,1016"),
    ("H 2J", "NOR inline 1010 @350,1100"),
    ("L K", "NOR inline 1010 @370,980"),
    ("0", "NOR inline 1010 @300,1020"),
    ("$", "NOR inline 1010 @419,1020"),
    ("gg", "NOR inline 1010 @360,700"),
    ("G", "NOR inline 1010 @360,1336"),
    ("1200G 350|", "NOR inline 1010 @350,1200"),
    ("Ctrl-d", "NOR inline 1010 @360,1056"),
    ("Ctrl-u PgDn PgUp", "NOR inline 1010 @360,984"),
    ("]", "NOR inline 1011 @360,1020"),
    ("3[", "NOR inline 1007 @360,1020"),
    ("99]", "NOR inline 1019 @360,1020"),
    ("{", "NOR inline 1000 @360,1020"),
    ("3[ }", "NOR inline 1010 @360,1020"),
    ("gx", "NOR crossline 360 @1010,1020"),
    ("gt", "NOR time 1020 @360,1010"),
    ("gx gi", "NOR inline 1010 @360,1020"),
    ("gt z1 5l gx", "NOR crossline 365 @1010,1020"),
    ("gs 1005 Enter", "NOR inline 1005 @360,1020"),
    (
        ": crossline Space 400 Enter",
        "NOR crossline 400 @1010,1020",
    ),
    (": time Space 902 Enter", "NOR time 904 @360,1010"),
    (": 1003 Enter", "NOR inline 1003 @360,1020"),
    (
        "> < zc zr zs zg zG z= zp zp zl zm zm zm zo zo",
        "NOR inline 1010 @360,1020",
    ),
    ("+ + - zf z1 zz", "NOR inline 1010 @360,1020"),
    ("z2 5l zt z2 za < Enter", "NOR inline 1010 @365,1020"),
    ("zv 5l", "NOR inline 1010 @365,1020"),
    (
        "zn : set Space link Space slow Enter zn",
        "NOR inline 1010 @360,1020",
    ),
    ("zi zx 5l", "NOR inline 1010 @355,1020"),
    ("gt z1 zi zx 2h 3j", "NOR time 1020 @362,1007"),
    ("\"2 Ctrl-l Ctrl-c", "NOR inline 1010 @360,1020"),
    // Peaks of this trace lie 17.95 samples apart, at samples 69.4, 87.4, 105.3.
    ("w", "NOR inline 1010 @360,1048"),
    ("2w", "NOR inline 1010 @360,1120"),
    ("b", "NOR inline 1010 @360,976"),
    ("fp", "NOR inline 1010 @360,1048"),
    ("ft", "NOR inline 1010 @360,1084"),
    ("fz", "NOR inline 1010 @360,1032"),
    ("fe", "NOR inline 1010 @360,1032"),
    ("Fp", "NOR inline 1010 @360,976"),
    ("Ft", "NOR inline 1010 @360,1012"),
    ("Fz", "NOR inline 1010 @360,996"),
    ("Fe", "NOR inline 1010 @360,996"),
    ("ft ;", "NOR inline 1010 @360,1156"),
    ("ft ; ,", "NOR inline 1010 @360,1084"),
    ("e", "NOR inline 1010 @360,1048"),
    ("3e", "NOR inline 1010 @360,1020"),
    ("S w", "NOR inline 1010 @360,1084"),
    ("S S S S w", "NOR inline 1010 @360,1020"),
    // Zoomed out to three samples a cell an event is found all the same.
    ("zf w", "NOR inline 1010 @360,1048"),
    // The letters of a place: its row, then its column.
    ("'aa", "NOR inline 1010 @323,984"),
    ("'cd", "NOR inline 1010 @335,1000"),
    ("'a Esc l", "NOR inline 1010 @361,1020"),
    ("'zz", "NOR inline 1010 @360,1020"),
    ("mq ] 5l `q", "NOR inline 1010 @360,1020"),
    (
        "gt z1 ga 5l ga gl 2h gl gh zH zH",
        "NOR time 1020 @363,1010",
    ),
    ("gs 1005 Enter Ctrl-o", "NOR inline 1010 @360,1020"),
    (
        "gs 1005 Enter gx Ctrl-o Ctrl-o go",
        "NOR inline 1005 @360,1020",
    ),
];

#[test]
fn command_lines_are_completed_and_come_back() {
    let mut bench = bench();
    bench.keys(": vol Tab Space co Tab Enter");
    assert_eq!(bench.app.view.volume.as_deref(), Some("coherence"));
    bench.keys(": volume Space amplitude Enter : Up Up Enter");
    assert_eq!(bench.app.view.volume.as_deref(), Some("coherence"));
    // Two ways to go on: they are shown, and Tab goes through them.
    bench.keys(": quit Tab");
    let screen = bench.screen();
    assert!(screen.contains("leave; unsaved edits stay"), "{screen}");
    bench.keys("Tab Enter");
    assert_eq!(bench.asked.last().map(String::as_str), Some("Quit"));
}

#[test]
fn browsing() {
    for (keys, expected) in BROWSING {
        let mut bench = bench();
        bench.keys("z1").keys(keys);
        assert_eq!(bench.state(), *expected, "after {keys}");
        assert!(bench.work.is_saved(), "{keys} edited the session");
    }
}

/// Cases of drawing, from the same place.
const DRAWING: &[(&str, &str)] = &[
    ("i", "DRAW inline 1010 @360,1020 | draft 360,1020"),
    (
        "i 10l Space 10j Space",
        "DRAW inline 1010 @370,1060 | draft 360,1020 370,1020 370,1060",
    ),
    (
        "i 10l Space 10j Space Enter",
        "NOR inline 1010 @370,1060 | *salt-1 360,1020 370,1020 370,1060",
    ),
    (
        "\"2 i 10l Space 10j Space Enter",
        "NOR inline 1010 @370,1060 | *mtd-1 360,1020 370,1020 370,1060",
    ),
    (
        "i 'cd Space 'df Space Enter",
        "NOR inline 1010 @343,1008 | *salt-1 360,1020 335,1000 343,1008",
    ),
    (
        "i Space Space",
        "DRAW inline 1010 @360,1020 | draft 360,1020",
    ),
    (
        "i l Space l Space 2 Backspace",
        "DRAW inline 1010 @362,1020 | draft 360,1020",
    ),
    (
        "i Backspace j Space",
        "DRAW inline 1010 @360,1024 | draft 360,1024",
    ),
    (
        "i l Space Esc",
        "NOR inline 1010 @361,1020 | draft 360,1020 361,1020",
    ),
    (
        "i l Space Esc ] i",
        "DRAW inline 1010 @361,1020 | draft 360,1020 361,1020",
    ),
    ("i l Space dd", "NOR inline 1010 @361,1020"),
    (
        "i l Space dd u",
        "DRAW inline 1010 @361,1020 | draft 360,1020 361,1020",
    ),
    (
        "i l Space Enter",
        "DRAW inline 1010 @361,1020 | draft 360,1020 361,1020",
    ),
    ("i ] Space", "DRAW inline 1011 @360,1020 | draft 360,1020"),
    ("i 10l Space 10j Space Enter u", "NOR inline 1010 @370,1060"),
    (
        "i 10l Space 10j Space Enter u Ctrl-r",
        "NOR inline 1010 @370,1060 | *salt-1 360,1020 370,1020 370,1060",
    ),
    (
        "\"+ channel Enter i l Space j Space Enter",
        "NOR inline 1010 @361,1024 | *channel-1 360,1020 361,1020 361,1024",
    ),
    (
        "i 10l s Space",
        "DRAW inline 1010 @370,1008 | draft 360,1020 370,1008",
    ),
    (
        "w i t h Space",
        "DRAW inline 1010 @359,1052 | draft 360,1048 359,1052",
    ),
    (
        "i 10l 10j o",
        "NOR inline 1010 @370,1060 | *salt-1 360,1020 370,1020 370,1060 360,1060",
    ),
    (
        "i 10l 10j o ] 10h .",
        "NOR inline 1011 @360,1060 | salt-1 360,1020 370,1020 370,1060 360,1060 \
         | *salt-2 355,1040 365,1040 365,1080 355,1080",
    ),
];

#[test]
fn drawing() {
    for (keys, expected) in DRAWING {
        let mut bench = bench();
        bench.keys("z1").keys(keys);
        assert_eq!(bench.state(), *expected, "after {keys}");
    }
}

#[test]
fn a_traced_event_is_followed_over_the_dome() {
    let mut bench = bench();
    bench.keys("z1 w i t 40l Space");
    let draft = bench.app.draft.clone().unwrap();
    assert!(draft.vertices.len() > 3, "{draft:?}");
    // The peak of 0.35 (t + dome + 0.1 x + 0.3 i) in samples.
    for (a, b) in draft.vertices {
        let x = a - 300.0;
        let dome = 30.0 * (-((x - 80.0) / 25.0).powi(2)).exp();
        let t = (6.0 + 0.25) * std::f64::consts::TAU / 0.35 - dome - 0.1 * x - 3.0;
        let sample = (b - 700.0) / 4.0;
        // Where the dome cuts the peak off it is a little off itself.
        assert!((sample - t).abs() <= 2.0, "{a}: {sample}, not {t}");
    }
    let mut bench = self::bench();
    bench.keys("z1 gt i t");
    assert!(bench.said().contains("no traces"), "{}", bench.said());
}

#[test]
fn copies_and_interpolation_fill_the_slices_between() {
    let mut bench = picked();
    // Drawn on 1010; copied to 1000, and there moved 10 crosslines on.
    bench.keys("z1 ( yp c 10l Enter I");
    assert!(
        bench.said().starts_with("9 polygons between 2"),
        "{}",
        bench.said()
    );
    let before = bench.text();
    bench.keys("5]");
    assert_eq!(bench.text(), before, "only proposed");
    assert!(bench.said().is_empty());
    bench.keys("Enter");
    let session = bench.work.session();
    let made: Vec<_> = session
        .polygons
        .iter()
        .filter(|p| p.origin.interpolated)
        .collect();
    assert_eq!(made.len(), 9);
    let middle = made
        .iter()
        .find(|p| p.slice == SliceKey::Inline(1005))
        .unwrap();
    assert_eq!(middle.vertices[0], (375.0, 980.0));
    bench.keys("u");
    assert_eq!(bench.text(), before, "one step of undo");
    bench.keys(": interp Space 1002 Space 1004 Enter Enter");
    let session = bench.work.session();
    assert_eq!(
        session
            .polygons
            .iter()
            .filter(|p| p.origin.interpolated)
            .count(),
        3
    );
}

#[test]
fn polygons_of_a_facies_merge_and_part_again() {
    let mut drawn = two_polygons();
    drawn.push((
        "salt",
        SliceKey::Inline(1010),
        vec![
            (385.0, 1000.0),
            (410.0, 1000.0),
            (410.0, 1060.0),
            (385.0, 1060.0),
        ],
    ));
    let mut bench = Bench::with(Depth::Indexed, (80, 24), drawn);
    let before = bench.text();
    bench.keys("z1 ) ) 400| 1020G M");
    assert!(bench.said().contains("merged"), "{}", bench.said());
    let session = bench.work.session();
    assert_eq!(session.polygons_of("salt").count(), 1);
    assert_eq!(
        session.polygons_of("salt").next().unwrap().vertices.len(),
        8
    );
    bench.keys("u");
    assert_eq!(bench.text(), before);
    bench.keys(") ) 320| 920G M");
    assert!(bench.said().contains("another facies"), "{}", bench.said());
}

#[test]
fn what_is_wrong_with_an_outline_is_said_while_it_is_edited() {
    let mut bench = picked();
    bench.keys("z1 ( 370| v c 20l 45j");
    assert!(bench.app.crossing.is_some(), "while it is carried");
    bench.keys("Enter");
    assert!(
        bench.said().contains("crosses itself at ×"),
        "{}",
        bench.said()
    );
    let mut bench = picked();
    bench.keys("z1 ) c 50l 20j Enter");
    assert!(
        bench.said().contains("lie in salt-1 too"),
        "{}",
        bench.said()
    );
    bench.keys("u Enter");
    assert!(!bench.said().contains("salt-1 too"));
}

#[test]
fn live_classes_follow_every_edit() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("Space c");
    let salt = |bench: &Bench| {
        let answer = bench.app.live.answer.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(answer.slice.step, 1);
        let codes = answer.slice.plane();
        codes.iter().filter(|c| **c == 1.0).count()
    };
    let before = salt(&bench);
    assert!(before > 0);
    assert!(bench.screen().contains("live classes of "));
    // What is carried counts, and so does undo.
    bench.keys("( 370| v c 30h");
    let carried = salt(&bench);
    assert_ne!(carried, before);
    bench.keys("Esc Esc u");
    bench.keys("]");
    let key = bench.app.view.key().unwrap();
    assert!(bench.app.live.classes(&key).is_some());
    bench.keys("Space c");
    assert!(bench.app.live.classes(&key).is_none());
    assert!(!bench.screen().contains("+ live classes"));
}

#[test]
fn live_classes_wait_for_two_facies() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons()[..1].to_vec());
    bench.keys("Space c");
    assert!(bench.said().contains("two facies need polygons"));
    bench.keys("Space n");
    assert!(bench.said().contains("two facies need polygons"));
}

#[test]
fn the_next_spot_is_gone_to_with_its_box() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("Space n");
    let screen = bench.screen();
    assert!(
        screen.contains("draw next") && screen.contains("Draw on "),
        "{screen}"
    );
    bench.keys("j Enter");
    let spot = bench.app.live.spot.clone().unwrap();
    assert!(bench.app.is_here(&spot.slice));
    let (a, b) = bench.app.view.cursor_value();
    let [from, to] = spot.corners;
    assert!((from.0..=to.0).contains(&a) && (from.1..=to.1).contains(&b));
    assert!(bench.said().contains("i draws"));
    // The box goes with the next polygon.
    bench.keys("i 2l Space 5j Space 5h Space Enter");
    assert!(bench.app.live.spot.is_none());
}

#[test]
fn polygons_say_who_drew_them_and_how_surely() {
    let mut bench = picked();
    bench.keys("( : confidence Space 80 Enter : author Space kim Enter");
    let origin = &bench.work.session().polygon("p0").unwrap().origin;
    assert_eq!(
        (origin.confidence, origin.author.as_deref()),
        (Some(80), Some("kim"))
    );
    bench.keys(": confidence Space 101 Enter");
    assert!(bench.said().contains("0 to 100"));
    bench.app.signature = || crate::model::Origin {
        date: Some("2026-11-22".into()),
        ..Default::default()
    };
    bench.keys("i l Space j Space Enter");
    let drawn = bench.app.polygon.clone().unwrap();
    let origin = &bench.work.session().polygon(&drawn).unwrap().origin;
    assert_eq!(origin.date.as_deref(), Some("2026-11-22"));
}

const MTD: &str = "mtd-1 310,900 340,880 345,980";
const SALT: &str = "salt-1 370,980 390,980 400,1140 362,1140";

/// Cases with the two polygons, from `NOR inline 1010 @360,1020`. `M` and `S`
/// stand for the polygons as they were.
const EDITING: &[(&str, &str)] = &[
    (")", "NOR inline 1010 @332,920 | *M | S"),
    (") )", "NOR inline 1010 @381,1060 | M | *S"),
    ("(", "NOR inline 1010 @381,1060 | M | *S"),
    ("380| Enter", "NOR inline 1010 @380,1020 | M | *S"),
    ("Enter", "NOR inline 1010 @360,1020 | M | S"),
    ("( z. 5l", "NOR inline 1010 @386,1060 | M | *S"),
    ("( 370| v", "EDIT inline 1010 @370,980 | M | *S"),
    ("( v", "EDIT inline 1010 @390,980 | M | *S"),
    ("( 370| v n Tab", "EDIT inline 1010 @400,1140 | M | *S"),
    (
        "( 370| v N Shift-Tab",
        "EDIT inline 1010 @400,1140 | M | *S",
    ),
    ("( 370| v 399| Enter", "EDIT inline 1010 @390,980 | M | *S"),
    ("( 370| v c 5h 2k", "MOVE inline 1010 @365,972 | M | *S"),
    (
        "( 370| v c 5h 2k Enter",
        "EDIT inline 1010 @365,972 | M | *salt-1 365,972 390,980 400,1140 362,1140",
    ),
    (
        "( 370| v c 5h Space u",
        "EDIT inline 1010 @365,980 | M | *S",
    ),
    ("( 370| v c 5h Esc", "EDIT inline 1010 @370,980 | M | *S"),
    (
        "( 370| v c 5h Backspace",
        "MOVE inline 1010 @370,980 | M | *S",
    ),
    ("( 370| v c Enter", "EDIT inline 1010 @370,980 | M | *S"),
    ("( 370| v c x 5h 2k", "MOVE inline 1010 @365,980 | M | *S"),
    ("( 370| v c 5h t 2k", "MOVE inline 1010 @370,972 | M | *S"),
    ("( 370| v c x x 5h 2k", "MOVE inline 1010 @365,972 | M | *S"),
    (
        "( 370| v i 2k Enter",
        "EDIT inline 1010 @380,972 | M | *salt-1 370,980 380,972 390,980 400,1140 362,1140",
    ),
    ("( 370| v i 2k Esc", "EDIT inline 1010 @380,980 | M | *S"),
    (
        "( 370| v 380| 3k a",
        "EDIT inline 1010 @380,968 | M | *salt-1 370,980 380,968 390,980 400,1140 362,1140",
    ),
    (
        "( 370| v n x",
        "EDIT inline 1010 @390,980 | M | *salt-1 370,980 400,1140 362,1140",
    ),
    (") 345| 15j v x", "EDIT inline 1010 @345,980 | *M | S"),
    (") 345| 15j v x x", "NOR inline 1010 @345,980 | S"),
    (") 345| 15j v x n x", "EDIT inline 1010 @310,900 | *M | S"),
    ("( 370| v Esc", "NOR inline 1010 @370,980 | M | *S"),
    ("( 370| v ]", "NOR inline 1011 @370,980 | M | *S"),
    ("( 370| v c ]", "MOVE inline 1010 @370,980 | M | *S"),
    (
        "( c 10l 5j Enter",
        "NOR inline 1010 @391,1080 | M | *salt-1 380,1000 400,1000 410,1160 372,1160",
    ),
    ("( c 10l Esc", "NOR inline 1010 @381,1060 | M | *S"),
    ("( dd", "NOR inline 1010 @381,1060 | M"),
    ("( dd u", "NOR inline 1010 @381,1060 | M | *S"),
    ("( 370| v dd", "NOR inline 1010 @370,980 | M"),
    (
        "( r dome Enter",
        "NOR inline 1010 @381,1060 | *dome 370,980 390,980 400,1140 362,1140 | M",
    ),
    (
        "( \"3 R",
        "NOR inline 1010 @381,1060 | *background-1 370,980 390,980 400,1140 362,1140 | M",
    ),
    ("5[ gn", "NOR inline 1010 @360,1020 | M | S"),
    ("5] gp", "NOR inline 1010 @360,1020 | M | S"),
    ("Space p", "LIST inline 1010 @360,1020 | *M | S"),
    (
        "Space p j Down k j Enter",
        "NOR inline 1010 @370,980 | M | *S",
    ),
    ("Space p dd Esc", "NOR inline 1010 @360,1020 | S"),
    ("? Tab Shift-Tab j k ?", "NOR inline 1010 @360,1020 | M | S"),
    (
        ": facies Space rename Space 1 Space halite Enter",
        "NOR inline 1010 @360,1020 | halite-1 370,980 390,980 400,1140 362,1140 | M",
    ),
    (
        "375| 980G i 395| 1060G a",
        "DRAW inline 1010 @395,1060 | draft 375,980 390,980 395,1060 | M | S",
    ),
    ("( dd ) .", "NOR inline 1010 @332,920"),
    (
        "( 370| v c 5h Enter n .",
        "EDIT inline 1010 @390,980 | M | *salt-1 365,980 385,980 400,1140 362,1140",
    ),
    (
        "( 370| v v n v c 5h Enter",
        "EDIT inline 1010 @385,980 | M | *salt-1 365,980 385,980 400,1140 362,1140",
    ),
    (
        "( 370| v v n v c 5h Esc",
        "EDIT inline 1010 @390,980 | M | *S",
    ),
    (
        "( 370| v v v c 5h Enter",
        "EDIT inline 1010 @365,980 | M | *salt-1 365,980 390,980 400,1140 362,1140",
    ),
    ("( 370| v v 3n V % x x", "NOR inline 1010 @362,1140 | M"),
    (
        "( 370| v % % n n x",
        "EDIT inline 1010 @400,1140 | M | *salt-1 370,980 390,980 362,1140",
    ),
    (
        "( 370| v v n V Esc Esc",
        "NOR inline 1010 @390,980 | M | *S",
    ),
    ("( 370| v v n n s u", "EDIT inline 1010 @400,1140 | M | *S"),
    ("( 370| v v n s", "EDIT inline 1010 @390,980 | M | *S"),
    (
        "( 370| v 380| a 3= Enter",
        "EDIT inline 1010 @380,980 | M | *S",
    ),
    ("( 370| v i Enter = =", "EDIT inline 1010 @380,980 | M | *S"),
    (
        "( 370| v i Enter = Esc",
        "EDIT inline 1010 @380,980 | M | *salt-1 370,980 380,980 390,980 400,1140 362,1140",
    ),
    (
        "( yy ] p",
        "NOR inline 1011 @381,1060 | M | salt-1 370,980 390,980 400,1140 362,1140 | *salt-2 370,980 390,980 400,1140 362,1140",
    ),
    ("( yy p", "NOR inline 1010 @381,1060 | M | *S"),
    ("( yy gx p", "NOR crossline 381 @1010,1060 | M | *S"),
    (
        "( yy ] 5l P",
        "NOR inline 1011 @386,1060 | M | salt-1 370,980 390,980 400,1140 362,1140 | *salt-2 375,980 395,980 405,1140 367,1140",
    ),
    ("( yn", "NOR inline 1010 @381,1060 | M | *S"),
    (
        "( yp",
        "NOR inline 1000 @381,1060 | M | *salt-1 370,980 390,980 400,1140 362,1140 | salt-2 370,980 390,980 400,1140 362,1140",
    ),
    ("5] P", "NOR inline 1015 @360,1020 | M | S"),
    ("( I", "NOR inline 1010 @381,1060 | M | *S"),
    (
        "( yp 3I Esc",
        "NOR inline 1000 @381,1060 | M | *salt-1 370,980 390,980 400,1140 362,1140 | salt-2 370,980 390,980 400,1140 362,1140",
    ),
    (
        ": 1009 Enter 370| 980G M",
        "NOR inline 1009 @370,980 | M | S",
    ),
    ("( M", "NOR inline 1010 @381,1060 | M | *S"),
    ("Space e", "NOR inline 1010 @360,1020 | M | S"),
    ("Space E Ctrl-e Ctrl-y", "NOR inline 1010 @360,1020 | M | S"),
    ("Space c", "NOR inline 1010 @360,1020 | M | S"),
    ("Space n Esc", "NOR inline 1010 @360,1020 | M | S"),
    ("( dd : earlier Enter", "NOR inline 1010 @381,1060 | M | *S"),
    (
        "( dd : earlier Space 5m Enter : later Space 1 Enter",
        "NOR inline 1010 @381,1060 | M",
    ),
    ("/ salt Enter", "NOR inline 1010 @381,1060 | M | *S"),
    ("/ 1 Enter n", "NOR inline 1010 @381,1060 | M | *S"),
    ("/ 1 Enter n n N", "NOR inline 1010 @381,1060 | M | *S"),
    ("/ gypsum Enter", "NOR inline 1010 @360,1020 | M | S"),
    (
        "zh 3l Tab H h 2L = s Enter",
        "NOR inline 1010 @360,1020 | M | S",
    ),
    (
        "zo zu zk zj : threshold Space 0.7 Enter zO zO zO z3 zM : overlay Space none Enter",
        "NOR inline 1010 @360,1020 | M | S",
    ),
    (
        "z| z> 3z< z| zw l zw : set Space ve Space 2 Enter : set Space ve Space off Enter zN",
        "NOR inline 1010 @361,1020 | M | S",
    ),
    ("gm l Enter", "NOR inline 1010 @361,1020 | M | S"),
    ("gm j x", "NOR crossline 360 @1011,1020 | M | S"),
    ("Ctrl-p undo Enter", "NOR inline 1010 @360,1020 | M | S"),
    (
        "Ctrl-g q Ctrl-z Space s Space d",
        "NOR inline 1010 @360,1020 | M | S",
    ),
];

#[test]
fn editing() {
    let mut wrong = Vec::new();
    for (keys, expected) in EDITING {
        let expected: Vec<String> = expected
            .split(" | ")
            .map(|part| match part {
                "M" => MTD.to_owned(),
                "S" => SALT.to_owned(),
                "*M" => format!("*{MTD}"),
                "*S" => format!("*{SALT}"),
                part => part.to_owned(),
            })
            .collect();
        let (mut bench, expected) = (picked(), expected.join(" | "));
        bench.keys("z1").keys(keys);
        if bench.state() != expected {
            wrong.push(format!(
                "{keys}\n  {}\n  not {expected}\n  {}",
                bench.state(),
                bench.said()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_key_of_the_table_has_a_case() {
    let mut ran = std::collections::BTreeSet::new();
    for (cases, with_polygons) in [(BROWSING, false), (DRAWING, false), (EDITING, true)] {
        for (keys, _) in cases {
            let mut bench = if with_polygons { picked() } else { bench() };
            bench.keys("z1").keys(keys);
            ran.extend(bench.app.ran.iter().copied());
        }
    }
    let opens_panel = |name: &str| {
        ["launch", "runs", "modules", "result", "file"]
            .iter()
            .any(|w| name.contains(w))
    };
    let missing: Vec<&str> = commands()
        .filter(|c| c.modes().any(|m| m != Mode::Panel))
        .map(|c| c.name)
        .filter(|name| !ran.contains(name) && !opens_panel(name))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn a_crossing_outline_is_refused_and_the_crossing_marked() {
    let mut bench = bench();
    bench.keys("z1 i 10l 10j Space 10k Space 10h 10j Space Enter");
    assert_eq!(bench.app.mode(), Mode::Draw);
    assert!(bench.said().contains("crosses itself"), "{}", bench.said());
    assert!(bench.screen().contains('×'));
    assert_eq!(bench.app.crossing, Some((365.0, 1040.0)));
    bench.keys("Backspace");
    assert_eq!(bench.app.crossing, None);
}

#[test]
fn a_six_cornered_polygon_takes_fewer_than_thirty_keys() {
    let keys = "i 9l Space 4l6j Space 4h6j Space 9h Space 4h6k Space Enter";
    assert!(crate::tui::key::places(keys).len() <= 30);
    let mut bench = bench();
    bench.keys(keys);
    assert_eq!(bench.work.session().polygons[0].vertices.len(), 6);
}

#[test]
fn six_vertices_on_events_take_fewer_than_thirty_keys() {
    // Along a peak, down to a trough two cycles below, and back along that.
    let keys = "w i L s Space L Space 2w Space H S Space H Space Enter";
    assert!(crate::tui::key::places(keys).len() <= 30);
    let mut bench = bench();
    bench.keys(keys);
    assert_eq!(bench.app.mode(), Mode::Normal, "{}", bench.said());
    let polygons = &bench.work.session().polygons;
    assert_eq!(polygons[0].vertices.len(), 6, "{:?}", polygons[0].vertices);
}

#[test]
fn six_vertices_anywhere_take_fewer_than_thirty_keys() {
    // By the letters of their places: no counting of cells.
    let keys = "'ck i 'bm Space 'dp Space 'gq Space 'ho Space 'fj Space Enter";
    assert!(crate::tui::key::places(keys).len() <= 30);
    let mut bench = bench();
    bench.keys(keys);
    assert_eq!(bench.app.mode(), Mode::Normal, "{}", bench.said());
    assert_eq!(bench.work.session().polygons[0].vertices.len(), 6);
}

#[test]
fn letters_stand_where_they_lead() {
    for (size, keys) in [((60, 18), "zf"), ((80, 24), "z1"), ((200, 60), "+ + +")] {
        let mut bench = Bench::new(Depth::Plain, size);
        bench.keys(keys).keys("'");
        let screen = bench.screen();
        for label in ["aa", "bc", "ed"] {
            let mut rows = screen.lines().enumerate();
            let at = |(y, row): (usize, &str)| Some((row[..row.find(label)?].chars().count(), y));
            let (x, y) = rows.find_map(at).unwrap();
            let (row, column) = label.split_at(1);
            bench.keys(&format!("Esc '{row}"));
            let only = bench.screen();
            assert!(only.contains(label), "{only}");
            bench.keys(column);
            let pane = bench.app.panes()[0].clone();
            let cell = pane.window.cell(bench.app.view.cursor()).unwrap();
            let off = (
                (cell.0 + usize::from(pane.picture.x)).abs_diff(x),
                (cell.1 + usize::from(pane.picture.y)).abs_diff(y),
            );
            // A sample may fill several cells.
            let fills = |each: f64| (1.0 / each).ceil() as usize - 1;
            let most = (fills(pane.window.across), fills(pane.window.down));
            assert!(
                off.0 <= most.0 && off.1 <= most.1,
                "{label} at {size:?}: {off:?}"
            );
        }
        bench.keys("' Esc");
        assert!(bench.app.hopping().is_none());
    }
}

#[test]
fn a_new_outline_has_straight_edges() {
    let mut bench = bench();
    bench.keys("i t");
    assert!(bench.app.picking.tracing);
    bench.keys("l Space dd i");
    assert!(!bench.app.picking.tracing);
}

#[test]
fn the_first_polygon_asks_for_its_facies() {
    let mut bench = bench();
    for name in ["salt", "mtd", "background"] {
        bench.keys(&format!(": facies Space delete Space {name} Enter"));
    }
    assert!(bench.work.session().facies.is_empty());
    bench.keys("i");
    assert_eq!(bench.app.mode(), Mode::Command);
    bench.keys("s a l t Enter l Space j Space Enter");
    assert_eq!(bench.app.mode(), Mode::Normal, "{}", bench.said());
    assert_eq!(bench.work.session().polygons[0].facies, "salt");
}

#[test]
fn a_still_waits_for_a_key_that_does_nothing_else() {
    use crate::tui::action::{Action, Effect, Opening};
    let mut bench = bench();
    bench.keys(": still Space sixel Enter");
    assert!(
        bench.asked.iter().any(|e| e.contains("Still")),
        "{:?}",
        bench.asked
    );
    let shown = Action::Opening(Ok(Opening::Still(b"pixels".to_vec())));
    let effects = bench
        .app
        .step(shown, bench.work.session(), std::time::Instant::now());
    assert_eq!(effects.first(), Some(&Effect::Show(b"pixels".to_vec())));
    assert!(!bench.app.take_dirty());
    let before = bench.state();
    bench.keys("l");
    assert_eq!(bench.state(), before);
    assert!(bench.app.take_dirty());
}

#[test]
fn a_command_that_cannot_run_says_why() {
    let mut bench = bench();
    bench.keys("v");
    assert!(
        bench
            .said()
            .contains("Enter takes the one under the cursor")
    );
    bench.keys(": facies Space delete Space gypsum Enter");
    assert!(bench.said().contains("there is no facies gypsum"));
    bench.keys(": inline Space 7 Enter");
    assert!(
        bench.said().contains("holds 1000 to 1019"),
        "{}",
        bench.said()
    );
    bench.keys(": frobnicate Enter");
    assert!(bench.said().contains("not a command"));
    bench.keys(": polygons Space write Enter");
    assert!(bench.said().contains("takes FILE"));
}

#[test]
fn saving_and_leaving_are_asked_of_the_loop() {
    let mut bench = bench();
    bench.keys("q");
    assert_eq!(bench.asked, ["Quit"]);
    bench.keys("i l Space j Space Enter q");
    assert_eq!(
        bench.asked.len(),
        1,
        "unsaved edits are not left without a word"
    );
    bench.keys("y");
    assert!(bench.asked[1].contains("leave: true"), "{:?}", bench.asked);
    bench.keys(": q Enter");
    assert!(bench.said().contains("unsaved"));
    bench.keys(": q! Enter");
    assert_eq!(bench.asked.last().unwrap(), "Quit");
    bench.keys(": polygons Space write Space salt.txt Enter");
    assert!(bench.asked.last().unwrap().contains("salt.txt"));
}

#[test]
fn a_pending_prefix_shows_its_menu_after_a_while() {
    let mut bench = bench();
    bench.keys("g");
    bench.wait(299);
    assert!(!bench.app.menu);
    bench.wait(2);
    assert!(bench.app.menu && bench.screen().contains("the inline through the cursor"));
    bench.keys("Esc");
    assert!(!bench.app.menu && bench.app.pending.is_empty());
}

#[test]
fn polygons_elsewhere_are_found_by_their_facies() {
    let there = vec![(
        "salt",
        SliceKey::Inline(1014),
        vec![(370.0, 980.0), (390.0, 980.0), (400.0, 1140.0)],
    )];
    let mut bench = Bench::with(Depth::Indexed, (80, 24), there);
    bench.keys("gn");
    assert!(bench.state().starts_with("NOR inline 1014"));
    bench.keys("\"2 gp");
    assert!(bench.said().contains("no inline before"));
}

#[test]
fn volumes_open_once_and_keep_their_looks() {
    let mut bench = bench();
    bench.keys(">");
    assert_eq!(bench.app.view.volume.as_deref(), Some("coherence"));
    let clip = bench.app.view.look().clip.unwrap();
    assert!(
        clip.low > 0.0,
        "an attribute is not clipped around 0: {clip:?}"
    );
    bench.keys("zr <");
    assert!(!bench.app.view.look().reversed);
    bench.keys(">");
    assert!(bench.app.view.look().reversed);
}

#[test]
fn clips_move_by_keys_and_the_picture_follows() {
    let mut bench = bench();
    let before = bench.app.view.look();
    assert!(before.fitted);
    bench.keys("zh");
    assert_eq!(bench.app.mode(), Mode::Clip);
    let picture = bench.buffer();
    bench.keys("10h");
    let after = bench.app.view.look();
    let (was, is) = (before.clip.unwrap(), after.clip.unwrap());
    assert!(is.high < was.high && is.low.to_bits() == was.low.to_bits());
    assert!(!after.fitted && bench.buffer() != picture);
    // Finer and coarser: ten fine steps are a coarse one.
    bench.keys("L");
    let back = bench.app.view.look().clip.unwrap();
    assert!((back.high - was.high).abs() < 1e-4 * was.high, "{back:?}");
    // The clips never meet.
    bench.keys("Tab 99L");
    let tight = bench.app.view.look().clip.unwrap();
    assert!(tight.low < tight.high);
    bench.keys("=");
    assert_eq!(bench.app.view.look(), before);
    bench.keys("Tab 2h Esc");
    assert_eq!(bench.app.mode(), Mode::Normal);
    let kept = bench.app.view_state().volumes["amplitude"].clip.unwrap();
    assert_eq!(kept.1 as f32, bench.app.view.look().clip.unwrap().high);
    bench.keys(": volume Space rfc3d Enter zh");
    assert!(bench.said().contains("no clips"), "{}", bench.said());
}

#[test]
fn what_was_looked_at_comes_back() {
    comes_back("z1 gx 7] 3j \"2 > zr i l Space");
    comes_back("z| 3z> zw : set Space ve Space 3 Enter zi zO");
    comes_back("za zh 5h Enter zn gt");
    comes_back("zv zo : threshold Space 0.7 Enter");
    comes_back("z2");
    comes_back(": rgb Space amplitude Space coherence Space amplitude Enter");
}

fn comes_back(keys: &str) {
    let mut first = picked();
    first.keys(keys).rest();
    let kept = first.app.view_state();
    let mut second = picked();
    second.app = crate::tui::app::App::new("small.ron".into(), Depth::Indexed, (80, 24));
    second.app.take_view_state(&kept, second.work.session());
    let effects = second.app.begin(second.work.session(), second.now);
    second.carry_out(effects);
    second.rest();
    assert_eq!(second.app.view_state(), kept);
    if first.app.draft.is_none() {
        // The cursor of a draft is not where the view was left.
        assert_eq!(second.screen(), first.keys("Esc").screen(), "{keys}");
    }
    assert_eq!(second.app.view.key(), first.app.view.key());
    assert_eq!(second.app.draft, first.app.draft);
}
