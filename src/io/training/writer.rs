//! Training tables written as text.

use std::fmt::Write as _;
use std::path::Path;

use crate::io::{IoError, write_atomically};
use crate::model::{SampleUnit, TrainingTable, candidate_name, printable};

use super::fields::seven_digits;
use super::groups_path;

/// Writes a training table as text, and its groups beside it where it has any.
/// `unit` is that of the positions: times in ms become seconds in the file.
///
/// Attribute values keep seven significant digits; names lose their blanks.
pub fn write_training(path: &Path, table: &TrainingTable, unit: SampleUnit) -> Result<(), IoError> {
    if table.group.len() == table.len() && !table.is_empty() {
        let mut groups = String::new();
        for &group in &table.group {
            let name = table.groups.get(group as usize);
            groups.push_str(&name.map_or_else(|| group.to_string(), |n| printable(n)));
            groups.push('\n');
        }
        write_atomically(&groups_path(path), groups.as_bytes())?;
    }
    write_atomically(path, text(table, unit).as_bytes())
}

fn text(table: &TrainingTable, unit: SampleUnit) -> String {
    let attributes: Vec<String> = table.attributes.iter().map(|n| candidate_name(n)).collect();
    let classes: Vec<String> = (table.codes.iter().zip(&table.classes))
        .map(|(code, name)| format!("{code}={}", candidate_name(name)))
        .collect();
    let positions = table.positions.len() == table.len();
    let vertical = if unit == SampleUnit::Milliseconds {
        "t"
    } else {
        "z"
    };
    let coordinates = if positions {
        format!("line_no cdp_no {vertical} ")
    } else {
        String::new()
    };
    // Writing to a string does not fail.
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# training file v1  nvec={} nattr={} nclass={}",
        table.len(),
        attributes.len(),
        classes.len()
    );
    let _ = writeln!(
        text,
        "# attributes: {} ; classes: {}",
        attributes.join(" "),
        classes.join(" ")
    );
    let _ = writeln!(text, "# {coordinates}{} class", attributes.join(" "));
    for (i, values) in table.values.outer_iter().enumerate() {
        if let Some(at) = table.positions.get(i).filter(|_| positions) {
            let _ = write!(
                text,
                "{} {} {} ",
                at.inline,
                at.crossline,
                in_file(at.time, unit)
            );
        }
        for &v in values {
            text.push_str(&seven_digits(f64::from(v)));
            text.push(' ');
        }
        let class = table.class.get(i).map_or(0, |&c| c as usize);
        let code = table.codes.get(class).copied().unwrap_or_default();
        let _ = writeln!(text, "{code}");
    }
    text
}

/// A time or depth as it stands in files: seconds, metres or feet.
pub(super) fn in_file(value: f64, unit: SampleUnit) -> f64 {
    match unit {
        // Nanoseconds are noise of the division.
        SampleUnit::Milliseconds => (value * 1e6).round() / 1e9,
        SampleUnit::Metres | SampleUnit::Feet => value,
    }
}
