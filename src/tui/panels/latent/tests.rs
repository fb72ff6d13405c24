//! Looks and keys of the map's screen.

use super::super::look::{Look, keys, same_without_colour};
use super::*;
use crate::model::Facies;
use crate::modules::{Agreement, Judgement, LatentMap, MappedFacies, ReliabilityBin, Validation};
use crate::picture::{Depth, Ramp};
use crate::tui::panels::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A round density about a node.
fn about(side: usize, (a, b): (f64, f64), width: f64) -> Vec<f64> {
    let raw = |k: usize| {
        let (u, v) = ((k / side) as f64 - a, (k % side) as f64 - b);
        (-0.5 * (u * u + v * v) / (width * width)).exp()
    };
    let values: Vec<f64> = (0..side * side).map(raw).collect();
    let sum: f64 = values.iter().sum();
    values.iter().map(|v| v / sum).collect()
}

fn result(side: usize) -> GtmResult {
    let scale = side as f64 / 16.0;
    let places = [((2.0, 12.0), 1.2), ((6.0, 10.0), 2.0), ((11.0, 4.0), 2.4)];
    let densities: Vec<Vec<f64>> = places
        .iter()
        .map(|&((a, b), width)| about(side, (a * scale, b * scale), width * scale))
        .collect();
    let voxels = (0..side * side)
        .map(|k| densities.iter().map(|q| (q[k] * 1e6) as u64).sum())
        .collect();
    let names = ["salt", "mtd", "background"];
    let facies = names.iter().zip(["mtd", "background", "mtd"]);
    GtmResult {
        attributes: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
        vectors: 50_000,
        log_likelihood: (0..60)
            .map(|i| -5e4 * (3.6 + 2.3 * (-0.1 * f64::from(i)).exp()))
            .collect(),
        supervised: true,
        facies: facies
            .map(|(name, nearest)| MappedFacies {
                name: (*name).to_owned(),
                rows: 5000,
                nearest: Some((nearest.to_owned(), 0.31)),
                voxels: 1_234_567,
                confidence: Some(0.93),
                probability_volume: Some("p.sgy".into()),
                ..MappedFacies::default()
            })
            .collect(),
        class_volume: Some("gtm_class_north.sgy".into()),
        map: LatentMap {
            side,
            voxels,
            facies: densities,
        },
        ..GtmResult::default()
    }
}

fn panel(side: usize, node: Option<usize>) -> LatentPanel {
    let facts = ResultFacts {
        training: crate::modules::Training::Polygons,
        number: 8,
        module: "gtm3d".into(),
        seconds: 41.0,
        folder: "demo.runs/8-gtm3d".into(),
        facies: vec![
            Facies::new("salt", 1),
            Facies::new("mtd", 2),
            Facies::new("background", 3),
        ],
        node,
    };
    LatentPanel::new(facts, result(side), Vec::new())
}

#[test]
fn looks_at_four_sizes() {
    let panel = panel(16, Some(9 * 16 + 7));
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((160, 48), |a, b, t| panel.draw(a, b, t)));
    same_without_colour(|a, b, t| panel.draw(a, b, t));
}

fn validation() -> Validation {
    let judged = |name: &str, off: f64| Judgement {
        classifier: name.into(),
        accuracy: 0.91 - off,
        balanced_accuracy: 0.88 - off,
        log_loss: 0.31 + off,
        calibration_error: 0.04 + off,
        folds: vec![0.9; 5],
        confusion: vec![vec![5, 1, 0], vec![1, 6, 1], vec![0, 0, 9]],
        reliability: (3..10)
            .map(|b| {
                let sure = (f64::from(b) + 0.5) / 10.0;
                ReliabilityBin {
                    from: f64::from(b) / 10.0,
                    to: f64::from(b + 1) / 10.0,
                    voxels: 100,
                    confidence: Some(sure),
                    accuracy: Some((sure - 3.0 * off).max(0.0)),
                }
            })
            .collect(),
    };
    Validation {
        left_out: "polygon".into(),
        classifiers: vec![judged("gtm3d", 0.0), judged("rfc3d", 0.05)],
    }
}

