use ratatui::layout::Rect;

use super::*;
use crate::model::{Axis, Origin, SampleUnit, SliceKey};
use crate::tui::panels::look::{Look, keys};

fn polygon(id: &str, facies: &str, slice: SliceKey, vertices: &[(f64, f64)]) -> Arc<Polygon> {
    Arc::new(Polygon {
        id: id.into(),
        facies: facies.into(),
        slice,
        name: None,
        vertices: vertices.to_vec(),
        origin: Origin::default(),
    })
}

fn map() -> MapPanel {
    let triangle = |a: f64| [(a, 800.0), (a + 20.0, 800.0), (a + 20.0, 900.0)];
    MapPanel {
        volume: "amplitude".into(),
        grid: Grid {
            inlines: Axis::new(1000.0, 1.0, 40),
            crosslines: Axis::new(300.0, 1.0, 120),
            samples: Axis::new(700.0, 4.0, 160),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        },
        facies: vec![Facies::new("salt", 1), Facies::new("mtd", 2)],
        polygons: vec![
            polygon("a", "salt", SliceKey::Inline(1010), &triangle(320.0)),
            polygon("b", "mtd", SliceKey::Inline(1010), &triangle(380.0)),
            polygon("c", "salt", SliceKey::Inline(1030), &triangle(330.0)),
            polygon("d", "salt", SliceKey::Crossline(350), &triangle(1005.0)),
            polygon(
                "e",
                "mtd",
                SliceKey::Time(900.0),
                &[(390.0, 1020.0), (410.0, 1020.0), (410.0, 1035.0)],
            ),
        ],
        from: ([10, 60, 80], Direction::Inline),
        turned: (false, false),
        at: [10, 60],
        along: Direction::Inline,
        chosen: 0,
        ground: None,
        north: false,
    }
}

fn ground() -> Ground {
    let (rows, columns) = (4, 6);
    let live = crate::io::MapCell {
        live: 200,
        ..crate::io::MapCell::default()
    };
    let mut cells = vec![live; rows * columns];
    cells[0] = crate::io::MapCell::default();
    Ground {
        volume: "amplitude".into(),
        shape: (40, 120),
        traces: Some(TraceMap {
            rows,
            columns,
            cells,
        }),
        // Inline numbers grow to the north: north up turns the map over.
        corners: Some([
            [1000.0, 300.0, 0.0, 0.0],
            [1000.0, 419.0, 1190.0, 0.0],
            [1039.0, 300.0, 0.0, 780.0],
            [1039.0, 419.0, 1190.0, 780.0],
        ]),
        track: Vec::new(),
    }
}

#[test]
fn pictures_at_four_sizes() {
    for size in [(60, 18), (80, 24), (120, 40)] {
        let mut panel = map();
        panel.take_ground(ground());
        let text = Look::at(size, |area, buffer, theme| {
            panel.draw(area, buffer, theme);
        });
        insta::assert_snapshot!(format!("map_{}x{}", size.0, size.1), text);
    }
    let mut panel = map();
    panel.take_ground(ground());
    panel.press(Key::Char('N'));
    let text = Look::at((80, 24), |area, buffer, theme| {
        panel.draw(area, buffer, theme);
    });
    insta::assert_snapshot!("map_north_80x24", text);
}

#[test]
fn keys_move_go_and_look_for_polygons() {
    let mut panel = map();
    keys("lljH", |key| panel.press(key));
    assert_eq!(panel.at, [11, 52]);
    assert_eq!(
        panel.press(Key::Enter),
        PanelEffect::GoTo([11, 52], Direction::Inline)
    );
    assert_eq!(
        panel.press(Key::Char('x')),
        PanelEffect::GoTo([11, 52], Direction::Crossline)
    );
    panel.press(Key::Char('n'));
    assert_eq!(panel.at[0], 30);
    assert!(matches!(panel.press(Key::Char('n')), PanelEffect::Say(_)));
    panel.press(Key::Char('p'));
    assert_eq!(panel.at[0], 10);
    panel.press(Key::Tab);
    panel.press(Key::Char('p'));
    assert_eq!(panel.at, [10, 50]);
    // The other facies has no crossline.
    panel.press(Key::Char('f'));
    assert!(matches!(panel.press(Key::Char('p')), PanelEffect::Say(_)));
    assert!(matches!(panel.press(Key::Char('N')), PanelEffect::Say(_)));
}

#[test]
fn north_up_moves_as_it_looks() {
    let mut panel = map();
    panel.take_ground(ground());
    panel.press(Key::Char('N'));
    // Up is north: inline numbers grow.
    panel.press(Key::Char('k'));
    panel.press(Key::Char('l'));
    assert_eq!(panel.at, [11, 61]);
    panel.press(Key::Char('N'));
    panel.press(Key::Char('k'));
    assert_eq!(panel.at, [10, 61]);
}

#[test]
fn a_single_line_is_shown_as_its_track() {
    let mut panel = map();
    panel.grid.inlines = Axis::new(7.0, 1.0, 1);
    panel.at = [0, 0];
    panel.from.0 = [0, 30, 0];
    panel.polygons.clear();
    let track = (0..120).map(|index| {
        let angle = std::f64::consts::PI * index as f64 / 119.0;
        crate::io::TracePosition {
            index,
            x: 100.0 * angle.cos(),
            y: 100.0 * angle.sin(),
        }
    });
    let ground = Ground {
        shape: (1, 120),
        corners: None,
        traces: None,
        track: track.collect(),
        ..ground()
    };
    panel.take_ground(ground);
    let text = Look::at((80, 24), |area, buffer, theme| {
        panel.draw(area, buffer, theme);
    });
    insta::assert_snapshot!("map_track_80x24", text);
}

#[test]
fn nothing_depends_on_colour_or_size() {
    let panel = map();
    for size in [(1, 1), (7, 3), (59, 17), (200, 60)] {
        let mut buffer = ratatui::buffer::Buffer::empty(Rect::new(0, 0, size.0, size.1));
        for depth in [crate::picture::Depth::Plain, crate::picture::Depth::True] {
            panel.draw(buffer.area, &mut buffer, &super::super::Theme::new(depth));
        }
    }
}
