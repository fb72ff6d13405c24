//! The geometry of a large file from a few of its headers: line by line, each
//! line's end guessed from the last one's length and found by bisection where
//! the guess is wrong.

use crate::io::IoError;
use crate::io::source::Source;

use super::layout::Layout;

/// Traces of one line with a constant step of the fast number.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub(super) slow: i32,
    pub(super) fast: i32,
    /// Step of the fast number; 0 for a single trace.
    pub(super) step: i32,
    pub(super) count: u32,
    pub(super) trace: u32,
}

/// A file sorted by lines.
pub(super) struct Lines {
    /// True where the slow number is the inline.
    pub(super) inline_sorted: bool,
    pub(super) stretches: Vec<Stretch>,
}

/// Reads line numbers by trace.
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

/// The lines of a file whose every line is as long as the first, told from its
/// first line, its second and its last; to be compared with other headers.
pub(super) fn regular(
    source: &Source,
    layout: &Layout,
    inline_byte: usize,
    crossline_byte: usize,
) -> Result<Option<Lines>, IoError> {
    let Some((numbers, inline_sorted)) =
        Numbers::sorted(source, layout, inline_byte, crossline_byte)?
    else {
        return Ok(None);
    };
    let n = layout.traces;
    let first = follow(&numbers, 0, 1, n)?;
    let lines = n / first.count;
    if !n.is_multiple_of(first.count) || lines < 2 {
        return Ok(None);
    }
    let second = numbers.of(first.count)?;
    let slow_step = i64::from(second.0) - i64::from(first.slow);
    let stretch = |line: u32| -> Option<Stretch> {
        let slow = i64::from(first.slow) + slow_step * i64::from(line);
        Some(Stretch {
            slow: i32::try_from(slow).ok()?,
            trace: line * first.count,
            ..first
        })
    };
    let last = numbers.of(n - first.count)?;
    let expected = stretch(lines - 1).map(|s| (s.slow, s.fast));
    let stretches: Option<Vec<Stretch>> = (0..lines).map(stretch).collect();
    Ok(stretches
        .filter(|_| slow_step != 0 && second.1 == first.fast && expected == Some(last))
        .map(|stretches| Lines {
            inline_sorted,
            stretches,
        }))
}

/// Follows the lines of a file one by one. Nothing where it is not sorted by
/// lines, or where its lines have so many holes that reading every header is as
/// quick.
pub(super) fn lines(
    source: &Source,
    layout: &Layout,
    inline_byte: usize,
    crossline_byte: usize,
) -> Result<Option<Lines>, IoError> {
    let Some((numbers, inline_sorted)) =
        Numbers::sorted(source, layout, inline_byte, crossline_byte)?
    else {
        return Ok(None);
    };
    let n = layout.traces;
    let most = n as usize / 16;
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut trace = 0;
    let mut guess = 1;
    while trace < n {
        let stretch = follow(&numbers, trace, guess, n)?;
        trace += stretch.count;
        guess = stretch.count;
        stretches.push(stretch);
        if stretches.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(Lines {
        inline_sorted,
        stretches,
    }))
}

/// The stretch that begins at a trace; `guess` is its likely length.
fn follow(numbers: &Numbers, trace: u32, guess: u32, n: u32) -> Result<Stretch, IoError> {
    let (slow, fast) = numbers.of(trace)?;
    let mut stretch = Stretch {
        slow,
        fast,
        step: 0,
        count: 1,
        trace,
    };
    if trace + 1 >= n {
        return Ok(stretch);
    }
    let (next_slow, next_fast) = numbers.of(trace + 1)?;
    let step = i64::from(next_fast) - i64::from(fast);
    if next_slow != slow || step == 0 || i32::try_from(step).is_err() {
        return Ok(stretch);
    }
    let belongs = |i: u32| -> Result<bool, IoError> {
        let (s, f) = numbers.of(trace + i)?;
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
            reach *= 2;
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
    stretch.step = step as i32;
    stretch.count = low + 1;
    Ok(stretch)
}
