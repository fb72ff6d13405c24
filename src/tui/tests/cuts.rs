//! Sections along a line and maps along a horizon: keys to state.

use std::fmt::Write as _;

use super::{Bench, amplitude, two_polygons};
use crate::model::SliceKey;
use crate::picture::Depth;
use crate::tui::cuts::NO_PICKING;

/// The dipping horizon of the tests: its time at a trace.
fn top(inline: f64, crossline: f64) -> f64 {
    940.0 + 4.0 * (inline - 1000.0) + 2.0 * (crossline - 300.0)
}

/// A bench whose session has that horizon, with a hole at inline 1003, crossline 310.
fn with_horizon(mut bench: Bench) -> Bench {
    let mut text = String::from("# inline crossline time\n");
    for i in 1000..1020 {
        for x in 300..420 {
            if (i, x) != (1003, 310) {
                let (inline, crossline) = (f64::from(i), f64::from(x));
                writeln!(text, "{i} {x} {}", top(inline, crossline)).unwrap();
            }
        }
    }
    let path = bench.folder().join("top.dat");
    std::fs::write(&path, text).unwrap();
    bench.type_line(&format!("horizon {}", path.display()));
    assert_eq!(bench.said(), "horizon top: 2399 traces");
    bench
}

fn value(bench: &Bench) -> f32 {
    let (a, b) = bench.app.view.cursor();
    bench
        .app
        .current_slice()
        .unwrap()
        .value(a, b)
        .unwrap_or(f32::NAN)
}

/// The sample of the survey at a place, in survey numbers.
fn sample(inline: f64, crossline: f64, time: f64) -> f32 {
    amplitude(
        inline - 1000.0,
        crossline - 300.0,
        ((time - 700.0) / 4.0).round(),
    )
}

#[test]
fn a_section_runs_through_its_nodes_and_leads_back() {
    let mut bench = Bench::with(Depth::Indexed, (100, 30), two_polygons());
    bench.keys("z1 gt 310| 1004G ga");
    assert_eq!(
        bench.said(),
        "1 node; ga puts the next, gl shows the section"
    );
    bench.keys("gl");
    assert_eq!(bench.said(), "a section needs two nodes; ga puts one here");
    bench.keys("350| 1016G ga 400| ga gl");
    // A bin apart, but for one that falls on the trace before; then 50 along the inline.
    assert!(
        bench.screen().contains("section of 3 nodes  91 traces"),
        "{}",
        bench.screen()
    );
    assert_eq!(bench.app.view.position(), Some((1016.0, 400.0, 1020.0)));
    assert_eq!(value(&bench), sample(1016.0, 400.0, 1020.0));
    bench.keys("z1 0 3j");
    assert_eq!(bench.app.view.position(), Some((1004.0, 310.0, 1032.0)));
    assert_eq!(value(&bench), sample(1004.0, 310.0, 1032.0));
    bench.keys("i");
    assert_eq!((bench.said(), bench.app.mode().word()), (NO_PICKING, "NOR"));
    bench.keys("]");
    assert_eq!(
        bench.said(),
        "a section has no neighbours; gl, gi, gx and gt lead back"
    );
    bench.keys("> ");
    assert!(bench.screen().contains("coherence"));
    bench.keys("< 40| gx");
    assert_eq!(
        bench.state().split(" | ").next(),
        Some("NOR crossline 350 @1016,1032")
    );
    // The nodes are still there; the key goes there and back.
    bench.keys("gl $ gl");
    assert!(
        bench.state().starts_with("NOR crossline 400 @1016,1032"),
        "{}",
        bench.state()
    );
    bench.keys("gl Esc gi");
    assert!(bench.state().starts_with("NOR inline 1016"));
    bench.keys(": section Space clear Enter gl");
    assert!(bench.said().starts_with("a section needs two nodes"));
}

#[test]
fn a_section_is_written_as_numbers_or_marks() {
    let mut bench = Bench::new(Depth::Indexed, (100, 30));
    bench.keys("ma gx 5l mb");
    bench.type_line("section 1000,300 'a 1019,419");
    assert!(bench.app.view.on_section());
    assert_eq!(bench.app.view.nodes[1], (1010.0, 360.0));
    bench.type_line("section a b");
    assert_eq!(bench.app.view.nodes.len(), 2);
    for (line, said) in [
        ("section 1000,300", "2 to 64 nodes"),
        ("section 1000,300 990,300", "990,300 is outside the survey"),
        ("section 1000,300 q", "there is no mark q"),
        ("section 1000,300 here", "`here` is no node"),
    ] {
        bench.type_line(line);
        assert!(bench.said().contains(said), "{line}: {}", bench.said());
    }
}

#[test]
fn polygons_that_a_section_cuts_are_drawn_on_it() {
    let mut bench = Bench::with(Depth::Plain, (100, 30), two_polygons());
    // Across inline 1010 at crossline 380, within the salt polygon.
    bench.type_line("section 1000,380 1019,380");
    let marks = |bench: &Bench| bench.screen().matches('●').count();
    let shown = marks(&bench);
    bench.keys("zp");
    assert_eq!(marks(&bench) + 1, shown, "{}", bench.screen());
}

