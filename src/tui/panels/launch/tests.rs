//! Looks and keys of the form.

use super::super::look::{Look, Trial, keys, same_without_colour};
use super::*;
use crate::model::Axis;

static FOREST: Trial = Trial("rfc3d");

fn facts() -> LaunchFacts {
    let candidate = |name: &str, chosen: bool| Candidate {
        input: modules::Input {
            name: name.into(),
            path: format!("{name}.sgy").into(),
            open: crate::io::OpenOptions::default(),
            size: 0,
            modified: 0,
            fingerprint: String::new(),
        },
        note: if chosen {
            "knee of selection run 3".into()
        } else {
            String::new()
        },
        chosen,
    };
    let picked = |name: &str, colour, voxels| Picked {
        facies: Facies::new(name, colour),
        polygons: 5,
        voxels: Some(voxels),
    };
    LaunchFacts {
        title: "north-block".into(),
        session: Some("north-block.ron".into()),
        volumes: vec![
            candidate("coherence", true),
            candidate("glcm_entropy", true),
            candidate("dip_deviation", true),
            candidate("spectral_bandwidth", false),
        ],
        training: Training::Polygons,
        facies: vec![
            picked("salt", 1, 34_806),
            picked("mtd", 2, 9120),
            picked("background", 3, 41_233),
        ],
        grid: Some(Grid {
            inlines: Axis::new(1001.0, 1.0, 160),
            crosslines: Axis::new(301.0, 1.0, 360),
            samples: Axis::new(700.0, 4.0, 240),
            unit: crate::model::SampleUnit::Milliseconds,
            spacing: None,
        }),
        ..LaunchFacts::default()
    }
}

fn form() -> LaunchForm {
    LaunchForm::new(&FOREST, facts())
}

/// The form of the picture: some values changed, one typed, one wrong.
fn filled() -> LaunchForm {
    let mut facts = facts();
    for (name, text) in [
        ("times", "700:1800"),
        ("probabilities", "yes"),
        ("name", "north"),
        ("threads", "8"),
    ] {
        facts.settings.insert(name.into(), text.into());
    }
    let mut form = LaunchForm::new(&FOREST, facts);
    keys("jj Enter Backspace Backspace 12", |k| form.press(k));
    form
}

#[test]
fn looks_at_three_sizes() {
    let form = filled();
    insta::assert_snapshot!(Look::at((60, 18), |a, b, t| form.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| form.draw(a, b, t)));
    insta::assert_snapshot!(Look::at((120, 40), |a, b, t| form.draw(a, b, t)));
    same_without_colour(|a, b, t| form.draw(a, b, t));
}

#[test]
fn looks_with_the_list_of_volumes_open() {
    let mut form = form();
    keys("Enter j", |k| form.press(k));
    insta::assert_snapshot!(Look::at((80, 24), |a, b, t| form.draw(a, b, t)));
    same_without_colour(|a, b, t| form.draw(a, b, t));
}

#[test]
fn a_launch_waits_for_the_last_error_and_then_carries_the_request() {
    let mut form = filled();
    keys("Enter G", |k| form.press(k));
    assert_eq!(form.row(), Row::Launch);
    let PanelEffect::Say(text) = form.press(Key::Enter) else {
        panic!("launched with an error");
    };
    assert_eq!(
        text,
        "not yet: times: the volume holds 700 to 1656; try 700:1656"
    );
    keys("ge", |k| form.press(k));
    assert_eq!(LaunchForm::label(form.row()), "times");
    keys("Enter Ctrl-u 700:1656 Enter G", |k| form.press(k));
    let PanelEffect::Launch(request) = form.press(Key::Enter) else {
        panic!("did not launch");
    };
    assert_eq!(
        request.command_line(),
        "outcrop rfc3d --session north-block.ron --volumes coherence glcm_entropy dip_deviation \
         --max-depth 12 --name north --probabilities --threads 8 --times 700:1656"
    );
    assert_eq!(request.training, Training::Polygons);
}