#[test]
fn the_judgement_is_a_page_of_its_own() {
    let mut panel = panel(16, None);
    assert_eq!(panel.press(Key::Tab), PanelEffect::Taken);
    // Nothing was left out, nothing compared.
    same_without_colour(|a, b, t| panel.draw(a, b, t));
    assert!(matches!(panel.press(Key::Char('d')), PanelEffect::Say(_)));
    panel.of.validation = Some(validation());
    panel.of.agreement = Some(Agreement {
        with: "rfc3d_classification".into(),
        codes: vec![1, 2, 3],
        counts: vec![vec![90, 5, 5], vec![1, 60, 9], vec![2, 3, 400]],
        share: 0.957,
        kappa: 0.91,
        difference_volume: "gtm_difference.sgy".into(),
    });
    assert_eq!(panel.press(Key::Char('d')), PanelEffect::ShowDifference(8));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    same_without_colour(|a, b, t| panel.draw(a, b, t));
    panel.press(Key::Tab);
    assert!(!panel.judged);
}

/// The map beside the slice: on two widths, in grey and in colours.
#[test]
fn the_map_stands_beside_the_slice() {
    let panel = panel(16, None);
    let on = |latent, lit| OnMap {
        latent,
        lit,
        colours: None,
    };
    let here = on(Some([0.2, -0.4]), Some(30));
    insta::assert_snapshot!(Look::at((35, 32), |a, b, t| panel.draw_beside(a, b, t, &here)));
    insta::assert_snapshot!(Look::at((21, 18), |a, b, t| panel.draw_beside(a, b, t, &here)));
    assert_eq!(panel.nearest([-1.0, 1.0]), 15);
    assert_eq!(panel.nearest([1.0, -1.0]), 15 * 16);
    let nowhere = on(None, None);
    same_without_colour(|a, b, t| panel.draw_beside(a, b, t, &nowhere));
    // The colours of far corners differ.
    let cube = Ramp::cube(Depth::Indexed, true).unwrap();
    let coloured = OnMap {
        colours: Some(&cube),
        ..nowhere
    };
    let area = Rect::new(0, 0, 35, 32);
    let mut buffer = Buffer::empty(area);
    panel.draw_beside(area, &mut buffer, &Theme::new(Depth::Indexed), &coloured);
    let corners = [(0, 1), (31, 1), (0, 16), (31, 16)].map(|at| buffer[at].bg);
    for (i, a) in corners.iter().enumerate() {
        assert!(corners[i + 1..].iter().all(|b| b != a), "{corners:?}");
    }
}

#[test]
fn maps_of_any_size_fit_and_an_empty_one_is_drawn() {
    for side in [1, 2, 20, 64] {
        let panel = panel(side, None);
        same_without_colour(|a, b, t| panel.draw(a, b, t));
    }
    let empty = LatentPanel::new(ResultFacts::default(), GtmResult::default(), Vec::new());
    same_without_colour(|a, b, t| empty.draw(a, b, t));
}

#[test]
fn keys_move_over_the_map_and_ask() {
    let mut panel = panel(16, Some(9 * 16 + 7));
    assert_eq!(panel.at, (9, 7));
    keys("l k k H J", |k| panel.press(k));
    assert_eq!(panel.at, (6, 5));
    let lit = PanelEffect::LightNode {
        run: 8,
        node: 6 * 16 + 5,
    };
    assert_eq!(panel.press(Key::Enter), lit);
    keys("H H H .", |k| panel.press(k));
    assert_eq!(panel.at, (9, 7));
    // A facies alone, on its densest node.
    keys("1", |k| panel.press(k));
    assert_eq!((panel.at, panel.alone), ((2, 12), Some(0)));
    let volume = PanelEffect::ShowVolume {
        run: 8,
        name: "gtm_probability_salt".into(),
    };
    assert_eq!(panel.press(Key::Char('v')), volume);
    assert!(matches!(panel.press(Key::Char('7')), PanelEffect::Say(_)));
    assert_eq!(panel.press(Key::Char('q')), PanelEffect::Close);
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
}

#[test]
fn the_verdict_is_that_of_the_densities() {
    let mut panel = panel(16, None);
    panel.at = (2, 12);
    let (best, lead) = panel.verdict(panel.node()).unwrap();
    assert_eq!(best, 0);
    assert!(lead > 0.3, "{lead}");
    let sum: f64 = panel.probabilities(panel.node()).unwrap().iter().sum();
    assert!((sum - 1.0).abs() < 1e-12);
    assert!(panel.own_ground(0) > 0.8);
}
