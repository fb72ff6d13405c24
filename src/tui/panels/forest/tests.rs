//! Looks and keys of the forest's screen.

use super::super::look::{Look, keys, same_without_colour};
use super::*;
use crate::model::Facies;
use crate::modules::{Cell, Importance};

fn count(trees: usize, mean: f64, std: f64) -> TreeCount {
    TreeCount {
        trees,
        mean,
        std,
        balanced: mean - 0.003,
        log_loss: 0.3,
        folds: vec![mean - std, mean + std],
    }
}

/// The result of the picture.
fn result() -> ForestResult {
    let importance = |(name, gini, lost): (&str, f64, f64)| Importance {
        attribute: name.into(),
        gini,
        gini_unweighted: gini,
        permutation: Some(lost),
        permutation_interval: Some((lost - 0.004, lost + 0.004)),
    };
    ForestResult {
        classes: ["salt", "mtd", "background"].map(str::to_owned).to_vec(),
        cross_validation: vec![
            count(50, 0.981, 0.002),
            count(100, 0.984, 0.002),
            count(200, 0.984, 0.002),
        ],
        grouped_cross_validation: vec![
            count(50, 0.871, 0.05),
            count(100, 0.883, 0.04),
            count(200, 0.881, 0.045),
        ],
        trees: 100,
        out_of_bag: Some(0.97),
        importance: [
            ("coherence", 0.262, 0.112),
            ("spectral_bandwidth", 0.098, 0.022),
            ("spectral_roughness", 0.035, 0.001),
            ("glcm_entropy", 0.214, 0.081),
            ("glcm_variance", 0.069, 0.004),
            ("dip_deviation", 0.171, 0.064),
            ("energy_deviation", 0.081, 0.010),
            ("dip_energy_covariance", 0.047, 0.0),
            ("reflector_convergence", 0.023, -0.002),
        ]
        .map(importance)
        .to_vec(),
        confusion: vec![vec![4990, 5, 5], vec![30, 4900, 70], vec![2, 48, 4950]],
        grouped_confusion: vec![
            vec![4657, 207, 136],
            vec![234, 4088, 678],
            vec![66, 487, 4447],
        ],
        outputs: vec!["rfc3d_classification_north.sgy".into()],
        ..ForestResult::default()
    }
}

fn panel_of(of: ForestResult) -> ForestPanel {
    panel_from(of, Training::Polygons)
}

fn panel_from(of: ForestResult, training: Training) -> ForestPanel {
    let facts = ResultFacts {
        training,
        number: 6,
        module: "rfc3d".into(),
        seconds: 11.0,
        folder: "demo.runs/6-rfc3d".into(),
        facies: vec![
            Facies::new("salt", 1),
            Facies::new("mtd", 2),
            Facies::new("background", 3),
        ],
        node: None,
    };
    let mut table = Table::new("importance", &["attribute", "gini"]);
    table.push(vec![Cell::Text("coherence".into()), Cell::Real(0.262, 3)]);
    let validation = Table::new("cross_validation", &["trees"]);
    ForestPanel::new(facts, of, vec![validation, table])
}

#[test]
fn looks_at_four_sizes() {
    let panel = panel_of(result());
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((160, 48), |a, b, t| panel.draw(a, b, t)));
    same_without_colour(|a, b, t| panel.draw(a, b, t));
}

#[test]
fn what_is_left_out_has_its_name() {
    let panel = panel_from(result(), Training::Wells);
    let look = Look::at((120, 48), |a, b, t| panel.draw(a, b, t));
    assert!(look.contains("away from your wells"), "{look}");
    assert!(look.contains("● well"), "{look}");
    assert!(!look.contains("polygon,"), "{look}");
}

#[test]
fn it_stands_beside_the_picture_where_both_have_room() {
    let mut panel = panel_of(result());
    assert!(!panel.dock(120));
    assert!(panel.dock(160));
    let area = ratatui::layout::Rect::new(0, 0, 160, 48);
    let mut buffer = ratatui::buffer::Buffer::empty(area);
    for y in 0..47 {
        buffer[(60, y)].set_symbol("#");
    }
    panel.draw(
        area,
        &mut buffer,
        &crate::tui::panels::Theme::new(crate::picture::Depth::Indexed),
    );
    assert!((1..44).all(|y| buffer[(60, y)].symbol() == "#"));
    let row = |y| -> String { (0..160).map(|x| buffer[(x, y)].symbol()).collect() };
    assert!(row(1).contains("run 6, 100 trees"), "{}", row(1));
    assert!(row(47).contains("RFC3D"), "{}", row(47));
    // Keys of the picture are left to it.
    assert_eq!(panel.press(Key::Char('[')), PanelEffect::NotMine);
    assert!(!panel.dock(120));
}

#[test]
fn every_part_can_be_brought_into_sight() {
    let mut panel = panel_of(result());
    keys("Tab Tab", |k| panel.press(k));
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
}

#[test]
fn what_was_not_judged_is_said() {
    let mut of = result();
    of.grouped_cross_validation.clear();
    of.grouped_confusion.clear();
    let mut by_voxel = panel_of(of.clone());
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| by_voxel.draw(a, b, t)));
    assert!(matches!(
        by_voxel.press(Key::Char('v')),
        PanelEffect::Say(_)
    ));
    of.cross_validation.clear();
    of.confusion.clear();
    for row in &mut of.importance {
        row.permutation = None;
    }
    let nothing = panel_of(of);
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| nothing.draw(a, b, t)));
    same_without_colour(|a, b, t| nothing.draw(a, b, t));
    let empty = panel_of(ForestResult::default());
    same_without_colour(|a, b, t| empty.draw(a, b, t));
}

#[test]
fn keys_open_the_tables_and_the_classes() {
    let mut panel = panel_of(result());
    keys("Tab", |k| panel.press(k));
    let PanelEffect::OpenTables(tables) = panel.press(Key::Enter) else {
        panic!("no tables");
    };
    assert_eq!(tables.first, "importance");
    assert_eq!(panel.press(Key::Char('c')), PanelEffect::ShowClasses(6));
    keys("j v", |k| panel.press(k));
    assert_eq!(
        panel.press(Key::Char('e')),
        PanelEffect::Say("demo.runs/6-rfc3d/confusion.csv".into())
    );
    keys("v", |k| panel.press(k));
    assert_eq!(panel.table(), "grouped_confusion");
    assert_eq!(panel.press(Key::Char('q')), PanelEffect::Close);
}