#[test]
fn values_are_checked_while_they_are_typed_and_esc_restores_them() {
    let mut form = form();
    keys("j Enter 0000", |k| form.press(k));
    let row = form.row();
    assert_eq!(
        form.error(row).as_deref(),
        Some("`1000000` is not a whole number from 1 to 10000")
    );
    form.press(Key::Esc);
    assert_eq!(form.error(row), None);
    assert_eq!(form.value(row, 18), ("100".into(), false));
    assert_eq!(form.press(Key::Esc), PanelEffect::Close);
}

#[test]
fn dd_puts_the_default_back_and_enter_turns_what_has_few_values() {
    let mut form = form();
    keys("j Enter 5 Enter", |k| form.press(k));
    assert_eq!(form.values["trees"], "1005");
    keys("dd", |k| form.press(k));
    assert!(form.values.is_empty());
    keys("jjj Enter j Enter", |k| form.press(k));
    assert_eq!(form.values["class_weight"], "balanced");
    assert_eq!(form.values["probabilities"], "yes");
    keys("Enter k Enter", |k| form.press(k));
    assert!(form.values.is_empty());
}

#[test]
fn volumes_are_chosen_in_their_list_and_one_is_needed() {
    let mut form = form();
    keys("Enter Space Enter", |k| form.press(k));
    let names: Vec<_> = form.chosen().map(|v| v.input.name.as_str()).collect();
    assert_eq!(names, ["glcm_entropy", "dip_deviation"]);
    keys("Enter aa Enter G", |k| form.press(k));
    assert_eq!(
        form.press(Key::Enter),
        PanelEffect::Say("not yet: choose an attribute: Enter opens the list".into())
    );
}

#[test]
fn a_facies_without_polygons_stands_against_the_launch() {
    let mut facts = facts();
    facts.facies[1].polygons = 0;
    let form = LaunchForm::new(&FOREST, facts);
    let (row, reason) = &form.errors()[0];
    assert_eq!(*row, Row::Training);
    assert_eq!(reason, "facies mtd has no polygon; draw one");
}

#[test]
fn pasted_text_goes_only_where_text_is_typed() {
    let mut form = form();
    assert!(!form.paste("dd"));
    keys("j Enter Ctrl-u", |k| form.press(k));
    assert!(form.paste("25\n0"));
    assert_eq!(form.typed(&FOREST.parameters()[0]), "25 0");
}

fn layout_table() -> &'static dyn crate::modules::Module {
    crate::modules::find("rfc3d").unwrap()
}

/// A form with a file typed, and what the file holds taken in.
fn with_file(text: &str) -> (LaunchForm, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    std::fs::write(&path, text).unwrap();
    let mut facts = facts();
    facts.volumes.truncate(2);
    let mut form = LaunchForm::new(layout_table(), facts);
    keys("gg Enter", |k| form.press(k));
    form.paste(&path.display().to_string());
    let asked = form.press(Key::Enter);
    take(&mut form, asked);
    (form, folder)
}

fn take(form: &mut LaunchForm, asked: PanelEffect) {
    let PanelEffect::LookInto(path, format) = asked else {
        panic!("{asked:?}");
    };
    let seen = crate::io::preview_training(&path, &format).map_err(|e| e.to_string());
    form.take_preview(&path, seen);
}

const FILE: &str = "# training file v1  nvec=4 nattr=2 nclass=2\n# attributes: coherence glcm_entropy ; classes: 1=salt 2=mtd\n# line_no cdp_no t coherence glcm_entropy class\n1 2 0.3 0.5 6 1\n1 3 0.3 0.5 7 2\n1 4 0.3 0.25 8 1\n1 5 0.3 0.75 9 2\n";

