//! Screens: text at three sizes, and what must hold of their colours.

use ratatui::style::{Color, Modifier};

use super::{Bench, two_polygons};
use crate::modules::{GtmResult, LatentMap};
use crate::picture::Depth;
use crate::tui::chart::Chart;
use crate::tui::panels::{LatentPanel, ResultFacts};

fn plain(size: (u16, u16)) -> Bench {
    Bench::with(Depth::Plain, size, two_polygons())
}

#[test]
fn slices_at_three_sizes() {
    for size in [(60, 18), (80, 24), (120, 40)] {
        let mut bench = plain(size);
        bench.keys("( c 4l 3j");
        insta::assert_snapshot!(format!("move_{}x{}", size.0, size.1), bench.screen());
    }
    let mut bench = plain((80, 24));
    bench.keys("gt");
    insta::assert_snapshot!("time_80x24", bench.screen());
}

#[test]
fn several_pictures() {
    for (name, keys, size) in [
        ("swipe", "z| 4z> (", (80, 24)),
        ("wiggles", "zw 20l", (80, 24)),
        ("wiggles", "zw zi zx (", (120, 40)),
        ("wiggles_time", "zw gt 30l", (80, 24)),
        ("exaggerated", ": set Space ve Space 2 Enter", (80, 24)),
        ("histogram", "zh 6h", (60, 18)),
        ("histogram", "zh 6h", (120, 40)),
        ("linked", "zv ( 5l", (120, 40)),
        ("linked", "zv gx (", (200, 60)),
        ("beside", "z2 ( v", (80, 24)),
        ("beside", "z2 (", (120, 40)),
        ("gallery", "za > 5l", (80, 24)),
        ("gallery", "za", (200, 60)),
    ] {
        let mut bench = plain(size);
        bench.keys(keys).rest();
        insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), bench.screen());
    }
}

const LAYERS: &[(&str, crate::session::VolumeRole)] = &[
    (
        "rfc3d_probability_salt",
        crate::session::VolumeRole::Quantity,
    ),
    ("gtm_confidence", crate::session::VolumeRole::Quantity),
    ("dip", crate::session::VolumeRole::Attribute),
    ("energy", crate::session::VolumeRole::Attribute),
];

/// Cells of the picture that fit.
fn cells(bench: &Bench, fits: impl Fn(&ratatui::buffer::Cell) -> bool) -> usize {
    let picture = bench.app.panes()[0].picture;
    let buffer = bench.buffer();
    (picture.positions()).filter(|p| fits(&buffer[*p])).count()
}

#[test]
fn a_probability_tints_where_it_is_high_enough() {
    let salt = [94, 130, 172, 214, 222].map(Color::Indexed);
    let tinted = |cell: &ratatui::buffer::Cell| salt.contains(&cell.fg) || salt.contains(&cell.bg);
    let mut bench = Bench::of(Depth::Indexed, (80, 24), Vec::new(), LAYERS);
    bench.keys(": overlay Space rfc3d_probability_salt Enter");
    let half = cells(&bench, tinted);
    assert!(half > 20, "{half}");
    bench.keys("5zk");
    assert!(bench.said().contains("0.75"), "{}", bench.said());
    let surer = cells(&bench, tinted);
    assert!(surer > 0 && surer < half, "{surer} of {half}");
    bench.keys("5zj zO");
    let thin = cells(&bench, tinted);
    assert!(thin > 0 && thin < half * 2 / 3, "{thin} of {half}");
    assert!(bench.screen().contains("≥ 0.50"));
    bench.keys(": overlay Space none Enter");
    assert_eq!(cells(&bench, tinted), 0);
}

#[test]
fn doubt_is_hatched_over_classes_in_any_depth() {
    for (depth, stroke) in [
        (Depth::Indexed, "╱"),
        (Depth::Plain, "/"),
        (Depth::True, "╱"),
    ] {
        let mut bench = Bench::of(depth, (80, 24), Vec::new(), LAYERS);
        let struck = |cell: &ratatui::buffer::Cell| cell.symbol() == stroke;
        bench.keys("zo zu");
        let half = cells(&bench, struck);
        assert!(half > 50, "{depth:?} {half}");
        bench.keys("8zj");
        let less = cells(&bench, struck);
        assert!(less < half, "{depth:?}: {less} of {half}");
        assert!(bench.screen().contains("╱ gtm_confidence < 0.10"));
        bench.keys("zu");
        assert_eq!(cells(&bench, struck), 0);
        bench.rest();
        assert_eq!(bench.app.deadline(), None);
    }
}

