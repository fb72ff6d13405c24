//! What the import doctor tells of a SEG-Y file.

use crate::io::doctor::{BinaryField, Candidate, Diagnosis, Ground, verdict};
use crate::io::source::Source;
use crate::io::{Certainty, Facts, IoError, OpenOptions};
use crate::task::Task;

use super::binary::{FIELDS, HEADERS};
use super::geometry::Geometry;
use super::header::at;
use super::header_scan::HeaderScan;
use super::kept::Kept;
use super::layout::Layout;
use super::map::trace_map;
use super::pairs::candidates;
use super::position::{Position, Track, track};
use super::reader::{SegyFile, check_bytes, taken_up};
use super::scan;
use super::survey::{Effort, SAMPLE, Verdict, is_small};
use super::text::{Charset, TEXT, cards};
use super::words::Tally;

/// Most extended textual headers that are shown.
const MOST_TEXT: u64 = 10;

/// Examines a SEG-Y or SU file; see [`diagnose`](crate::io::diagnose).
pub(in crate::io) fn diagnose(
    source: Source,
    options: &OpenOptions,
    map: (usize, usize),
    every: bool,
    task: &Task,
) -> Result<Diagnosis, IoError> {
    check_bytes(source.path(), options)?;
    let layout = Layout::read(&source)?;
    let options = &layout.asked(options);
    let sample = scan::sample(&source, &layout, SAMPLE)?;
    let kept = if every || is_small(&source, &layout) {
        Some(whole(&source, options, task)?)
    } else {
        Kept::read(&source, &layout, options)
    };
    let mut words = Tally::new();
    let (geometry, word_headers) = if let Some(kept) = kept {
        words.clone_from(&kept.words);
        let all = u64::from(layout.traces);
        (taken_up(kept, &source, &layout, options)?, all)
    } else {
        for (_, header) in &sample {
            words.add(&header.bytes, layout.order);
        }
        let geometry = Geometry::find(&source, &layout, options, Effort::Open, task)?;
        (geometry, sample.len() as u64)
    };
    let survey = match &geometry.verdict {
        Verdict::Cube(survey) => Some(survey),
        Verdict::Not(_) => None,
    };
    let candidates = candidates(&source, &layout, options, &sample, survey)?;
    let map = survey.map(|survey| trace_map(survey, map));
    let angles = sample
        .iter()
        .any(|(_, h)| !matches!(h.i16(at::COORDINATE_UNITS), 0 | 1));
    let ground = geometry.position.map(|p| ground(&p, &layout, angles));
    let track = survey.and_then(|survey| track(survey, &sample));
    let feet = layout.feet;
    let by = survey.map(|s| s.index.inline_sorted);
    let certainty = geometry.certainty;
    let extended_text = extended_text(&source, &layout)?;
    let binary_header = binary_header(&layout);
    let facts = SegyFile::new(source, layout, geometry).facts(every, task)?;
    let mut verdict = verdict(&facts);
    verdict.extend(more(&facts, by, ground.as_ref(), &candidates, certainty));
    match (by, &ground, track) {
        (Some(_), None, Some(track)) => verdict.push(along(&track, angles, feet)),
        (Some(_), None, None) => {
            verdict.push("No coordinates were found in the trace headers.".to_owned());
        }
        _ => {}
    }
    Ok(Diagnosis {
        facts,
        verdict,
        candidates,
        ground,
        map,
        binary_header,
        extended_text,
        words: words.facts(),
        word_headers,
    })
}

/// What all headers say, read now.
fn whole(source: &Source, options: &OpenOptions, task: &Task) -> Result<Kept, IoError> {
    let scan = HeaderScan::plan(source.path(), options)?;
    let units: Result<Vec<_>, IoError> = (0..scan.units().len())
        .map(|unit| scan.unit(unit, task))
        .collect();
    let found = scan.join(units?)?;
    Ok(found.into_kept())
}

