//! The form beside the picture: attributes and filters on the slice, before a run.

use super::*;
use crate::modules::{self, Input};
use crate::preview::Work;
use crate::tui::action::{Opening, RunJob};
use crate::tui::panels::{Bill, Candidate, LaunchFacts, LaunchForm};

/// A bench with the form of a module open on some volumes.
fn with_form(size: (u16, u16), module: &str, names: &[&str]) -> Bench {
    let mut bench = Bench::new(Depth::Indexed, size);
    let volumes = names.iter().map(|name| Candidate {
        input: Input::new(
            *name,
            format!("{name}.sgy"),
            crate::io::OpenOptions::default(),
        ),
        note: String::new(),
        chosen: true,
    });
    let facts = LaunchFacts {
        title: "small".into(),
        volumes: volumes.collect(),
        grid: Some(grid()),
        ..LaunchFacts::default()
    };
    let form = LaunchForm::new(modules::find(module).unwrap(), facts);
    bench.step(Action::Opening(Ok(Opening::Form(Box::new(form)))));
    bench
}

fn values(bench: &Bench) -> Vec<u32> {
    let slice = bench.app.current_slice().unwrap();
    slice.plane().iter().map(|v| v.to_bits()).collect()
}

fn shown(bench: &Bench) -> &str {
    bench.app.view.volume.as_deref().unwrap()
}

#[test]
fn an_attribute_follows_its_parameters_and_leaves_no_trace() {
    let mut bench = with_form((120, 40), "attributes3d", &["amplitude"]);
    let raw = values(&bench);
    bench.keys("p");
    assert_eq!(shown(&bench), "coherence preview");
    let first = values(&bench);
    assert_ne!(first, raw);
    // A larger window gives another picture, its default the first again.
    for _ in 0..5 {
        bench.keys("j");
    }
    bench.keys("l");
    assert_ne!(values(&bench), first);
    bench.keys("D");
    assert_eq!(shown(&bench), "coherence difference");
    bench.keys("dd");
    assert!(values(&bench).iter().all(|v| f32::from_bits(*v) == 0.0));
    bench.keys("D");
    assert_eq!(values(&bench), first);
    bench.keys("Space");
    assert_eq!((shown(&bench), values(&bench)), ("amplitude", raw.clone()));
    bench.keys("Space");
    assert_eq!(values(&bench), first);
    // Keys of the picture still work, those that pick do not.
    bench.keys("]");
    assert_ne!(values(&bench), first);
    bench.keys("[");
    bench.keys("i");
    assert!(bench.said().contains("Esc closes what stands beside"));
    bench.keys("Esc");
    assert_eq!((shown(&bench), values(&bench)), ("amplitude", raw));
    assert!(bench.app.volumes.keys().all(|name| !name.contains(' ')));
    assert!(bench.app.preview.is_none());
    // The form is still there, with its values.
    assert!(bench.screen().contains("launch attributes3d"));
}

#[test]
fn a_filter_shows_before_after_and_what_it_took_away() {
    let mut bench = with_form((80, 24), "kuwahara3d", &["coherence"]);
    bench.keys("p");
    assert_eq!(shown(&bench), "coherence preview");
    let filtered = values(&bench);
    bench.keys("Space");
    assert_eq!(shown(&bench), "coherence");
    let raw = values(&bench);
    bench.keys("D");
    for ((d, a), b) in values(&bench).iter().zip(&filtered).zip(&raw) {
        let [d, a, b] = [d, a, b].map(|v| f32::from_bits(*v));
        assert_eq!(d, a - b);
    }
    // Windows grow on all axes.
    bench.keys("D j l");
    assert!(bench.screen().contains("3,3,4"));
    assert_ne!(values(&bench), filtered);
}

#[test]
fn a_run_is_estimated_from_the_preview_and_begun_from_it() {
    let mut bench = with_form((120, 40), "attributes3d", &["amplitude"]);
    bench.keys("p o");
    let asked = bench.asked.last().unwrap();
    assert!(
        asked.contains("Estimate") && asked.contains("\"coherence\""),
        "{asked}"
    );
    let bill = Bill {
        seconds: 7200.0,
        bytes: Some(900 << 20),
        cores: 2,
    };
    bench.step(Action::Opening(Ok(Opening::Bill(bill))));
    let screen = bench.screen();
    assert!(screen.contains("the whole volume: about"), "{screen}");
    // The line may break behind it: how long the slice took is measured.
    assert!(screen.contains(" 900"), "{screen}");
    bench.keys("r");
    let launched = format!("{:?}", RunJob::Launch(Box::default()));
    let last = bench.asked.last().unwrap();
    assert!(last.contains(launched.split('(').next().unwrap()), "{last}");
    assert!(last.contains("coherence"));
    assert_eq!(shown(&bench), "amplitude");
}

#[test]
fn wrong_values_are_said_and_change_nothing() {
    let mut bench = with_form((80, 24), "attributes3d", &["amplitude"]);
    bench.keys("p j Enter");
    bench.keys("Backspace Backspace Backspace x Enter");
    assert!(bench.said().contains("not yet"), "{}", bench.said());
    assert_eq!(shown(&bench), "coherence preview");
    bench.keys("dd");
    assert!(bench.app.current_slice().is_some());
}

#[test]
fn looks_at_three_sizes() {
    for size in [(60, 18), (80, 24), (120, 40)] {
        let mut bench = with_form(size, "attributes3d", &["amplitude"]);
        bench.keys("p j j l");
        let bill = Bill {
            seconds: 0.0,
            bytes: Some(900 << 20),
            cores: 2,
        };
        bench.step(Action::Opening(Ok(Opening::Bill(bill))));
        bench.wait(1000);
        let (columns, rows) = size;
        // How long a slice took is not the same twice.
        bench.app.docked_form().unwrap().take_work(Work::default());
        insta::assert_snapshot!(format!("preview_{columns}x{rows}"), bench.screen());
    }
}