/// A latent map of sixteen nodes, its coordinates in two volumes of the bench.
fn small_map() -> Chart {
    let of = GtmResult {
        map: LatentMap {
            side: 4,
            voxels: vec![1; 16],
            facies: Vec::new(),
        },
        ..GtmResult::default()
    };
    Chart {
        panel: Box::new(LatentPanel::new(ResultFacts::default(), of, Vec::new())),
        volumes: ["dip", "energy"].map(str::to_owned),
        coloured: false,
    }
}

#[test]
fn a_latent_map_stands_beside_the_slice_and_colours_it() {
    let mut bench = Bench::of(Depth::Indexed, (120, 40), Vec::new(), LAYERS);
    let columns = |bench: &Bench| bench.app.panes()[0].picture.width;
    let whole = columns(&bench);
    bench.app.chart = Some(small_map());
    assert!(columns(&bench) < whole);
    assert!(bench.screen().contains("latent map"));
    bench.keys("zM");
    assert!(bench.app.coloured());
    assert!(bench.screen().contains("latent 1 and 2"));
    // Red, green and blue take the colours back, and the map stays.
    bench.keys(": rgb Space dip Space energy Space dip Enter");
    assert!(!bench.app.coloured() && bench.app.chart.is_some());
    bench.keys("zM zM");
    assert!(bench.app.chart.is_none());
    assert_eq!(columns(&bench), whole);
}

#[test]
fn a_latent_map_takes_the_free_corner_of_linked_pictures() {
    let mut bench = Bench::of(Depth::Indexed, (160, 48), Vec::new(), LAYERS);
    bench.keys("zv");
    assert!(bench.screen().contains("values"));
    bench.app.chart = Some(small_map());
    let screen = bench.screen();
    assert!(
        screen.contains("latent map") && !screen.contains("values  where"),
        "{screen}"
    );
    let corner = bench.app.chart_area().unwrap();
    assert!(
        bench
            .app
            .panes()
            .iter()
            .all(|pane| !pane.picture.intersects(corner))
    );
}

#[test]
fn a_swipe_shows_one_volume_on_either_side() {
    let buffer = |keys: &str| {
        let mut bench = plain((80, 24));
        bench.keys(keys).rest();
        (bench.app.panes()[0].picture, bench.buffer())
    };
    let (picture, left) = buffer("zp");
    let (_, right) = buffer("zp >");
    for (keys, divider) in [("zp z|", 37), ("zp z| 3z>", 49), ("zp z| 2z<", 29)] {
        let (_, both) = buffer(keys);
        for at in picture.positions() {
            let x = i32::from(at.x) - i32::from(picture.x);
            let expected = match x.cmp(&divider) {
                std::cmp::Ordering::Less => left[at].symbol(),
                std::cmp::Ordering::Equal => "┃",
                std::cmp::Ordering::Greater => right[at].symbol(),
            };
            assert_eq!(both[at].symbol(), expected, "{keys} {at:?}");
        }
    }
}

#[test]
fn wiggles_follow_the_cursor_when_it_rests() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), Vec::new());
    bench.keys("zw").rest();
    let shown = |bench: &Bench| bench.app.traces_around().iter().flatten().count();
    let middle = |bench: &Bench| bench.app.traces_around()[3].unwrap()[5];
    assert_eq!(shown(&bench), 7);
    let before = middle(&bench);
    bench.keys("30l");
    assert_eq!(middle(&bench).to_bits(), before.to_bits());
    assert!(bench.app.deadline().is_some());
    bench.rest();
    assert_ne!(middle(&bench).to_bits(), before.to_bits());
    assert_eq!(bench.app.deadline(), None);
    let (a, _) = bench.app.view.cursor();
    let slice = bench.app.current_slice().unwrap();
    let here: Vec<f32> = slice.plane().row(a).to_vec();
    assert_eq!(bench.app.traces_around()[3].unwrap().to_vec(), here);
    // At the edge of the survey there are fewer.
    bench.keys("0").rest();
    assert_eq!(shown(&bench), 4);
    bench.keys("gx").rest();
    assert_eq!(shown(&bench), 7);
}

