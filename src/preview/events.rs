//! Events along traces: what the cursor jumps to and vertices snap on.

use ndarray::ArrayView2;

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A local maximum.
    Peak,
    /// A local minimum.
    Trough,
    /// Where the sign changes: the sample nearer to zero.
    Zero,
    /// Where the samples change most: a local maximum of the gradient that is at
    /// least as steep as the trace is on the whole (root mean square).
    Edge,
}

impl EventKind {
    /// All kinds, in the order they are cycled through.
    pub const ALL: [EventKind; 4] = [
        EventKind::Peak,
        EventKind::Trough,
        EventKind::Zero,
        EventKind::Edge,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            EventKind::Peak => "peak",
            EventKind::Trough => "trough",
            EventKind::Zero => "zero crossing",
            EventKind::Edge => "edge",
        }
    }

    /// All events of the kind on a trace, from the top. Nulls (NaN) and the ends
    /// of the trace are none.
    ///
    /// ```
    /// use outcrop::preview::EventKind;
    /// let trace = [0.0, 2.0, 1.0, -3.0, -3.0, 0.5, 0.0];
    /// assert_eq!(EventKind::Peak.on(&trace), [1, 5]);
    /// assert_eq!(EventKind::Trough.on(&trace), [3]);
    /// assert_eq!(EventKind::Zero.on(&trace), [2, 5]);
    /// ```
    pub fn on(self, trace: &[f32]) -> Vec<usize> {
        match self {
            EventKind::Peak => maxima(trace),
            EventKind::Trough => maxima(&trace.iter().map(|v| -v).collect::<Vec<_>>()),
            EventKind::Zero => zeros(trace),
            EventKind::Edge => edges(trace),
        }
    }
}

/// Local maxima; of a flat top the middle.
fn maxima(trace: &[f32]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut top = None;
    for i in 1..trace.len() {
        let (before, here) = (trace[i - 1], trace[i]);
        if here > before {
            top = Some(i);
        } else if here < before {
            if let Some(from) = top.take() {
                found.push(usize::midpoint(from, i - 1));
            }
        } else if here != before {
            // A null on either side.
            top = None;
        }
    }
    found
}

fn zeros(trace: &[f32]) -> Vec<usize> {
    let mut found = Vec::new();
    for i in 1..trace.len() {
        let (before, here) = (trace[i - 1], trace[i]);
        if before * here < 0.0 {
            found.push(if before.abs() < here.abs() { i - 1 } else { i });
        } else if here == 0.0 && trace.get(i + 1).is_some_and(|next| before * next < 0.0) {
            found.push(i);
        }
    }
    found.dedup();
    found
}

fn edges(trace: &[f32]) -> Vec<usize> {
    let mut steep = vec![0.0; trace.len()];
    for i in 1..trace.len().saturating_sub(1) {
        steep[i] = (trace[i + 1] - trace[i - 1]).abs();
    }
    let live = steep.iter().filter(|g| !g.is_nan());
    let (sum, n) = live.fold((0.0f64, 0), |(s, n), g| (s + f64::from(*g).powi(2), n + 1));
    let rms = (sum / f64::from(n.max(1))).sqrt();
    let found = maxima(&steep).into_iter();
    found.filter(|i| f64::from(steep[*i]) >= rms).collect()
}

/// The `n`-th event after a sample, or before it; the last there is where there
/// are fewer, nothing where there is none.
pub fn next_event(events: &[usize], from: usize, down: bool, n: usize) -> Option<usize> {
    let n = n.max(1);
    if down {
        let first = events.partition_point(|e| *e <= from);
        events[first..]
            .get(n - 1)
            .or(events[first..].last())
            .copied()
    } else {
        let before = &events[..events.partition_point(|e| *e < from)];
        let place = before.len().saturating_sub(n);
        before.get(place).copied()
    }
}

/// The event nearest to a sample and at most `window` samples away; of two
/// equally near the upper one.
pub fn nearest_event(events: &[usize], at: usize, window: usize) -> Option<usize> {
    let after = events.partition_point(|e| *e < at);
    let before = after.checked_sub(1).and_then(|i| events.get(i));
    [before, events.get(after)]
        .into_iter()
        .flatten()
        .copied()
        .filter(|e| e.abs_diff(at) <= window)
        .min_by_key(|e| e.abs_diff(at))
}

/// Half of the window that neighbouring traces are compared over.
const HALF: isize = 6;
/// How far an event may lie from where it is looked for, on the next trace.
const DRIFT: isize = 4;
/// Traces that tell the dip an event goes on with.
const DIP_OVER: usize = 5;

/// Follows an event from a sample `(a, b)` of a slice to another trace, trace by
/// trace; gives the sample on each, both ends included.
///
/// On the next trace it looks where the dip of the last 5 traces leads, for the
/// nearest event of the kind within 4 samples. Where there is none, or no kind is
/// given, it goes where 13 samples around the last one fit the next trace best
/// (largest normalised product, within 4 samples). Where nothing is live it goes
/// straight on. Cost: a trace each, and 117 products where events lack.
pub fn track(
    plane: &ArrayView2<f32>,
    (mut a, mut b): (usize, usize),
    to: usize,
    kind: Option<EventKind>,
) -> Vec<(usize, usize)> {
    let to = to.min(plane.nrows().saturating_sub(1));
    let mut path = vec![(a, b)];
    while a != to && a < plane.nrows() {
        let next = if to > a { a + 1 } else { a - 1 };
        let found = kind.and_then(|kind| {
            let events = kind.on(&plane.row(next).to_vec());
            nearest_event(&events, lead(&path), DRIFT as usize)
        });
        b = found.unwrap_or_else(|| b.saturating_add_signed(best_lag(plane, (a, b), next)));
        a = next;
        path.push((a, b));
    }
    path
}

