//! The geometry of a large file from a few of its headers: line by line, each
//! line's end guessed from the last one's length and found by bisection where
//! the guess is wrong.

use rayon::prelude::*;

use crate::io::IoError;
use crate::io::source::Source;

use super::layout::Layout;
use super::stretch::{Stretch, push};

/// Most lines that are followed one by one: each takes a few reads.
const MOST_FOLLOWED: usize = 1 << 16;
/// Parts of a file whose lines are followed at the same time.
const PARTS: u32 = 32;
/// Lines whose ends are compared with what the first lines promise.
const LINES_CHECKED: u32 = 64;

/// Reads numbers of slow and fast axis by trace.
struct Numbers<'a> {
    source: &'a Source,
    layout: &'a Layout,
    slow_byte: usize,
    fast_byte: usize,
}

impl Numbers<'_> {
    fn of(&self, trace: u32) -> Result<(i32, i32), IoError> {
        let header = self.layout.header(self.source, trace)?;
        Ok((header.i32(self.slow_byte), header.i32(self.fast_byte)))
    }
}

impl<'a> Numbers<'a> {
    /// Slow and fast number of a file sorted by lines; nothing for another.
    fn sorted(
        source: &'a Source,
        layout: &'a Layout,
        inline_byte: usize,
        crossline_byte: usize,
    ) -> Result<Option<(Numbers<'a>, bool)>, IoError> {
        let mut numbers = Numbers {
            source,
            layout,
            slow_byte: inline_byte,
            fast_byte: crossline_byte,
        };
        if layout.traces < 3 {
            return Ok(None);
        }
        let (a, b) = (numbers.of(0)?, numbers.of(1)?);
        let inline_sorted = a.0 == b.0;
        if inline_sorted == (a.1 == b.1) {
            return Ok(None);
        }
        if !inline_sorted {
            std::mem::swap(&mut numbers.slow_byte, &mut numbers.fast_byte);
        }
        Ok(Some((numbers, inline_sorted)))
    }
}

/// Numbers of slow and fast axis as inline and crossline.
fn stretch(
    inline_sorted: bool,
    trace: u32,
    slow: i32,
    fast: i32,
    step: i32,
    count: u32,
) -> Stretch {
    let (inline, crossline, inline_step, crossline_step) = if inline_sorted {
        (slow, fast, 0, step)
    } else {
        (fast, slow, step, 0)
    };
    Stretch {
        trace,
        count,
        inline,
        crossline,
        inline_step,
        crossline_step,
        dead: false,
    }
}

/// The lines of a file whose every line is as long as the first, told from its
/// first line, its second, its last, and the ends of some between; to be compared
/// with other headers.
pub(super) fn regular(
    source: &Source,
    layout: &Layout,
    inline_byte: usize,
    crossline_byte: usize,
) -> Result<Option<Vec<Stretch>>, IoError> {
    let Some((numbers, inline_sorted)) =
        Numbers::sorted(source, layout, inline_byte, crossline_byte)?
    else {
        return Ok(None);
    };
    let n = layout.traces;
    let first = numbers.follow(0, 1, n)?;
    let lines = n / first.count;
    if !n.is_multiple_of(first.count) || lines < 2 {
        return Ok(None);
    }
    let slow_step = i64::from(numbers.of(first.count)?.0) - i64::from(first.slow);
    let last = i64::from(first.slow) + slow_step * i64::from(lines - 1);
    if slow_step == 0 || i32::try_from(last).is_err() {
        return Ok(None);
    }
    let slow = |line: u32| (i64::from(first.slow) + slow_step * i64::from(line)) as i32;
    let end = first.at(first.count - 1);
    let checked = lines.min(LINES_CHECKED);
    // In parallel: on a busy file server each read may take milliseconds.
    let even = (0..checked).into_par_iter().with_min_len(8).map(|i| {
        // From the first line to the last.
        let line = (u64::from(i) * u64::from(lines - 1) / u64::from(checked - 1)) as u32;
        let trace = line * first.count;
        let begins = numbers.of(trace)? == (slow(line), first.fast);
        Ok(begins && numbers.of(trace + first.count - 1)? == (slow(line), end))
    });
    let even: Vec<bool> = even.collect::<Result<_, IoError>>()?;
    if even.contains(&false) {
        return Ok(None);
    }
    let line = |i: u32| {
        let trace = i * first.count;
        stretch(
            inline_sorted,
            trace,
            slow(i),
            first.fast,
            first.step,
            first.count,
        )
    };
    Ok(Some((0..lines).map(line).collect()))
}