#[test]
fn a_map_along_a_horizon_has_the_samples_on_it() {
    let mut bench = with_horizon(Bench::new(Depth::Indexed, (100, 30)));
    bench.keys("z1 330| gh");
    assert_eq!(bench.wanted, 1, "no later wish makes that for the map void");
    assert_eq!(bench.state(), "NOR time 0 @330,1010");
    assert!(bench.screen().contains("along top"));
    assert_eq!(bench.app.view.position(), Some((1010.0, 330.0, 1040.0)));
    assert_eq!(value(&bench), sample(1010.0, 330.0, 1040.0));
    bench.keys("3]");
    assert!(bench.screen().contains("along top +12 ms"));
    assert_eq!(value(&bench), sample(1010.0, 330.0, 1052.0));
    bench.keys("5[");
    assert_eq!(value(&bench), sample(1010.0, 330.0, 1032.0));
    // Another volume along the same horizon, and all of them.
    bench.keys("> za");
    bench.rest();
    assert!(
        bench.screen().contains("along top -8 ms") || bench.screen().contains("along top −8 ms"),
        "{}",
        bench.screen()
    );
    bench.keys("za <");
    bench.keys("i");
    assert_eq!(bench.said(), NO_PICKING);
    // A hole: no place in the survey, and the way back is where it began.
    bench.keys("1003G 310|");
    assert_eq!(bench.app.view.position(), None);
    assert!(value(&bench).is_nan());
    bench.keys("gi");
    assert!(
        bench.state().starts_with("NOR inline 1010 @330,"),
        "{}",
        bench.state()
    );
    bench.keys("gh 1003G 310|");
    bench.type_line("section 1000,300 1019,419");
    assert!(bench.screen().contains("section of 2 nodes") && bench.wanted == 1);
    // Back from elsewhere: the inline through the cursor, at the horizon's time.
    bench.keys("gh 1005G 340| gi");
    assert_eq!(bench.state(), "NOR inline 1005 @340,1040");
    assert_eq!(bench.app.view.key(), Some(SliceKey::Inline(1005)));
}

#[test]
fn what_is_looked_at_on_a_cut_is_kept_as_the_slice_nearest_to_it() {
    let mut bench = with_horizon(Bench::new(Depth::Indexed, (100, 30)));
    bench.keys("330| gh");
    let state = bench.app.view_state();
    assert_eq!(state.slice, Some(SliceKey::Time(1040.0)));
    assert_eq!(state.cursor, Some((1010.0, 330.0, 1040.0)));
    bench.type_line("section 1000,300 1019,419");
    assert!(matches!(
        bench.app.view_state().slice,
        Some(SliceKey::Inline(_))
    ));
}

#[test]
fn horizons_are_kept_in_the_session_and_taken_back() {
    let mut bench = Bench::new(Depth::Indexed, (100, 30));
    bench.keys("gh");
    assert_eq!(bench.said(), "there is no horizon; :horizon FILE reads one");
    let before = bench.text();
    let mut bench = with_horizon(bench);
    assert!(bench.text().contains("top.dat"));
    bench.keys("u");
    assert_eq!(bench.text(), before);
    bench.keys("Ctrl-r gh");
    assert!(bench.screen().contains("along top"), "it was read again");
    bench.type_line("forget top");
    assert_eq!(bench.text(), before);
    assert!(
        bench.state().starts_with("NOR inline"),
        "the map of it is left"
    );
    bench.type_line("horizon /no/such/file");
    assert!(bench.said().contains("/no/such/file"), "{}", bench.said());
    assert_eq!(bench.text(), before);
}

#[test]
fn a_horizon_is_drawn_on_sections_and_crosses_time_slices() {
    let mut bench = with_horizon(Bench::new(Depth::Plain, (100, 30)));
    let dots = |bench: &Bench| {
        let braille = |c: &char| ('\u{2801}'..='\u{28ff}').contains(c);
        bench.screen().chars().filter(braille).count()
    };
    for keys in ["gi", "gx", "gt", "zv zv"] {
        bench.keys(keys);
        assert!(dots(&bench) > 10, "{keys}: {}", bench.screen());
    }
    bench.keys("gi");
    assert!(
        bench.screen().contains(" top\n"),
        "its name: {}",
        bench.screen()
    );
    bench.keys("zH");
    assert_eq!(dots(&bench), 0);
    bench.keys("zH");
    insta::assert_snapshot!("horizon_on_an_inline", bench.screen());
    bench.type_line("section 1000,310 1015,340 1004,400");
    insta::assert_snapshot!("section", bench.screen());
}

#[test]
fn a_well_is_shown_near_its_path_with_its_classes() {
    let mut bench = Bench::new(Depth::Plain, (100, 30));
    let path = bench.folder().join("a1.txt");
    // Straight down at crossline 340, then away along the crosslines.
    std::fs::write(
        &path,
        "1010 340 0\n1010 340 900 salt\n1010 340 1000 shale\n1010 380 1300 -\n",
    )
    .unwrap();
    bench.type_line(&format!("well {}", path.display()));
    assert_eq!(bench.said(), "well a1: 4 points");
    let screen = bench.screen();
    for shown in ["⊕ a1", "●", " shale "] {
        assert!(screen.contains(shown), "{shown}: {screen}");
    }
    insta::assert_snapshot!("well_on_an_inline", screen);
    // Within five lines it is shown, further away not.
    bench.keys("5]");
    assert!(bench.screen().contains("⊕ a1"));
    bench.keys("]");
    assert!(!bench.screen().contains("⊕ a1"));
    bench.type_line("set reach 6");
    assert!(bench.screen().contains("⊕ a1"));
    // On maps where it goes through, and on a section across it.
    bench.keys("gt");
    assert!(bench.screen().contains("⊕ a1"), "{}", bench.screen());
    bench.type_line("section 1000,330 1019,350");
    assert!(bench.screen().contains("⊕ a1"), "{}", bench.screen());
    bench.keys("zH");
    assert!(!bench.screen().contains("⊕ a1"));
    bench.type_line("forget a1");
    assert!(!bench.text().contains("a1"));
}