#[test]
fn three_volumes_are_red_green_and_blue() {
    let mut bench = Bench::of(Depth::Indexed, (80, 24), Vec::new(), LAYERS);
    bench.keys("z3");
    let mixed = |cell: &ratatui::buffer::Cell| match cell.bg {
        Color::Indexed(i) => (16..232).contains(&i),
        _ => false,
    };
    let picture = bench.app.panes()[0].picture;
    let all = usize::from(picture.width) * usize::from(picture.height);
    assert!(cells(&bench, mixed) > all * 9 / 10);
    let screen = bench.screen();
    assert!(screen.contains("rgb coherence dip energy"), "{screen}");
    assert!(
        screen.contains("R coher…") && screen.contains("B energy"),
        "{screen}"
    );
    // The three are the same function: greys of the cube.
    let grey = |cell: &ratatui::buffer::Cell| match cell.bg {
        Color::Indexed(i @ 16..232) => (i - 16) % 43 == 0,
        _ => false,
    };
    assert!(cells(&bench, grey) > all * 8 / 10);
    bench.keys("] z3");
    assert!(!bench.screen().contains("rgb"));
    bench.keys(": rgb Space dip Space nothing Space energy Enter");
    assert!(
        bench.said().contains("no volume `nothing`"),
        "{}",
        bench.said()
    );
    let mut bench = Bench::of(Depth::Plain, (80, 24), Vec::new(), LAYERS);
    bench.keys("z3");
    assert!(bench.said().contains("256 colours"), "{}", bench.said());
}

#[test]
fn linked_pictures_follow_at_rest_and_show_the_slices_they_name() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("zv 372| 1032G").rest();
    let names = |bench: &Bench| {
        let panes = bench.app.panes();
        let keys = panes.iter().map(|p| bench.app.slice_in(p).unwrap().id.key);
        keys.map(|k| k.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&bench), ["inline 1010", "crossline 372", "time 1032"]);
    bench.keys("377| 1040G");
    assert_eq!(names(&bench), ["inline 1010", "crossline 372", "time 1032"]);
    assert!(bench.app.deadline().is_some());
    bench.rest();
    assert_eq!(names(&bench), ["inline 1010", "crossline 377", "time 1040"]);
    assert_eq!(bench.app.deadline(), None);
    // The focus turns, the pictures stay where they are.
    let before: Vec<_> = bench
        .app
        .panes()
        .iter()
        .map(|p| (p.direction, p.picture))
        .collect();
    bench.keys("gt").rest();
    let after: Vec<_> = bench
        .app
        .panes()
        .iter()
        .map(|p| (p.direction, p.picture))
        .collect();
    assert!(before.iter().all(|place| after.contains(place)));
    assert_eq!(names(&bench), ["time 1040", "inline 1010", "crossline 377"]);
    // Zoom shows the same part of the axes that two of them share.
    bench.keys("gi + + +").rest();
    let panes = bench.app.panes();
    let (inline, time) = (&panes[0].window, &panes[2].window);
    assert_eq!((inline.left, inline.across), (time.left, time.across));
}

