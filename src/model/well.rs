//! A well: its path through the survey, and classes along it.

/// The path of a well in survey numbers, with what was found along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Well {
    points: Vec<WellPoint>,
}

/// A point of the path.
#[derive(Clone, Debug, PartialEq)]
pub struct WellPoint {
    /// Inline; between lines in fractions.
    pub inline: f64,
    /// Crossline.
    pub crossline: f64,
    /// Time in ms, or depth.
    pub time: f64,
    /// Class from here to the next point, where one is known.
    pub class: Option<String>,
}

/// Most points that a path is divided into.
const PARTS: usize = 512;

impl Well {
    /// A well through points in the order of the path; nothing where a number is
    /// not finite or fewer than two points are given.
    pub fn through(points: Vec<WellPoint>) -> Option<Well> {
        let finite = |p: &WellPoint| {
            [p.inline, p.crossline, p.time]
                .iter()
                .all(|v| v.is_finite())
        };
        (points.len() >= 2 && points.iter().all(finite)).then_some(Well { points })
    }

    /// Its points.
    pub fn points(&self) -> &[WellPoint] {
        &self.points
    }

    /// The path in stretches of at most `step` of time and one line each, as far as
    /// there are not too many: each with both ends and the class along it.
    ///
    /// ```
    /// use outcrop::model::{Well, WellPoint};
    /// let point = |time, class: &str| WellPoint {
    ///     inline: 10.0, crossline: 20.0, time, class: Some(class.to_owned()),
    /// };
    /// let well = Well::through(vec![point(0.0, "shale"), point(8.0, "sand")]).unwrap();
    /// let parts: Vec<_> = well.stretches(4.0).map(|(p, q, class)| (p[2], q[2], class)).collect();
    /// assert_eq!(parts, [(0.0, 4.0, Some("shale")), (4.0, 8.0, Some("shale"))]);
    /// ```
    pub fn stretches(&self, step: f64) -> impl Iterator<Item = ([f64; 3], [f64; 3], Option<&str>)> {
        let most = (PARTS / self.points.len()).max(1);
        self.points.windows(2).flat_map(move |pair| {
            let (p, q) = (&pair[0], &pair[1]);
            let far = [
                (q.time - p.time).abs() / step.abs().max(1e-6),
                (q.inline - p.inline).abs(),
                (q.crossline - p.crossline).abs(),
            ];
            let n = far.into_iter().fold(1.0, f64::max).ceil().min(most as f64) as usize;
            let at = move |k: usize| {
                let t = k as f64 / n as f64;
                [
                    p.inline + t * (q.inline - p.inline),
                    p.crossline + t * (q.crossline - p.crossline),
                    p.time + t * (q.time - p.time),
                ]
            };
            (0..n).map(move |k| (at(k), at(k + 1), p.class.as_deref()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(inline: f64, crossline: f64, time: f64) -> WellPoint {
        WellPoint {
            inline,
            crossline,
            time,
            class: None,
        }
    }

    #[test]
    fn stretches_join_and_keep_both_ends_however_long_the_path() {
        let points = vec![
            point(0.0, 0.0, 0.0),
            point(3.0, 900.0, 100.0),
            point(3.0, 900.0, 1e6),
        ];
        let well = Well::through(points).unwrap();
        let parts: Vec<_> = well.stretches(4.0).collect();
        assert!(parts.len() <= PARTS);
        assert_eq!(parts[0].0, [0.0; 3]);
        assert_eq!(parts.last().unwrap().1, [3.0, 900.0, 1e6]);
        assert!(parts.windows(2).all(|w| w[0].1 == w[1].0));
        let many = (0..2000)
            .map(|i| point(f64::from(i), 0.0, f64::from(i)))
            .collect();
        assert_eq!(Well::through(many).unwrap().stretches(4.0).count(), 1999);
    }

    #[test]
    fn one_point_is_no_well() {
        assert!(Well::through(vec![point(0.0, 0.0, 0.0)]).is_none());
        assert!(Well::through(vec![point(0.0, 0.0, 0.0), point(0.0, f64::NAN, 1.0)]).is_none());
    }
}
