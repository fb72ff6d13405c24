//! Looks and keys of the panel of runs.

use std::path::PathBuf;

use super::super::look::{Look, keys, same_without_colour};
use super::*;
use crate::modules::Request;
use crate::runs::{Run, RunDirectory, RunProgress, StageProgress};

fn run(number: u32, module: &str, state: State) -> Watched {
    // A run directory can only be opened where there is one.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{number}-{module}"));
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("request.ron"), "").unwrap();
    let mut progress = RunProgress::new(state);
    progress.host = "node17".into();
    progress.pid = 48_213;
    progress.heartbeat = 1_000_000;
    Watched {
        run: Run {
            number,
            directory: RunDirectory::open(&path).unwrap(),
            request: Request {
                module: module.into(),
                session: Some("regional.ron".into()),
                ..Request::default()
            },
            progress,
        },
        log: Vec::new(),
        rates: Vec::new(),
    }
}

fn stage(name: &str, noun: &str, done: u64, total: u64, seconds: f64) -> StageProgress {
    StageProgress {
        name: name.into(),
        noun: noun.into(),
        done,
        total,
        seconds,
        expected: seconds,
    }
}

fn predicting() -> Watched {
    let mut w = run(6, "rfc3d", State::Running);
    let p = &mut w.run.progress;
    p.stages = vec![
        stage("folds", "trees", 7000, 7000, 20.0),
        stage("forest", "trees", 200, 200, 1.8),
        stage("importances", "shuffles", 30, 30, 8.0),
        stage("predict", "slabs", 214, 368, 61.0),
    ];
    p.stage = 3;
    p.fraction = 0.58;
    p.rate = 3.5;
    p.left = Some(118.0);
    p.seconds = 91.0;
    w.rates = vec![2.0, 3.0, 4.1, 4.0, 4.2, 1.0, 1.8, 3.6, 4.0, 4.1];
    w.log = [
        "14:02:10Z frozen: 15 polygons, 3 facies, training table 15 000 x 3, request 9f31c2",
        "14:02:11Z training: 15 000 rows, 3 attributes, 15 groups; 41 rows dropped: a null attribute",
        "14:02:31Z by voxel   50: 0.981   100: 0.984   200: 0.984",
        "14:02:31Z by polygon 50: 0.871   100: 0.883   200: 0.881",
        "14:02:31Z adopted 100 trees",
        "14:05:28Z checkpoint: 214 units, 9.7 GiB",
    ]
    .map(|line| format!("2026-11-22 {line}"))
    .to_vec();
    w
}

/// Seven runs in all states, as on the picture.
pub fn snapshot() -> Snapshot {
    let mut waiting = run(7, "gtm3d", State::Waiting);
    waiting.run.request.after = vec![6];
    let mut second = run(5, "kuwahara3d", State::Running);
    second.run.progress.stages = vec![stage("slabs", "voxels", 31, 100, 60.0)];
    second.run.progress.fraction = 0.31;
    second.run.progress.rate = 4.3e6;
    second.run.progress.left = Some(660.0);
    let mut lost = run(4, "attributes3d", State::Interrupted);
    lost.run.progress.stages = vec![stage("slabs", "voxels", 83, 100, 60.0)];
    lost.run.progress.fraction = 0.83;
    let mut done = run(3, "attribute_selection", State::Done);
    done.run.progress.stages = vec![stage("combinations", "combinations", 511, 511, 41.0)];
    done.run.progress.seconds = 41.2;
    let mut failed = run(2, "rfc3d", State::Failed);
    failed.run.progress.stages = vec![stage("training", "voxels", 1, 9, 1.0)];
    failed.run.progress.fraction = 0.12;
    failed.run.progress.error = Some(
        "training file north.txt, line 4: \u{201c}dip_deviation\u{201d} is not a number; skip 4 lines, not 3".into(),
    );
    let mut first = run(1, "attributes3d", State::Done);
    first.run.progress.stages = vec![stage("slabs", "voxels", 41_233_000, 41_233_000, 1560.0)];
    first.run.progress.seconds = 1560.0;
    Snapshot {
        root: PathBuf::from("/data/regional.runs"),
        runs: vec![waiting, predicting(), second, lost, done, failed, first],
        seen: 1_001_200,
    }
}

