//! Training files written and read, ours and others'.

use super::{ClassColumn, TrainingFormat, TrainingText, read_training, write_training};
use crate::io::IoError;
use crate::model::{SampleUnit, TrainingTable, VoxelPosition};
use ndarray::array;
use proptest::prelude::*;

fn table() -> TrainingTable {
    let at = |inline, crossline, time| VoxelPosition {
        inline,
        crossline,
        time,
    };
    TrainingTable {
        attributes: vec!["coherence".into(), "glcm entropy".into()],
        classes: vec!["salt".into(), "mtd".into()],
        codes: vec![1, 2],
        values: array![[0.913, 14.2], [0.5, 1e-9], [-3.25, 1e12]],
        class: vec![0, 0, 1],
        group: vec![0, 1, 1],
        groups: vec!["p1".into(), "p2".into()],
        positions: vec![
            at(430.0, 512.0, 1204.0),
            at(430.0, 513.0, 1220.0),
            at(12_345_678.0, 1.0, 2.5),
        ],
    }
}

fn read(text: &str, format: &TrainingFormat) -> Result<TrainingText, IoError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    std::fs::write(&path, text).unwrap();
    read_training(&path, format)
}

#[test]
fn written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("training.txt");
    write_training(&path, &table(), SampleUnit::Milliseconds).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "# training file v1  nvec=3 nattr=2 nclass=2");
    assert_eq!(
        lines[1],
        "# attributes: coherence glcm_entropy ; classes: 1=salt 2=mtd"
    );
    assert_eq!(lines[2], "# line_no cdp_no t coherence glcm_entropy class");
    assert_eq!(lines[3], "430 512 1.204 0.913 14.2 1");
    let back = read_training(&path, &TrainingFormat::default()).unwrap();
    assert_eq!(back.warnings, [""; 0]);
    let mut expected = table();
    expected.attributes[1] = "glcm_entropy".into();
    assert_eq!(back.table, expected);
}

#[test]
fn depths_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("training.txt");
    write_training(&path, &table(), SampleUnit::Metres).unwrap();
    let back = read_training(&path, &TrainingFormat::default()).unwrap();
    assert_eq!(back.table.positions, table().positions);
}

const ROWS: &str = "# h nvec=3\n# attributes: a b ; classes: 1=x 2=y\n# last\n\
                    1 2 3 0.5 7 2\n1 2 4 0.5 8 1\n1 2 5 0.5 9 2.0\n";

#[test]
fn a_skip_that_is_off_by_one_is_seen() {
    let skip = |n| TrainingFormat {
        skip_lines: Some(n),
        attributes: Some(2),
        ..TrainingFormat::default()
    };
    assert!(read(ROWS, &skip(3)).unwrap().warnings.is_empty());
    let error = read(ROWS, &skip(2)).unwrap_err();
    assert!(matches!(error, IoError::Line { line: 3, .. }), "{error}");
    let text = read(ROWS, &skip(4)).unwrap();
    assert!(text.warnings[0].contains("counts 3 rows, the file has 2"));
}

#[test]
fn commas_tabs_and_blanks_are_the_same() {
    let format = TrainingFormat::default();
    let plain = read(ROWS, &format).unwrap();
    assert_eq!(plain.table.classes, ["x", "y"]);
    assert_eq!(
        plain.table.values,
        array![[0.5, 8.0], [0.5, 7.0], [0.5, 9.0]]
    );
    let (head, rows) = ROWS.split_at(ROWS.find("\n1 ").unwrap());
    for separator in [", ", "\t", "  "] {
        let text = format!("{head}{}", rows.replace(' ', separator));
        assert_eq!(read(&text, &format).unwrap(), plain);
    }
}

#[test]
fn bad_rows_are_listed_or_dropped() {
    let text = format!("{ROWS}1 2 3\n1 2 3 x 9 1\n1 2 3 4 5 1.5\n1 2 5 nan 9 1\n");
    let error = read(&text, &TrainingFormat::default())
        .unwrap_err()
        .to_string();
    for part in [
        "3 bad rows",
        "line 7: 3 fields",
        "line 8: `x`",
        "line 9: class 1.5",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let drop = TrainingFormat {
        drop_bad_rows: true,
        ..TrainingFormat::default()
    };
    let text = read(&text, &drop).unwrap();
    assert_eq!((text.table.len(), text.dropped_nulls), (3, 1));
}

#[test]
fn classes_may_stand_first_and_coordinates_be_missing() {
    let format = TrainingFormat {
        attributes: Some(2),
        classes: Some(3),
        class_column: ClassColumn::First,
        ..TrainingFormat::default()
    };
    let text = read("7 0.1 0.2\n-1 0.3 0.4\n", &format).unwrap();
    assert_eq!(text.table.codes, [-1, 7]);
    assert_eq!(text.table.classes, ["class_-1", "class_7"]);
    assert_eq!(text.table.values, array![[0.3, 0.4], [0.1, 0.2]]);
    assert!(text.table.positions.is_empty());
    assert!(text.warnings[0].contains("3 classes expected, 2 found"));
    assert!(read("1 2\n", &format).is_err());
    assert!(read("1 2 3\n", &TrainingFormat::default()).is_err());
    assert!(read("", &format).is_err());
}

#[test]
fn groups_must_be_as_many_as_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    std::fs::write(&path, ROWS).unwrap();
    std::fs::write(folder.path().join("t.groups.txt"), "b\na\nb\n").unwrap();
    let table = read_training(&path, &TrainingFormat::default())
        .unwrap()
        .table;
    assert_eq!(
        (table.groups, table.group),
        (vec!["a".into(), "b".into()], vec![0, 1, 1])
    );
    std::fs::write(folder.path().join("t.groups.txt"), "b\na\n").unwrap();
    let error = read_training(&path, &TrainingFormat::default()).unwrap_err();
    assert!(
        error.to_string().contains("2 labels for the 3 rows"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "[0-9 .,#a\\n-]{0,200}", skip: Option<u8>) {
        let format = TrainingFormat {
            skip_lines: skip.map(usize::from),
            attributes: Some(2),
            ..TrainingFormat::default()
        };
        let _ = read(&text, &format);
    }
}