/// What only a SEG-Y file is asked: sorting, angles, lengths, other bytes.
fn more(
    facts: &Facts,
    by_inline: Option<bool>,
    ground: Option<&Ground>,
    candidates: &[Candidate],
    certainty: Certainty,
) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(by_inline) = by_inline {
        let (slow, fast) = if by_inline {
            ("inline", "crossline")
        } else {
            ("crossline", "inline")
        };
        told.push(format!("Sorted by {slow}, then {fast}."));
    }
    if let Some(ground) = ground {
        if ground.unit == "ft" {
            told.push("Lengths are in feet.".to_owned());
        }
        if ground.unit == "degrees" {
            told.push("Coordinates are angles: they give no bin size.".to_owned());
        }
        if let Some((a, b)) = ground.inline_azimuth.zip(ground.crossline_azimuth) {
            let between = (a - b).rem_euclid(180.0);
            if (between - 90.0).abs() > 1.0 {
                told.push(format!(
                    "Inlines and crosslines meet at {between:.1} degrees, not at a right angle."
                ));
            }
        }
    }
    let other = candidates.iter().find(|c| !c.chosen && c.score > 0.5);
    if let (Some(other), None) = (other, by_inline) {
        told.push(format!(
            "Bytes {} and {} would make a volume: open it with --inline-byte {} \
             --crossline-byte {}.",
            other.inline_byte, other.crossline_byte, other.inline_byte, other.crossline_byte
        ));
    }
    if certainty == Certainty::Scanned && !facts.exact {
        told.push("All trace headers were read; the statistics are of some traces.".to_owned());
    }
    told
}

/// How the only line of a file runs.
fn along(track: &Track, angles: bool, feet: bool) -> String {
    if angles {
        return format!(
            "One line, its coordinates at bytes {}/{} are angles: they give no distances.",
            track.x_byte, track.y_byte
        );
    }
    let unit = if feet { "ft" } else { "m" };
    // A trace's breadth off the straight is how coordinates are rounded.
    let course = if track.bend > track.between {
        format!("crooked: up to {:.0} {unit} from the straight", track.bend)
    } else {
        "straight".to_owned()
    };
    format!(
        "One line of {:.0} {unit}, {:.2} {unit} between traces, {course} (coordinates at bytes \
         {}/{}).",
        track.length, track.between, track.x_byte, track.y_byte
    )
}

/// Bin size and directions out of the corners.
fn ground(position: &Position, layout: &Layout, angles: bool) -> Ground {
    let [first, along, across, _] = position.corners;
    // From one corner to another: the direction, and the distance a line.
    let towards = |other: [f64; 4], lines: f64| {
        let (dx, dy) = (other[2] - first[2], other[3] - first[3]);
        let length = dx.hypot(dy);
        let azimuth = dx.atan2(dy).to_degrees().rem_euclid(360.0);
        // Numbers may fall from the first corner to the other.
        let azimuth = if lines < 0.0 {
            (azimuth + 180.0).rem_euclid(360.0)
        } else {
            azimuth
        };
        (length > 0.0).then_some(azimuth)
    };
    Ground {
        unit: match (angles, layout.feet) {
            (true, _) => "degrees",
            (false, true) => "ft",
            (false, false) => "m",
        },
        bytes: (position.x_byte, position.y_byte),
        between_inlines: position.between.0,
        between_crosslines: position.between.1,
        inline_azimuth: towards(along, along[1] - first[1]),
        crossline_azimuth: towards(across, across[0] - first[0]),
        corners: position.corners,
    }
}

fn binary_header(layout: &Layout) -> Vec<BinaryField> {
    let Some(binary) = &layout.binary else {
        return Vec::new();
    };
    let told = FIELDS.iter().filter(|f| !binary.is_zero(f.0, f.1));
    told.map(|&(byte, kind, name)| BinaryField {
        byte,
        name,
        value: binary.shown(byte, kind),
    })
    .collect()
}

/// Lines of the extended textual headers that are not empty.
fn extended_text(source: &Source, layout: &Layout) -> Result<Vec<String>, IoError> {
    let mut lines = Vec::new();
    let headers = layout.first.saturating_sub(HEADERS as u64) / TEXT as u64;
    for header in 0..headers.min(MOST_TEXT) {
        let block = source.bytes(HEADERS as u64 + header * TEXT as u64, TEXT)?;
        let text = cards(&block, Charset::of(&block));
        lines.extend(text.into_iter().filter(|line| !line.is_empty()));
    }
    Ok(lines)
}
