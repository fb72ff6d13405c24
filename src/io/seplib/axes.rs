//! The axes that a history tells, in the units of a grid.

use crate::io::IoError;
use crate::model::{Axis, Grid, SampleUnit, Spacing};

use super::history::History;

/// The axes: n1 samples, n2 crosslines, n3 inlines.
pub(super) fn grid(history: &History, notes: &mut Vec<String>) -> Result<Grid, IoError> {
    for n in 4..10 {
        let key = format!("n{n}");
        if let Some(count) = history.number::<u64>(&key)?
            && count != 1
        {
            return Err(history.wrong(
                &key,
                format!("{count} volumes in one file (gathers or components); write one a file"),
            ));
        }
    }
    if history.get("n1").is_none() {
        return Err(history.wrong("n1", "missing; is this a SEPlib history?"));
    }
    let mut samples = axis(history, 1, notes)?;
    let crosslines = axis(history, 2, notes)?;
    let inlines = axis(history, 3, notes)?;
    let unit = unit(history, &mut samples);
    let spacing = match (history.coordinate("dline")?, history.coordinate("dcdp")?) {
        (Some(inline), Some(crossline)) if inline > 0.0 && crossline > 0.0 => {
            Some(Spacing { inline, crossline })
        }
        _ => None,
    };
    Ok(Grid {
        inlines,
        crosslines,
        samples,
        unit,
        spacing,
    })
}

/// Axis `n` of a text: one place from 0 by 1 where it tells nothing.
pub(super) fn axis(history: &History, n: usize, notes: &mut Vec<String>) -> Result<Axis, IoError> {
    let key = format!("n{n}");
    let count = match history.number::<u64>(&key)? {
        Some(0) => return Err(history.wrong(&key, "an axis without samples")),
        Some(count) => count,
        None => 1,
    };
    let count =
        usize::try_from(count).map_err(|_| history.wrong(&key, format!("{count} is too large")))?;
    let first = history.coordinate(&format!("o{n}"))?.unwrap_or(0.0);
    let mut step = history.coordinate(&format!("d{n}"))?.unwrap_or(1.0);
    if step == 0.0 {
        notes.push(format!("d{n}=0: 1 taken"));
        step = 1.0;
    }
    Ok(Axis::new(first, step, count))
}

/// What the first axis counts; seconds become milliseconds.
fn unit(history: &History, samples: &mut Axis) -> SampleUnit {
    let lower = |key: &str| history.get(key).unwrap_or("").trim().to_lowercase();
    let (unit, label) = (lower("unit1"), lower("label1"));
    let depth = label.contains("depth") || label == "z";
    match unit.as_str() {
        "m" | "meter" | "meters" | "metre" | "metres" => return SampleUnit::Metres,
        "ft" | "foot" | "feet" => return SampleUnit::Feet,
        "ms" | "msec" | "millisecond" | "milliseconds" => return SampleUnit::Milliseconds,
        "s" | "sec" | "second" | "seconds" => {}
        _ if depth => return SampleUnit::Metres,
        // No unit: a step below 0.1 can only be seconds.
        _ if samples.step.abs() >= 0.1 => return SampleUnit::Milliseconds,
        _ => {}
    }
    // Histories print seconds with few digits: 0.1 microseconds are noise.
    let ms = |s: f64| (s * 1e7).round() / 1e4;
    samples.first = ms(samples.first);
    samples.step = match ms(samples.step) {
        0.0 => samples.step * 1000.0,
        step => step,
    };
    SampleUnit::Milliseconds
}