/// Where the dip of the last traces leads on the next one.
fn lead(path: &[(usize, usize)]) -> usize {
    let n = path.len();
    let (over, last) = (n.min(DIP_OVER + 1), path[n - 1].1 as f64);
    if over < 2 {
        return path[n - 1].1;
    }
    let dip = (last - path[n - over].1 as f64) / (over - 1) as f64;
    (last + dip).round().max(0.0) as usize
}

fn best_lag(plane: &ArrayView2<f32>, (a, b): (usize, usize), next: usize) -> isize {
    let value = |trace: usize, at: Option<usize>| {
        let v = at.and_then(|at| plane.get([trace, at])).copied();
        f64::from(v.filter(|v| !v.is_nan()).unwrap_or(0.0))
    };
    let fit = |lag: isize| -> f64 {
        let (mut product, mut energy) = (0.0, 0.0);
        for k in -HALF..=HALF {
            let there = value(next, b.checked_add_signed(k + lag));
            product += value(a, b.checked_add_signed(k)) * there;
            energy += there * there;
        }
        if energy > 0.0 {
            product / energy.sqrt()
        } else {
            0.0
        }
    };
    let inside = |lag: &isize| {
        b.checked_add_signed(*lag)
            .is_some_and(|b| b < plane.ncols())
    };
    let mut best = (0, fit(0));
    for lag in (1..=DRIFT).flat_map(|d| [-d, d]).filter(inside) {
        let found = fit(lag);
        if found > best.1 {
            best = (lag, found);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use proptest::prelude::*;

    #[test]
    fn jumps_go_to_the_counted_event_and_stop_at_the_last() {
        let events = [3, 8, 20];
        let jump = |from, down, n| next_event(&events, from, down, n);
        assert_eq!(jump(3, true, 1), Some(8));
        assert_eq!(jump(0, true, 2), Some(8));
        assert_eq!(jump(0, true, 9), Some(20));
        assert_eq!(jump(20, true, 1), None);
        assert_eq!(jump(20, false, 1), Some(8));
        assert_eq!(jump(99, false, 9), Some(3));
        assert_eq!(jump(3, false, 1), None);
    }

    #[test]
    fn edges_are_steep_and_nulls_are_no_events() {
        let step = [0.0, 0.0, 0.1, 0.0, 0.0, 5.0, 5.0, 5.1, 5.0];
        assert_eq!(EventKind::Edge.on(&step), [4]);
        let holes = [0.0, f32::NAN, 3.0, f32::NAN, -1.0, 2.0, 1.0];
        assert_eq!(EventKind::Peak.on(&holes), [5]);
        assert_eq!(EventKind::Zero.on(&holes), [4]);
        for kind in EventKind::ALL {
            assert!(kind.on(&[]).is_empty() && kind.on(&[f32::NAN; 9]).is_empty());
            assert!(kind.on(&[2.0; 9]).is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn a_dipping_reflector_is_followed() {
        let depth = |a: usize| 30.0 + 12.0 * (a as f64 / 9.0).sin();
        let wavelet = |t: f64| ((1.0 - 0.5 * t * t) * (-0.25 * t * t).exp()) as f32;
        let plane = Array2::from_shape_fn((60, 80), |(a, b)| {
            wavelet(b as f64 - depth(a)) - 0.8 * wavelet(b as f64 - depth(a) - 14.0)
        });
        for (from, to) in [(0, 59), (59, 0)] {
            let start = (from, depth(from).round() as usize);
            let path = track(&plane.view(), start, to, Some(EventKind::Peak));
            assert_eq!(path.len(), 60);
            for (a, b) in path {
                assert!((b as f64 - depth(a)).abs() <= 0.5, "trace {a}: {b}");
            }
        }
        let path = track(&Array2::zeros((5, 9)).view(), (1, 4), 9, None);
        assert_eq!(path, [(1, 4), (2, 4), (3, 4), (4, 4)]);
    }

    proptest! {
        #[test]
        fn snapping_never_leaves_its_window(
            trace in prop::collection::vec(-9i8..9, 0..60), at in 0usize..60, window in 0usize..9,
        ) {
            let trace: Vec<f32> = trace.into_iter().map(f32::from).collect();
            for kind in EventKind::ALL {
                let events = kind.on(&trace);
                prop_assert!(events.is_sorted_by(|a, b| a < b));
                let near = |e: &&usize| e.abs_diff(at) <= window;
                match nearest_event(&events, at, window) {
                    Some(e) => {
                        prop_assert!(e.abs_diff(at) <= window);
                        let nearer = events.iter().any(|o| o.abs_diff(at) < e.abs_diff(at));
                        prop_assert!(!nearer);
                    }
                    None => prop_assert!(!events.iter().any(|e| near(&e))),
                }
                if let Some(e) = next_event(&events, at, true, 1) {
                    prop_assert!(e > at && !events.iter().any(|o| *o > at && *o < e));
                }
            }
        }
    }
}
