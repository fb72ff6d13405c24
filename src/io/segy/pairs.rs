//! Pairs of header bytes that may hold line numbers, scored.

use crate::io::doctor::Candidate;
use crate::io::source::Source;
use crate::io::{IoError, OpenOptions};

use super::header::{TraceHeader, at};
use super::layout::Layout;
use super::survey::{CANDIDATES, Survey, named};
use super::trial::{Pair, spans};
use super::words::WORDS;

/// Most pairs that are shown besides those the standard and older software use.
const MOST_FOUND: usize = 6;
/// How far traces and bins of a pair may differ for it to be worth a closer look.
const NEAR_FULL: std::ops::RangeInclusive<f64> = 0.5..=1.05;

/// The usual pairs, the person's, and those among all words of the trace headers
/// whose numbers nearly fill a grid; the best first.
pub(super) fn candidates(
    source: &Source,
    layout: &Layout,
    options: &OpenOptions,
    sample: &[(u32, TraceHeader)],
    chosen: Option<&Survey>,
) -> Result<Vec<Candidate>, IoError> {
    let mut pairs = named(options);
    pairs.extend(CANDIDATES);
    pairs.extend(chosen.map(|s| (s.inline_byte, s.crossline_byte)));
    let usual = pairs.len();
    pairs.extend(found(layout, sample));
    let mut told: Vec<Candidate> = Vec::new();
    for (i, &(inline_byte, crossline_byte)) in pairs.iter().enumerate() {
        let same = |c: &Candidate| {
            let bytes = (c.inline_byte, c.crossline_byte);
            bytes == (inline_byte, crossline_byte) || bytes == (crossline_byte, inline_byte)
        };
        if told.iter().any(same) {
            continue;
        }
        let pair = Pair {
            source,
            layout,
            sample,
            inline_byte,
            crossline_byte,
            thin: false,
            guessed: (inline_byte, crossline_byte) != (at::INLINE, at::CROSSLINE),
        };
        let candidate = match chosen {
            Some(s) if (s.inline_byte, s.crossline_byte) == (inline_byte, crossline_byte) => {
                of_survey(s, true)
            }
            _ => judged(&pair)?,
        };
        if i < usual || candidate.score > 0.0 {
            told.push(candidate);
        }
    }
    // Stable: of equal ones the more usual stays first.
    told.sort_by(|a, b| b.chosen.cmp(&a.chosen).then(b.score.total_cmp(&a.score)));
    Ok(told)
}

/// What a pair would make, by a few headers.
fn judged(pair: &Pair) -> Result<Candidate, IoError> {
    let numbers = pair.sample.iter();
    let numbers = numbers.map(|(_, h)| (h.i32(pair.inline_byte), h.i32(pair.crossline_byte)));
    let (inlines, crosslines) = spans(numbers);
    let bins = inlines.count as f64 * crosslines.count as f64;
    let refused = |reason: String| Candidate {
        inline_byte: pair.inline_byte,
        crossline_byte: pair.crossline_byte,
        inlines: inlines.into(),
        crosslines: crosslines.into(),
        fill: f64::from(pair.layout.traces) / bins.max(1.0),
        score: 0.0,
        chosen: false,
        reason,
    };
    if let Some(rejected) = pair.hopeless() {
        return Ok(refused(rejected.reason().to_owned()));
    }
    Ok(match pair.probe()? {
        Some(Ok((_, survey))) => of_survey(&survey, false),
        Some(Err(rejected)) => refused(rejected.reason().to_owned()),
        None => refused(
            "the file is not sorted by these numbers: only all headers tell what they make"
                .to_owned(),
        ),
    })
}

fn of_survey(survey: &Survey, chosen: bool) -> Candidate {
    let bins = survey.inlines.count as f64 * survey.crosslines.count as f64;
    let fill = survey.index.traces() as f64 / bins;
    Candidate {
        inline_byte: survey.inline_byte,
        crossline_byte: survey.crossline_byte,
        inlines: survey.inlines.into(),
        crosslines: survey.crosslines.into(),
        fill,
        score: fill,
        chosen,
        reason: survey.choice.clone(),
    }
}

/// Pairs of four-byte words whose numbers nearly fill a grid in the sampled
/// headers, the fullest first; of each the one that changes less is the inline.
fn found(layout: &Layout, sample: &[(u32, TraceHeader)]) -> Vec<(usize, usize)> {
    let words: Vec<(usize, Vec<i32>)> = WORDS
        .iter()
        .filter(|(_, width, _)| *width == 4)
        .map(|&(byte, ..)| (byte, sample.iter().map(|(_, h)| h.i32(byte)).collect()))
        .filter(|(_, numbers): &(usize, Vec<i32>)| numbers.windows(2).any(|w| w[0] != w[1]))
        .collect();
    let changes = |numbers: &[i32]| numbers.windows(2).filter(|w| w[0] != w[1]).count();
    let mut near = Vec::new();
    for (i, (a, slow)) in words.iter().enumerate() {
        for (b, fast) in &words[i + 1..] {
            let pairs = slow.iter().copied().zip(fast.iter().copied());
            let (n, m) = spans(pairs);
            let fill = f64::from(layout.traces) / (n.count as f64 * m.count as f64);
            if n.count > 1 && m.count > 1 && NEAR_FULL.contains(&fill) {
                let pair = if changes(slow) <= changes(fast) {
                    (*a, *b)
                } else {
                    (*b, *a)
                };
                near.push(((1.0 - fill).abs(), pair));
            }
        }
    }
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    near.into_iter()
        .take(MOST_FOUND)
        .map(|(_, pair)| pair)
        .collect()
}
