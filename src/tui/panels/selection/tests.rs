//! Looks and keys of the selection's screen.

use super::super::look::{Look, keys, same_without_colour};
use super::*;
use crate::modules::Cell;

/// The selection of the picture.
fn facts() -> SelectionFacts {
    let names = [
        "coherence",
        "spectral_bandwidth",
        "spectral_roughness",
        "glcm_entropy",
        "glcm_variance",
        "dip_deviation",
        "energy_deviation",
        "dip_energy_covariance",
        "reflector_convergence",
    ];
    // In the order in which the best of each size takes them in.
    let order = [3, 0, 5, 1, 4, 6, 7, 2, 8];
    let score = [
        0.612, 1.021, 1.312, 1.338, 1.351, 1.360, 1.366, 1.369, 1.371,
    ];
    let eq8 = [
        0.037, 0.018, 0.010, 0.007, 0.007, 0.010, 0.025, 0.101, 0.914,
    ];
    let mean = [
        0.413, 0.630, 0.811, 0.942, 1.051, 1.143, 1.222, 1.301, 1.371,
    ];
    let held = [0.71, 0.84, 0.91, 0.93, 0.92, 0.90, 0.88, 0.86, 0.85];
    let counts = [
        [9, 41, 66],
        [36, 150, 221],
        [84, 338, 482],
        [126, 489, 680],
        [126, 475, 642],
        [84, 305, 401],
        [36, 126, 160],
        [9, 30, 37],
        [1, 3, 3],
    ];
    SelectionFacts {
        attributes: names.map(str::to_owned).to_vec(),
        combinations: 511,
        picked: (3, 15_000, 15),
        sizes: (0..9)
            .map(|n| {
                let mut attributes = order[..=n].to_vec();
                attributes.sort_unstable();
                SizeFacts {
                    attributes,
                    score: score[n],
                    eq8: eq8[n],
                    mean: mean[n],
                    held_out: Some(held[n]),
                    counts: counts[n],
                }
            })
            .collect(),
        winner: 8,
        knee: 2,
        best: Some(3),
        sentences: vec![
            "3 of 9 attributes are enough. 6 more add 4.5 % to the score and lose 0.06 on polygons left out.".into(),
            "winner 9: all of them, score 1.371.".into(),
        ],
    }
}

fn panel_of(of: SelectionFacts) -> SelectionPanel {
    let facts = ResultFacts {
        number: 3,
        module: "attribute_selection".into(),
        seconds: 41.2,
        folder: "demo.runs/3-attribute_selection".into(),
        facies: Vec::new(),
        node: None,
    };
    let mut all = Table::new("all_combinations", &["indices", "attributes", "score"]);
    all.push(vec![
        Cell::Text("1".into()),
        Cell::Text("coherence".into()),
        Cell::Real(0.5, 3),
    ]);
    let best = Table::new("best_per_size", &["n", "attributes"]);
    SelectionPanel::new(facts, of, vec![best, all])
}

#[test]
fn looks_at_three_sizes() {
    let panel = panel_of(facts());
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    same_without_colour(|a, b, t| panel.draw(a, b, t));
}

#[test]
fn looks_without_held_out_polygons_and_with_many_attributes() {
    let mut of = facts();
    of.attributes
        .extend((10..=20).map(|i| format!("attribute_{i}")));
    of.best = None;
    for size in &mut of.sizes {
        size.held_out = None;
    }
    for n in 10..=20 {
        of.sizes.push(SizeFacts {
            attributes: (0..n).collect(),
            score: 1.4,
            ..SizeFacts::default()
        });
    }
    of.sentences
        .push("warning: facies mtd has only 12 voxels: its statistics are poor; draw more".into());
    let panel = panel_of(of);
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    same_without_colour(|a, b, t| panel.draw(a, b, t));
    let nothing = panel_of(SelectionFacts::default());
    same_without_colour(|a, b, t| nothing.draw(a, b, t));
}

#[test]
fn a_size_is_chosen_and_used() {
    let mut panel = panel_of(facts());
    assert_eq!(
        panel.press(Key::Enter),
        PanelEffect::UseAttributes(
            ["coherence", "glcm_entropy", "dip_deviation"]
                .map(str::to_owned)
                .to_vec()
        )
    );
    keys("hhhh", |k| panel.press(k));
    assert_eq!(
        panel.press(Key::Char('y')),
        PanelEffect::Copy("glcm_entropy".into())
    );
    keys("$ l", |k| panel.press(k));
    let PanelEffect::UseAttributes(names) = panel.press(Key::Enter) else {
        panic!("no attributes");
    };
    assert_eq!(names.len(), 9);
    assert_eq!(panel.press(Key::Esc), PanelEffect::Close);
}

#[test]
fn all_combinations_open_as_a_table_of_sets() {
    let mut panel = panel_of(facts());
    let PanelEffect::OpenTables(tables) = panel.press(Key::Char('a')) else {
        panic!("no tables");
    };
    assert_eq!(tables.first, "all_combinations");
    let mut table = super::super::TablePanel::new(*tables);
    let set = PanelEffect::UseAttributes(vec!["coherence".into()]);
    assert_eq!(table.press(Key::Enter), set);
    assert_eq!(
        panel.press(Key::Char('e')),
        PanelEffect::Say("demo.runs/3-attribute_selection/best_per_size.csv".into())
    );
}
