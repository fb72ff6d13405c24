//! The side panel of separability and its list of combinations, by keys.

use super::{Bench, two_polygons};
use crate::picture::Depth;

#[test]
fn separability_follows_every_edit() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("Space e");
    let voxels = |bench: &Bench| {
        let answer = bench.app.separability.answer.as_ref().unwrap();
        answer.facies.iter().map(|f| f.voxels).collect::<Vec<_>>()
    };
    let before = voxels(&bench);
    assert!(before[0] > 0 && before[1] > 0 && before[2] == 0);
    assert!(bench.screen().contains("separability"));
    assert!(bench.screen().contains("best alone: coherence"));
    // Carried is as good as put down.
    bench.keys("( 370| v c 10h");
    let carried = voxels(&bench);
    assert!(carried[0] > before[0]);
    bench.keys("Enter");
    assert_eq!(voxels(&bench), carried);
    bench.keys("u Esc");
    assert_eq!(voxels(&bench), before);
    bench.keys(": scatter Space x Space y Enter");
    assert!(bench.said().contains("scatter takes two of coherence"));
    bench.keys("Space e");
    assert!(!bench.screen().contains("best alone"));
}

#[test]
fn all_combinations_are_scored_anew_at_every_edit() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("Ctrl-e");
    assert!(bench.said().contains("Space E lists"), "{}", bench.said());
    bench.keys("Space E");
    let candidates = bench.work.session().candidates().len();
    let all = (1 << candidates) - 1;
    assert!(bench.screen().contains(&format!("all {all} combinations")));
    let scores = |bench: &Bench| {
        let answer = bench.app.separability.answer.as_ref().unwrap();
        let scores = answer.combinations.iter().map(|c| (c.mask, c.score));
        scores.collect::<Vec<_>>()
    };
    let before = scores(&bench);
    assert_eq!(before.len(), all);
    let shown = bench.screen();
    bench.keys("( 370| v c 10h");
    assert_ne!(scores(&bench), before, "carried is as good as put down");
    assert_ne!(bench.screen(), shown);
    bench.keys("Enter u Esc");
    assert_eq!(scores(&bench), before);
    // Some of them; names that are none are refused.
    bench.keys(": combinations Space 1 Enter");
    let some = format!("{candidates} of {all} combinations");
    assert!(bench.screen().contains(&some), "{}", bench.screen());
    bench.keys(": combinations Space x Enter");
    assert!(bench.said().contains("combinations takes"));
    // The same as a table, whose rows make the set of the next run.
    bench.keys("Space E");
    assert!(bench.screen().contains("all combinations; one Gaussian"));
    bench.keys("G Enter");
    assert!(
        bench.said().contains("the next run reads"),
        "{}",
        bench.said()
    );
    bench.keys("q Space e");
    assert!(!bench.screen().contains("combinations"));
}

#[test]
fn an_answer_that_comes_late_renews_the_table_that_lies_open() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("Space E");
    let other = bench.app.separability.answer.clone().unwrap();
    bench.keys("( 370| v c 10h Enter Esc Space E");
    let shown = bench.screen();
    assert!(shown.contains("all combinations; one Gaussian"), "{shown}");
    bench.app.take_separability(other);
    assert_ne!(bench.screen(), shown);
}

#[test]
fn what_the_values_say_against_a_polygon_is_told_while_it_is_edited() {
    let mut bench = Bench::with(Depth::Indexed, (120, 40), two_polygons());
    bench.keys("(");
    assert!(
        bench.app.separability.answer.is_none(),
        "browsing asks nothing"
    );
    bench.keys("v");
    let answer = bench.app.separability.answer.as_ref().unwrap();
    assert_eq!(answer.active, bench.app.polygon);
    assert_eq!(answer.facies.len(), 1, "only its own facies is counted");
    // A sliver of a polygon is too small for the attributes, which is told once.
    bench.keys("Esc \"3 z1 i Space 2l Space 2j Space Enter");
    assert!(
        bench.said().contains("voxels are few for"),
        "{}",
        bench.said()
    );
    bench.keys("j");
    assert!(!bench.said().contains("voxels are few for"));
    bench.keys("v");
    assert!(
        !bench.said().contains("voxels are few for"),
        "{}",
        bench.said()
    );
}