#[test]
fn the_slice_on_screen_is_written_with_its_polygons() {
    let mut bench = plain((80, 24));
    bench.keys(": export Space png Space a.png Enter");
    assert!(
        bench.asked.last().unwrap().contains("a.png"),
        "{:?}",
        bench.asked
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let export = bench.app.export(false, bench.work.session(), folder.path());
    let said = export.unwrap().write(&path).unwrap();
    assert!(said.contains("inline 1010 with 2 polygons"), "{said}");
    assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
    let missing = bench.app.export(true, bench.work.session(), folder.path());
    let error = missing.unwrap().write(&path).unwrap_err();
    assert!(error.contains("amplitude.sgy"), "{error}");
}

#[test]
fn panels_at_the_usual_size() {
    for (name, keys) in [
        ("list", "Space p j"),
        ("help", "( v ?"),
        ("palette", "Ctrl-p polygon"),
        ("command_line", ": facies Space re"),
        ("refusal", "v"),
    ] {
        let mut bench = plain((80, 24));
        bench.keys(keys);
        insta::assert_snapshot!(name, bench.screen());
    }
    let mut bench = plain((120, 40));
    bench.keys("?");
    insta::assert_snapshot!("help_120x40", bench.screen());
}

#[test]
fn a_screen_that_is_too_small_says_what_it_needs() {
    let bench = plain((59, 17));
    assert!(bench.screen().contains("needs 60x18, have 59x17"));
    for size in [(1, 1), (3, 2), (10, 40), (200, 5)] {
        let _ = plain(size).screen();
    }
}

#[test]
fn every_size_draws_every_panel() {
    for columns in [60, 61, 79, 80, 119, 120, 200] {
        for rows in [18, 19, 24, 60] {
            let mut bench = Bench::with(Depth::Indexed, (columns, rows), two_polygons());
            for keys in [
                "? Esc",
                "Space p Esc",
                "Ctrl-p Esc",
                "( v c",
                "gt",
                "zm ]",
                "Esc zv ]",
                "za >",
                "z2 gx",
            ] {
                for key in keys.split(' ') {
                    bench.keys(key);
                    let _ = bench.screen();
                }
            }
        }
    }
}

#[test]
fn words_have_no_colour_of_their_own() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("( v");
    let buffer = bench.buffer();
    let allowed = [
        Color::Reset,
        Color::Indexed(244),
        Color::Indexed(99),
        Color::Indexed(255),
    ];
    for cell in &buffer.content {
        let letter = cell.symbol().chars().all(char::is_alphabetic);
        if letter {
            assert!(
                allowed.contains(&cell.fg),
                "{} in {:?}",
                cell.symbol(),
                cell.fg
            );
        }
    }
}

#[test]
fn without_colours_nothing_is_coloured_and_values_are_bold() {
    let mut bench = plain((120, 40));
    bench.keys("(");
    let buffer = bench.buffer();
    for cell in &buffer.content {
        assert_eq!(
            (cell.fg, cell.bg),
            (Color::Reset, Color::Reset),
            "{}",
            cell.symbol()
        );
    }
    let row = 37;
    let text: String = (0..120).map(|x| buffer[(x, row)].symbol()).collect();
    let at = text.find("1010").unwrap() as u16;
    assert!(
        buffer[(at, row)].modifier.contains(Modifier::BOLD),
        "{text}"
    );
    // Facies are told by digit, mark and name.
    let title: String = (0..120).map(|x| buffer[(x, 0)].symbol()).collect();
    assert!(
        title.contains("[1 ● salt]") && title.contains("2 ■ mtd"),
        "{title}"
    );
}

#[test]
fn a_light_terminal_gets_the_same_cells() {
    // The picture fixes both of its colours in every cell, or neither.
    let bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    let buffer = bench.buffer();
    for y in 2..36 {
        for x in 5..119 {
            let cell = &buffer[(x, y)];
            if cell.symbol() != " " {
                assert!(
                    cell.fg != Color::Reset && cell.bg != Color::Reset,
                    "{cell:?}"
                );
            }
        }
    }
}

#[test]
fn nothing_from_a_file_reaches_the_terminal_as_it_is() {
    let mut bench = plain((120, 40));
    bench.app.title = "evil\u{1b}[2J.ron".to_owned();
    bench.keys("\"+ a Enter ( r x\u{202e}y Enter");
    let screen = bench.screen();
    assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'));
}

#[test]
fn the_overlay_keeps_the_commonest_class_grey() {
    let mut bench = Bench::new(Depth::Indexed, (120, 40));
    bench.keys("zo");
    assert_eq!(bench.app.common_class, Some(3));
    let buffer = bench.buffer();
    let grey = |color: Color| match color {
        Color::Indexed(i) => i >= 232 || [16, 59, 102, 145, 188, 231].contains(&i),
        _ => true,
    };
    assert!(grey(buffer[(10, 6)].bg), "background");
    let inside = bench.app.window().cell((80, 110)).unwrap();
    let cell = &buffer[(5 + inside.0 as u16, 2 + inside.1 as u16)];
    assert!(!grey(cell.bg), "salt is tinted: {cell:?}");
    assert!(bench.screen().contains("background stays grey"));
}
