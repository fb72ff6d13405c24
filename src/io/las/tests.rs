//! What lasio reads, here too; what it refuses, said why.

use super::*;
use crate::io::IoError;

fn read(text: &str) -> Result<Las, IoError> {
    parse(Path::new("a.las"), text)
}

fn numbers(curve: &Curve) -> &[f64] {
    match &curve.values {
        CurveValues::Numbers(values) => values,
        CurveValues::Words(words) => panic!("{} holds words: {words:?}", curve.mnemonic),
    }
}

const HEAD: &str = "~Version\nVERS. 2.0 :\nWRAP. NO :\n~Well\nNULL. -999.25 :\nWELL. A-1 : name\n~Curve\nDEPT.M :\nPHIE.V/V :\nFAC. :\n~A\n";

fn file(rows: &str) -> Result<Las, IoError> {
    read(&format!("{HEAD}{rows}"))
}

/// Where lasio reads something else, and why ours is right.
const OTHERWISE: &[&str] = &[
    // lasio needs a package of its own for these encodings.
    "encodings_utf16be.las",
    "encodings_utf16bebom.las",
    "encodings_utf16le.las",
    "encodings_utf16lebom.las",
    // Its data follow a bare `~`; lasio finds none.
    "issue79.las",
    // Nulls by their usual words: lasio makes words of the whole column.
    "null_policy_(null).las",
    "null_policy_ERR.las",
    "null_policy_dashes.las",
    // It reads -1.#IND0000 as -1.
    "null_policy_ind.las",
    // Without a NULL of its own, -999.25 is one here.
    "missing_null.las",
];

/// The examples of lasio against lasio itself (`tests/reference/logs.py`).
#[test]
fn the_examples_of_lasio_are_read_as_lasio_reads_them() {
    let Some(folder) = std::env::var_os("OUTCROP_TESTDATA") else {
        println!("OUTCROP_TESTDATA is not set: skipped");
        return;
    };
    let folder = Path::new(&folder).join("lasio_examples");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for line in include_str!("../../../tests/reference/logs.csv")
        .lines()
        .skip(1)
    {
        let fields: Vec<&str> = line.split(',').collect();
        let name = fields[0];
        let read = read_las(&folder.join(name));
        if OTHERWISE.contains(&name) {
            let las = read.unwrap();
            let finite = |c: &&Curve| numbers(c).iter().any(|v| v.is_finite());
            assert!(las.curves.iter().filter(finite).count() >= 2, "{name}");
            continue;
        }
        let Ok(las) = read else {
            if fields[1] != "refused" {
                wrong.push(format!("{name}: {}", read.unwrap_err()));
            }
            continue;
        };
        let rows = las.curves.first().map_or(0, |c| match &c.values {
            CurveValues::Numbers(v) => v.len(),
            CurveValues::Words(v) => v.len(),
        });
        let known = |c: &Curve| match &c.values {
            CurveValues::Numbers(v) => v.iter().copied().filter(|v| v.is_finite()).collect(),
            CurveValues::Words(_) => Vec::new(),
        };
        let values: Vec<f64> = las.curves.iter().skip(1).flat_map(known).collect();
        let sum: f64 = values.iter().sum();
        let same = fields[1] == rows.to_string()
            && fields[2] == las.curves.len().to_string()
            && fields[3] == values.len().to_string()
            && (sum - fields[4].parse::<f64>().unwrap()).abs() <= 1e-6 * sum.abs().max(1.0);
        compared += 1;
        if !same {
            wrong.push(format!(
                "{line} against {rows},{},{},{sum}",
                las.curves.len(),
                values.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 85, "{compared}");
}

#[test]
fn names_are_unique_and_found_whatever_their_case() {
    let las =
        read("~C\nDEPT.M:\nRes.OHMM: a\nRES.OHMM: b\n.OHMM: nameless\n~A\n1 2 3 4\n").unwrap();
    let names: Vec<&str> = las.curves.iter().map(|c| c.mnemonic.as_str()).collect();
    assert_eq!(names, ["DEPT", "Res:1", "RES:2", "UNKNOWN"]);
    assert_eq!(numbers(las.curve("res:2").unwrap()), [3.0]);
    assert_eq!(las.curves[3].unit, "OHMM");
}

#[test]
fn words_stay_words_and_nulls_are_empty() {
    let las = file("1 0.2 \"clean sand\"\n2 -999.25 shale\n3 ERR -999.25\n").unwrap();
    let CurveValues::Words(words) = &las.curves[2].values else {
        panic!("{las:?}");
    };
    assert_eq!(words, &["clean sand", "shale", ""]);
    let phi = numbers(&las.curves[1]);
    assert!(phi[0] == 0.2 && phi[1].is_nan() && phi[2].is_nan());
    assert_eq!(las.well, "A-1");
}

#[test]
fn rows_that_cannot_be_right_are_told_with_their_line() {
    let error = |text: &str| read(text).unwrap_err().to_string();
    let ragged = file("1 2 3\n4 5\n").unwrap_err().to_string();
    assert!(
        ragged.contains("line 13: 2 values, the rows before have 3"),
        "{ragged}"
    );
    let wrapped = HEAD.replace("WRAP. NO", "WRAP. YES");
    let over = error(&format!("{wrapped}1\n2 3 4\n"));
    assert!(
        over.contains("3 values, but its row lacks only 2 of 3"),
        "{over}"
    );
    let short = error(&format!("{wrapped}1\n2 3\n4\n5\n"));
    assert!(short.contains("the last row has 2 of 3"), "{short}");
    let none = error("hello \u{1b}[31m\nworld");
    assert!(
        none.contains("no LAS file") && !none.contains('\u{1b}'),
        "{none}"
    );
    let bare = error("~V\nWRAP. YES:\n~A\n1 2\n");
    assert!(bare.contains("no ~C section"), "{bare}");
}

#[test]
fn values_that_ran_together_are_taken_apart_or_given_up() {
    let las = file("1 7.3-195.2\n2 7.020101130.188\n").unwrap();
    let (phi, code) = (numbers(&las.curves[1]), numbers(&las.curves[2]));
    assert_eq!((phi[0], code[0]), (7.3, -195.2));
    assert!(phi[1].is_nan() && code[1].is_nan());
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_no_panic(bytes: Vec<u8>, rows in "[0-9 .,~#A\\n\"'-]{0,120}") {
        let _ = parse(Path::new("x"), &text::decode(&bytes));
        let _ = file(&rows);
        let _ = read(&HEAD.replace("NO :", "YES :").replace("~A\n", &format!("~A\n{rows}")));
    }
}