#[test]
fn a_training_file_is_shown_and_fills_in_its_numbers() {
    let (mut form, _folder) = with_file(FILE);
    assert_eq!(form.errors(), []);
    let shown = Look::at((80, 24), |a, b, t| form.draw(a, b, t)).clone();
    for part in [
        "1  skip # training file v1",
        "4  row  1 2 0.3 0.5 6 1",
        "t.txt",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    keys("G", |k| form.press(k));
    let shown = Look::at((120, 60), |a, b, t| form.draw(a, b, t)).clone();
    for part in [
        "3 from the file",
        "2 from the file",
        "4 rows of 2 attributes, 2 classes: 1 salt, 2 mtd",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let PanelEffect::Launch(request) = form.press(Key::Enter) else {
        panic!("did not launch: {:?}", form.errors());
    };
    assert_eq!(request.training, Training::File);
    assert!(request.command_line().contains("--training-file"));
}

#[test]
fn bad_rows_and_numbers_that_disagree_stand_against_the_launch() {
    let (mut form, _folder) = with_file(&FILE.replace("0.5 7 2", "0.5 seven 2"));
    let shown = Look::at((120, 40), |a, b, t| form.draw(a, b, t)).clone();
    assert!(
        shown.contains("5  bad") && shown.contains("`seven` is not a number"),
        "{shown}"
    );
    assert!(form.errors()[0].1.contains("line 5"));
    keys("dd", |k| form.press(k));
    assert_eq!(form.errors(), []);
    let (mut form, _folder) = with_file(FILE);
    let at = |form: &LaunchForm, name: &str| {
        let named = |row: &Row| LaunchForm::label(*row) == name;
        form.rows().iter().position(named).unwrap()
    };
    form.at = at(&form, "classes");
    keys("Enter Ctrl-u 3", |k| form.press(k));
    let row = form.row();
    assert_eq!(form.error(row).as_deref(), Some("the file has 2 classes"));
    keys("Esc", |k| form.press(k));
    form.at = at(&form, "skip_lines");
    keys("Enter Ctrl-u 2", |k| form.press(k));
    let asked = form.press(Key::Enter);
    take(&mut form, asked);
    assert!(form.errors()[0].1.contains("line 3"), "{:?}", form.errors());
    form.facts.volumes.remove(1);
    keys("d", |k| form.press(k));
    let asked = form.press(Key::Char('d'));
    take(&mut form, asked);
    let row = Row::Volumes;
    assert!(form.error(row).unwrap().contains("a column glcm_entropy"));
}

#[test]
fn wells_are_typed_as_on_a_command_line_and_say_what_they_hold() {
    let mut form = LaunchForm::new(layout_table(), facts());
    keys("gg Enter", |k| form.press(k));
    form.paste("a1.las b2.las --log PHIE --cutoffs 0.1,0.2");
    let PanelEffect::LookIntoWells(asked, volumes) = form.press(Key::Enter) else {
        panic!("the wells are not looked at");
    };
    assert_eq!((asked.files.len(), volumes.len()), (2, 3));
    assert!(form.errors()[0].1.contains("being read"));
    form.take_wells(&asked, Err("b2.las: no such curve".into()));
    assert_eq!(form.errors()[0].1, "b2.las: no such curve");
    form.take_wells(&asked, Ok("2 wells, 3 classes: 40 PHIE below 0.1".into()));
    assert_eq!(form.errors(), []);
    let shown = Look::at((120, 60), |a, b, t| form.draw(a, b, t)).clone();
    for part in ["a1.las, 1 more", "2 wells, 3 classes"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let request = form.request().unwrap();
    assert_eq!(request.training, Training::Wells);
    let line = request.command_line();
    assert!(
        line.contains("--wells a1.las b2.las --log PHIE --cutoffs 0.1,0.2"),
        "{line}"
    );
    // Other volumes may have another survey; other words are other wells.
    keys("j Enter j", |k| form.press(k));
    let asked = form.press(Key::Char(' '));
    assert!(matches!(asked, PanelEffect::LookIntoWells(..)), "{asked:?}");
    keys("Enter", |k| form.press(k));
    keys("k Enter Ctrl-u", |k| form.press(k));
    form.paste("a1.las --depth 3");
    assert!(matches!(form.press(Key::Enter), PanelEffect::Taken));
    assert!(form.errors()[0].1.contains("no option of wells"));
    keys("dd", |k| form.press(k));
    assert_eq!(form.training(), Training::Polygons);
}
