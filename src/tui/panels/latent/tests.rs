//! Looks and keys of the map's screen.

use super::super::look::{Look, keys, same_without_colour};
use super::*;
use crate::model::Facies;
use crate::modules::{LatentMap, MappedFacies};

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
    let (best, lead) = panel.verdict().unwrap();
    assert_eq!(best, 0);
    assert!(lead > 0.3, "{lead}");
    let sum: f64 = panel.probabilities().unwrap().iter().sum();
    assert!((sum - 1.0).abs() < 1e-12);
    assert!(panel.own_ground(0) > 0.8);
}