fn panel() -> RunsPanel {
    let mut panel = RunsPanel::new(&snapshot());
    panel.press(Key::Char('j'));
    panel
}

#[test]
fn looks_at_three_sizes() {
    let panel = panel();
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| panel.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| panel.draw(a, b, t)));
    same_without_colour(|a, b, t| panel.draw(a, b, t));
}

#[test]
fn looks_at_a_failed_run_and_asks_before_it_cancels() {
    let mut failed = panel();
    keys("jjjj", |k| failed.press(k));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| failed.draw(a, b, t)));
    let mut asking = panel();
    keys("x", |k| asking.press(k));
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| asking.draw(a, b, t)));
    same_without_colour(|a, b, t| asking.draw(a, b, t));
    let none = RunsPanel::new(&Snapshot::default());
    same_without_colour(|a, b, t| none.draw(a, b, t));
}

#[test]
fn every_effect_is_about_the_focused_run() {
    let mut panel = panel();
    keys("x", |k| panel.press(k));
    assert_eq!(
        panel.press(Key::Char('n')),
        PanelEffect::Say("run 6 goes on".into())
    );
    keys("x", |k| panel.press(k));
    assert_eq!(panel.press(Key::Char('y')), PanelEffect::Cancel(6));
    assert_eq!(panel.press(Key::Enter), PanelEffect::OpenLog(6));
    assert_eq!(
        panel.press(Key::Char('y')),
        PanelEffect::Copy("outcrop rfc3d --session regional.ron".into())
    );
    keys("jj", |k| panel.press(k));
    assert_eq!(panel.press(Key::Char('r')), PanelEffect::Resume(4));
    keys("j", |k| panel.press(k));
    assert_eq!(panel.press(Key::Enter), PanelEffect::OpenResult(3));
    assert!(matches!(panel.press(Key::Char('r')), PanelEffect::Again(_)));
    assert_eq!(
        panel.press(Key::Char('x')),
        PanelEffect::Say("run 3 is done already".into())
    );
    assert_eq!(panel.press(Key::Char('q')), PanelEffect::Close);
}

#[test]
fn a_run_rests_goes_on_and_starts_before_others() {
    let press = |state, cluster, key| {
        let mut watched = run(7, "rfc3d", state);
        watched.run.progress.cluster = cluster;
        let snapshot = Snapshot {
            runs: vec![watched],
            ..Snapshot::default()
        };
        RunsPanel::new(&snapshot).press(Key::Char(key))
    };
    assert_eq!(press(State::Running, None, 'p'), PanelEffect::Pause(7));
    assert_eq!(press(State::Paused, None, 'p'), PanelEffect::Resume(7));
    assert_eq!(press(State::Paused, None, 'r'), PanelEffect::Resume(7));
    assert_eq!(press(State::Queued, None, 'f'), PanelEffect::First(7));
    let jobs = Some(crate::runs::Cluster::default());
    for refused in [
        press(State::Running, jobs, 'p'),
        press(State::Done, None, 'p'),
        press(State::Running, None, 'f'),
    ] {
        assert!(matches!(refused, PanelEffect::Say(_)), "{refused:?}");
    }
}

#[test]
fn the_focus_stays_on_its_run_when_a_new_one_comes() {
    let mut snapshot = snapshot();
    let mut panel = panel();
    snapshot.runs.insert(0, run(8, "gtm3d", State::Running));
    panel.watch(&snapshot);
    assert_eq!(panel.press(Key::Enter), PanelEffect::OpenLog(6));
    keys("gg", |k| panel.press(k));
    assert_eq!(panel.press(Key::Char('L')), PanelEffect::OpenLog(8));
}
