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
                    error: Some(0.02 + 0.005 * n as f64),
                    by_voxel: Some(0.9 + 0.012 * n as f64),
                    interval: Some([score[n] - 0.06, score[n] + 0.05]),
                    gain: (n > 0).then(|| {
                        let gain = score[n] - score[n - 1];
                        [gain - 0.08, gain + 0.02]
                    }),
                    frequency: (0..9)
                        .map(|a| if order[..=n].contains(&a) { 0.97 } else { 0.06 })
                        .collect(),
                    counts: counts[n],
                }
            })
            .collect(),
        winner: 8,
        knee: 2,
        best: Some(3),
        within: Some(2),
        sentences: vec![
            "3 of 9 attributes are enough. 6 more add 4.5 % to the score and lose 0.06 on polygons left out.".into(),
            "winner 9: all of them, score 1.371.".into(),
            "polygon salt-3 drives this choice: without it the best 3 are coherence, glcm_variance, dip_deviation.".into(),
            "step from 3 to 4: the score moves -0.006 to 0.044 (95 % over polygons), no more than the choice of polygons explains.".into(),
        ],
        clusters: clusters(),
    }
}

/// Two facies of one cluster, one of two, behind each size.
fn clusters() -> ClusterFacts {
    let cluster = |share, at: f64, n: usize| Cluster {
        share,
        mean: (0..n).map(|i| at + 0.3 * i as f64).collect(),
        covariance: (0..n)
            .flat_map(|i| (0..=i).map(move |j| if i == j { 1.0 } else { 0.3 }))
            .collect(),
    };
    let facies = |clusters: Vec<Cluster>, model: &str| {
        let tried = [
            ("EII", 1, Some(-950.2)),
            ("EEE", 1, Some(-912.4)),
            ("EII", 2, Some(-930.8)),
            ("EEE", 2, Some(-911.1)),
            ("VVV", 2, None),
        ];
        let two = clusters.len() == 2;
        FaciesClusters {
            model: model.into(),
            bic: if two { -911.1 } else { -912.4 },
            floored: !two && model == "EII",
            clusters,
            tried: tried.map(|(m, k, b)| (m.to_owned(), k, b)).to_vec(),
            path: if two {
                [
                    (0..200).map(|i| -900.0 + (i % 7) as f32).collect(),
                    vec![-895.0, -893.0, -892.5, -892.5],
                ]
            } else {
                [Vec::new(), Vec::new()]
            },
        }
    };
    ClusterFacts {
        facies: ["salt", "mtd", "background"].map(str::to_owned).to_vec(),
        sizes: (1..=9)
            .map(|n| SizeClusters {
                facies: vec![
                    facies(vec![cluster(0.4, -2.0, n), cluster(0.6, 2.0, n)], "EEE"),
                    facies(vec![cluster(1.0, 0.0, n)], "EEE"),
                    facies(vec![cluster(1.0, 4.0, n)], "EII"),
                ],
                pairs: vec![0.42, 1.31, 2.05],
            })
            .collect(),
        points: (0..3)
            .map(|m| {
                let value = |i: usize| m as f32 * 2.0 - 2.0 + (i * 37 % 17) as f32 / 6.0;
                (0..9)
                    .map(|a| (0..40).map(|i| value(i + a)).collect())
                    .collect()
            })
            .collect(),
    }
}

fn panel_of(of: SelectionFacts) -> SelectionPanel {
    let facts = ResultFacts {
        training: crate::modules::Training::Polygons,
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
    of.within = None;
    for size in &mut of.sizes {
        size.held_out = None;
        size.frequency.clear();
        (size.error, size.by_voxel) = (None, None);
        (size.interval, size.gain) = (None, None);
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
    let PanelEffect::OpenTables(notes) = panel.press(Key::Char('w')) else {
        panic!("no notes");
    };
    assert_eq!(notes.tables[0].rows.len(), 4);
    assert_eq!(
        panel.press(Key::Char('e')),
        PanelEffect::Say("demo.runs/3-attribute_selection/best_per_size.csv".into())
    );
}

#[test]
fn clusters_of_a_size_are_looked_at_closely() {
    let mut panel = panel_of(facts());
    assert_eq!(panel.press(Key::Char('d')), PanelEffect::Taken);
    assert_eq!(panel.mode(), "CLUSTERS");
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    same_without_colour(|a, b, t| panel.draw(a, b, t));
    // Another facies, another attribute across, another size, and back.
    keys("jxl", |k| panel.press(k));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    let PanelEffect::UseAttributes(names) = panel.press(Key::Enter) else {
        panic!("no attributes");
    };
    assert_eq!(names.len(), 4);
    assert_eq!(panel.press(Key::Char('q')), PanelEffect::Taken);
    assert_eq!(panel.mode(), "SELECTION");
    assert_eq!(panel.press(Key::Char('q')), PanelEffect::Close);
    let mut nothing = panel_of(SelectionFacts::default());
    nothing.press(Key::Char('d'));
    same_without_colour(|a, b, t| nothing.draw(a, b, t));
}
