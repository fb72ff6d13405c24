//! The mouse to state.

use super::{Bench, two_polygons};
use crate::model::Direction;
use crate::picture::Depth;
use crate::tui::action::Action;
use crate::tui::events::{Gesture, Input, Mouse};

fn point(bench: &mut Bench, gesture: Gesture, cell: (u16, u16)) {
    bench.step(Action::Input(Input::Mouse(Mouse { gesture, cell })));
}

fn with_mouse(mut bench: Bench) -> Bench {
    bench.keys("z1 : set Space mouse Space on Enter");
    assert!(bench.asked.contains(&"Mouse(true)".to_owned()));
    bench
}

/// The cell of a place on the slice.
fn cell(bench: &Bench, (a, b): (f64, f64)) -> (u16, u16) {
    let panes = bench.app.panes();
    let grid = bench.app.view.grid.unwrap();
    let (aa, ba) = grid.plane(bench.app.view.direction);
    let at = (aa.index(a).unwrap(), ba.index(b).unwrap());
    let (x, y) = panes[0].window.cell(at).unwrap();
    (panes[0].picture.x + x as u16, panes[0].picture.y + y as u16)
}

#[test]
fn a_click_puts_the_cursor_and_the_wheel_changes_slices() {
    let mut bench = with_mouse(Bench::new(Depth::Indexed, (80, 24)));
    let to = cell(&bench, (365.0, 1008.0));
    point(&mut bench, Gesture::Press, to);
    point(&mut bench, Gesture::Release, to);
    assert_eq!(bench.state(), "NOR inline 1010 @365,1008");
    point(&mut bench, Gesture::WheelDown, to);
    point(&mut bench, Gesture::WheelDown, to);
    point(&mut bench, Gesture::WheelUp, to);
    assert_eq!(bench.state(), "NOR inline 1011 @365,1008");
    // Beside the pictures nothing happens; nor over a panel, nor when it is off.
    point(&mut bench, Gesture::Press, (2, 0));
    point(&mut bench, Gesture::Drag, to);
    assert_eq!(bench.state(), "NOR inline 1011 @365,1008");
    bench.keys("? ");
    point(&mut bench, Gesture::WheelDown, to);
    bench.keys("Esc : set Space mouse Space off Enter");
    assert!(bench.asked.contains(&"Mouse(false)".to_owned()));
    point(&mut bench, Gesture::Press, (40, 10));
    point(&mut bench, Gesture::WheelDown, to);
    assert_eq!(bench.state(), "NOR inline 1011 @365,1008");
}

#[test]
fn a_drag_lays_vertices_in_draw_and_carries_one_in_edit() {
    let mut bench = with_mouse(Bench::new(Depth::Indexed, (80, 24)));
    bench.keys("i");
    let (x, y) = cell(&bench, (360.0, 1020.0));
    point(&mut bench, Gesture::Press, (x + 3, y));
    for step in 4..9 {
        point(&mut bench, Gesture::Drag, (x + step, y));
    }
    point(&mut bench, Gesture::Release, (x + 8, y));
    assert_eq!(
        bench.state(),
        "DRAW inline 1010 @368,1020 | draft 360,1020 363,1020 367,1020 368,1020"
    );
    // A click only moves the cursor.
    point(&mut bench, Gesture::Press, (x, y + 5));
    point(&mut bench, Gesture::Release, (x, y + 5));
    assert!(
        bench
            .state()
            .starts_with("DRAW inline 1010 @360,1040 | draft 360,1020 363")
    );
    let mut bench = with_mouse(Bench::with(Depth::Indexed, (80, 24), two_polygons()));
    bench.keys("370| 980G Enter v");
    assert_eq!(bench.app.mode().word(), "EDIT");
    let (x, y) = cell(&bench, (390.0, 980.0));
    point(&mut bench, Gesture::Press, (x + 1, y));
    point(&mut bench, Gesture::Drag, (x + 2, y + 1));
    assert_eq!(bench.app.mode().word(), "MOVE");
    point(&mut bench, Gesture::Release, (x + 2, y + 1));
    let state = bench.state();
    assert!(state.contains("EDIT inline 1010 @392,984"), "{state}");
    assert!(state.contains("370,980 392,984 400,1140"), "{state}");
    bench.keys("u");
    assert!(bench.state().contains("370,980 390,980 400,1140"));
}

#[test]
fn in_linked_pictures_a_click_goes_to_the_one_under_it() {
    let mut bench = with_mouse(Bench::new(Depth::Indexed, (160, 48)));
    bench.keys("zf zv");
    bench.rest();
    let (direction, cell) = {
        let panes = bench.app.panes();
        let other = panes.iter().find(|p| p.direction == Direction::Crossline);
        let area = other.unwrap().picture;
        (Direction::Crossline, (area.x + area.width / 2, area.y + 3))
    };
    let before = bench.app.view.at;
    point(&mut bench, Gesture::Press, cell);
    assert_eq!(bench.app.view.direction, direction);
    assert_eq!(bench.app.view.at[1], before[1], "the crossline stays");
    assert_ne!(bench.app.view.at, before);
    bench.rest();
    let panes = bench.app.panes();
    let at = panes[0].window.cell(bench.app.view.cursor()).unwrap();
    let shown = (
        panes[0].picture.x + at.0 as u16,
        panes[0].picture.y + at.1 as u16,
    );
    assert!(
        shown.0.abs_diff(cell.0) <= 2 && shown.1.abs_diff(cell.1) <= 1,
        "{shown:?} {cell:?}"
    );
}
