//! What pictures cost on the line: the budgets, and that a terminal shows what
//! was drawn.

use ratatui::Terminal;
use ratatui::layout::Size;

use super::{Bench, two_polygons};
use crate::picture::Depth;
use crate::tui::backend::{Thrifty, replay};

struct Line {
    bench: Bench,
    terminal: Terminal<Thrifty<Vec<u8>>>,
}

impl Line {
    fn new(size: (u16, u16), depth: Depth) -> Line {
        let backend = Thrifty::new(Vec::new(), Size::new(size.0, size.1));
        let mut line = Line {
            bench: Bench::with(depth, size, two_polygons()),
            terminal: Terminal::new(backend).unwrap(),
        };
        line.draw();
        line
    }

    /// Draws; gives the bytes that took.
    fn draw(&mut self) -> u64 {
        let before = self.terminal.backend().total();
        let (app, session) = (&self.bench.app, self.bench.work.session());
        self.terminal
            .draw(|frame| app.draw(frame, session))
            .unwrap();
        self.terminal.backend().total() - before
    }

    fn cost(&mut self, keys: &str) -> u64 {
        self.bench.keys(keys);
        self.draw()
    }
}

#[test]
fn an_idle_workbench_writes_nothing_and_wants_no_wake_up() {
    for depth in [Depth::Plain, Depth::Sixteen, Depth::Indexed, Depth::True] {
        let mut line = Line::new((120, 40), depth);
        line.bench.keys("] ( l");
        line.draw();
        line.bench.rest();
        line.draw();
        assert_eq!(line.draw(), 0);
        assert_eq!(line.bench.app.deadline(), None);
        line.bench.app.take_dirty();
        assert!(!line.bench.app.take_dirty());
    }
}

#[test]
fn moves_of_the_cursor_are_a_few_bytes() {
    let mut line = Line::new((200, 60), Depth::Indexed);
    for key in ["l", "h", "j", "k"] {
        line.cost("10l 4j");
        let cost = line.cost(key);
        assert!(cost < 256, "{key}: {cost} bytes");
    }
    for view in ["zv", "z2", "za", "z|", "zw", "zw gt", "gt"] {
        let mut line = Line::new((200, 60), Depth::Indexed);
        line.cost(view);
        line.bench.rest();
        line.draw();
        for key in ["l", "h", "j", "k"] {
            let cost = line.cost(key);
            assert!(cost < 256, "{view} {key}: {cost} bytes");
        }
        line.bench.rest();
        line.draw();
        assert_eq!(line.draw(), 0, "{view}");
        assert_eq!(line.bench.app.deadline(), None, "{view}");
        let cost = line.cost("]");
        assert!(cost < 100 * 1024, "{view}: {cost} bytes a step");
    }
    // A carried vertex drags two edges along: still less than a kilobyte.
    line.cost("( v c");
    let cost = line.cost("l");
    assert!(cost < 1024, "{cost} bytes");
}

#[test]
fn steps_keep_their_budget() {
    const KB: u64 = 1024;
    let budgets = [((200, 60), 100 * KB, 45 * KB), ((80, 24), 20 * KB, 8 * KB)];
    for (size, normal, slow) in budgets {
        let mut line = Line::new(size, Depth::Indexed);
        for _ in 0..5 {
            let cost = line.cost("]");
            assert!(cost < normal, "{size:?}: {cost} bytes a step");
        }
        line.cost("zm");
        for _ in 0..5 {
            let cost = line.cost("[");
            assert!(cost < slow, "{size:?}, full cells: {cost} bytes a step");
        }
    }
}

#[test]
fn small_things_are_small() {
    let mut line = Line::new((120, 40), Depth::Indexed);
    line.cost(":");
    for key in ["p", "o", "l"] {
        let cost = line.cost(key);
        assert!(cost < 120, "typing {key}: {cost} bytes");
    }
    line.cost("Esc");
    // Letters over the picture and the picture back: a tenth of a second at 1 Mbit/s.
    for key in ["'", "c", "f"] {
        let cost = line.cost(key);
        assert!(cost < 16 * 1024, "hop {key}: {cost} bytes");
        println!("hop {key}: {cost} bytes");
    }
    let cost = line.cost("zp");
    assert!(cost < 4096, "polygons off: {cost} bytes");
    let cost = line.cost("zp");
    assert!(cost < 4096, "polygons on: {cost} bytes");
}

#[test]
fn a_terminal_shows_what_was_drawn() {
    for depth in [Depth::Plain, Depth::Sixteen, Depth::Indexed, Depth::True] {
        let mut line = Line::new((120, 40), depth);
        let mut parser = replay::parser(120, 40);
        for keys in [
            "", "]", "( v c 3l", "Enter", "?", "Esc", "zo", "Space p", "Esc gt +", "zv", "z2 gi",
            "za",
        ] {
            line.cost(keys);
            let written = line.terminal.backend_mut().take_out();
            parser.process(&written);
            replay::same(&line.bench.buffer(), parser.screen());
        }
    }
}

#[test]
fn three_volumes_as_colours_keep_the_budget_of_a_step() {
    use crate::session::VolumeRole;
    let more = [
        ("dip", VolumeRole::Attribute),
        ("energy", VolumeRole::Attribute),
        ("gtm_confidence", VolumeRole::Quantity),
    ];
    for depth in [Depth::Indexed, Depth::True] {
        let mut line = Line::new((200, 60), depth);
        line.bench = Bench::of(depth, (200, 60), two_polygons(), &more);
        line.cost(": rgb Space amplitude Space coherence Space dip Enter zu");
        line.bench.rest();
        line.draw();
        assert_eq!(line.draw(), 0);
        assert_eq!(line.bench.app.deadline(), None);
        for _ in 0..3 {
            let cost = line.cost("]");
            assert!(cost < 100 * 1024, "{depth:?}: {cost} bytes a step");
        }
        let cost = line.cost("l");
        assert!(cost < 256, "{depth:?}: {cost} bytes a move");
        println!("{depth:?}: {} bytes a step", line.cost("]"));
    }
}