/// Follows the lines of a file one by one. Nothing where it is not sorted by
/// lines, or where its lines have so many holes that reading every header is as
/// quick.
pub(super) fn lines(
    source: &Source,
    layout: &Layout,
    inline_byte: usize,
    crossline_byte: usize,
) -> Result<Option<Vec<Stretch>>, IoError> {
    let Some((numbers, inline_sorted)) =
        Numbers::sorted(source, layout, inline_byte, crossline_byte)?
    else {
        return Ok(None);
    };
    let n = layout.traces;
    let most = (n as usize / 16).min(MOST_FOLLOWED);
    let part = n.div_ceil(PARTS).max(1);
    // In parallel, for a line takes a few reads one after the other.
    let parts = (0..n.div_ceil(part)).into_par_iter().map(|i| {
        let (start, end) = (i * part, n.min((i + 1).saturating_mul(part)));
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut trace = start;
        let mut guess = 1;
        while trace < end && stretches.len() <= most {
            let line = numbers.follow(trace, guess, end)?;
            stretches.push(stretch(
                inline_sorted,
                trace,
                line.slow,
                line.fast,
                line.step,
                line.count,
            ));
            trace += line.count;
            guess = line.count;
        }
        Ok(stretches)
    });
    let parts: Vec<Vec<Stretch>> = parts.collect::<Result<_, IoError>>()?;
    let mut stretches = Vec::new();
    for next in parts.into_iter().flatten() {
        push(&mut stretches, next);
        if stretches.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(stretches))
}

/// Traces of one line with a constant step of the fast number.
#[derive(Clone, Copy)]
struct Line {
    slow: i32,
    fast: i32,
    /// Step of the fast number; 0 for a single trace.
    step: i32,
    count: u32,
}

impl Line {
    /// The fast number of its `i`-th trace, where that is a number.
    fn at(&self, i: u32) -> i32 {
        let number = i64::from(self.fast) + i64::from(self.step) * i64::from(i);
        i32::try_from(number).unwrap_or(i32::MAX)
    }
}

impl Numbers<'_> {
    /// The line that begins at a trace, as far as it lies before the `n`-th; `guess`
    /// is its likely length.
    fn follow(&self, trace: u32, guess: u32, n: u32) -> Result<Line, IoError> {
        let (slow, fast) = self.of(trace)?;
        let mut line = Line {
            slow,
            fast,
            step: 0,
            count: 1,
        };
        if trace + 1 >= n {
            return Ok(line);
        }
        let (next_slow, next_fast) = self.of(trace + 1)?;
        let step = i64::from(next_fast) - i64::from(fast);
        if next_slow != slow || step == 0 || i32::try_from(step).is_err() {
            return Ok(line);
        }
        line.step = step as i32;
        let belongs = |i: u32| -> Result<bool, IoError> {
            let (s, f) = self.of(trace + i)?;
            Ok(s == slow && i64::from(f) == i64::from(fast) + i64::from(i) * step)
        };
        // `low` belongs, `high` does not (or lies beyond the file).
        let (mut low, mut high) = (1, n - trace);
        if guess > 2 && guess <= high && belongs(guess - 1)? {
            low = guess - 1;
            if guess < high && !belongs(guess)? {
                high = guess;
            }
        }
        let mut reach = 1;
        while low + reach < high {
            if belongs(low + reach)? {
                low += reach;
                reach = reach.saturating_mul(2);
            } else {
                high = low + reach;
            }
        }
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if belongs(middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        line.count = low + 1;
        Ok(line)
    }
}
