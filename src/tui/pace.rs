//! How fast the line to the terminal is, and pictures no faster than it carries.
//!
//! The end of a heavy picture carries a question that every terminal answers
//! (where is the cursor?). Until the answer comes the picture is under way, and no
//! other is drawn: keys are taken in meanwhile, and the next picture shows what
//! all of them came to. Without this a held key fills the buffers of a slow line
//! with pictures of the past. A line that never answered is not waited for.
//!
//! A multiplexer answers for itself, so what is measured then is the way to it.

use std::time::{Duration, Instant};

use super::view::Link;

/// Pictures of fewer bytes are not worth a question.
const HEAVY: usize = 8 << 10;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Questions in a row without an answer after which no more are asked.
const TRIALS: u32 = 3;
/// A line that brings a picture sooner than this is asked only now and then.
const SWIFT: Duration = Duration::from_millis(30);
/// How many heavy pictures of a swift line are drawn between questions.
const SELDOM: u32 = 16;
/// Bytes a second below which a line is slow, and above which it is not any more.
const SLOW: (f64, f64) = (200e3, 400e3);
/// Bytes a second below which a line is fast no more, and above which it is fast.
const FAST: (f64, f64) = (4e6, 8e6);

/// What is asked of the terminal: a report of the cursor's place.
pub(super) const QUESTION: &[u8] = b"\x1b[6n";
/// The fewest bytes that the answer has.
pub(super) const ANSWER: u64 = 6;

/// What is known of the line.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    /// When the last question was put, after how many bytes.
    sent: Option<(Instant, usize)>,
    unanswered: u32,
    answered: u32,
    /// Heavy pictures since the last question.
    skipped: u32,
    /// Bytes of the first picture, and when its answer came.
    first: Option<(usize, Duration)>,
    /// The way there and back.
    round_trip: Option<Duration>,
    /// Bytes a second, smoothed.
    rate: Option<f64>,
}

impl Pace {
    /// True where a picture of so many bytes should end with a question.
    pub(super) fn asks(&mut self, bytes: usize, now: Instant) -> bool {
        if self.sent.is_some_and(|(at, _)| now >= at + PATIENCE) {
            self.sent = None;
            self.unanswered += 1;
        }
        if bytes < HEAVY || self.sent.is_some() || self.unanswered >= TRIALS {
            return false;
        }
        self.skipped += 1;
        let swift = self.carrying(bytes).is_some_and(|time| time < SWIFT);
        !swift || self.skipped > SELDOM
    }

    /// A question was put after so many bytes; none for the round trip alone.
    pub(super) fn asked(&mut self, bytes: usize, now: Instant) {
        self.sent = Some((now, bytes));
        self.skipped = 0;
    }

    /// The answer came. True where the round trip should be asked for: it is not
    /// known yet.
    pub(super) fn answered(&mut self, now: Instant) -> bool {
        let Some((at, bytes)) = self.sent.take() else {
            return false;
        };
        let took = now.saturating_duration_since(at);
        self.answered += 1;
        self.unanswered = 0;
        let Some(way) = self.round_trip else {
            // The first picture's time can be told apart when the way is known.
            match self.first {
                Some((bytes, whole)) => {
                    self.round_trip = Some(took);
                    self.learn(bytes, whole, took);
                }
                None => self.first = Some((bytes, took)),
            }
            return self.round_trip.is_none();
        };
        self.learn(bytes, took, way);
        false
    }

    fn learn(&mut self, bytes: usize, took: Duration, way: Duration) {
        let carrying = took.saturating_sub(way).max(Duration::from_micros(100));
        let rate = bytes as f64 / carrying.as_secs_f64();
        self.rate = Some(self.rate.map_or(rate, |old| 0.5 * (old + rate)));
    }

    /// Until when no picture is drawn, if the answer does not come before.
    pub(super) fn held_until(&self) -> Option<Instant> {
        let (at, bytes) = self.sent?;
        (self.answered > 0 && bytes > 0).then_some(at + PATIENCE)
    }

    /// True where a picture is under way, so that the next one has to wait.
    pub(super) fn holds(&self, now: Instant) -> bool {
        self.held_until().is_some_and(|until| now < until)
    }

    /// What suits the line, where it was measured. `fastest` is false where a
    /// multiplexer answers in the terminal's place.
    pub(super) fn suits(&self, link: Link, fastest: bool) -> Link {
        let (Some(rate), Some(_)) = (self.rate, self.round_trip) else {
            return link;
        };
        let slow = if link == Link::Slow { SLOW.1 } else { SLOW.0 };
        let fast = if link == Link::Fast { FAST.0 } else { FAST.1 };
        match rate {
            rate if rate < slow => Link::Slow,
            rate if rate > fast && fastest => Link::Fast,
            _ => Link::Normal,
        }
    }

    /// What was measured, in words.
    pub(super) fn describe(&self) -> String {
        let ms = |time: Duration| (time.as_secs_f64() * 1e3).round();
        match (self.rate, self.round_trip) {
            (Some(rate), Some(way)) if rate < 1e6 => {
                format!("{:.0} KB/s, round trip {} ms", rate / 1e3, ms(way))
            }
            (Some(rate), Some(way)) => {
                format!("{:.1} MB/s, round trip {} ms", rate / 1e6, ms(way))
            }
            _ if self.unanswered >= TRIALS => "the terminal does not say".to_owned(),
            _ => "not measured yet".to_owned(),
        }
    }

    /// How long a picture would be under way, where that is known.
    fn carrying(&self, bytes: usize) -> Option<Duration> {
        let carried = bytes as f64 / self.rate?;
        Some(self.round_trip? + Duration::from_secs_f64(carried.min(60.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line: bytes a second, and the way there and back.
    struct Line {
        rate: f64,
        way: Duration,
        now: Instant,
        pace: Pace,
    }

    impl Line {
        fn new(rate: f64, way: u64) -> Line {
            Line {
                rate,
                way: Duration::from_millis(way),
                now: Instant::now(),
                pace: Pace::default(),
            }
        }

        /// Sends a picture and waits for its answer; false where none was asked for.
        fn send(&mut self, bytes: usize) -> bool {
            if !self.pace.asks(bytes, self.now) {
                return false;
            }
            self.pace.asked(bytes, self.now);
            self.now += self.way + Duration::from_secs_f64(bytes as f64 / self.rate);
            if self.pace.answered(self.now) {
                self.pace.asked(0, self.now);
                self.now += self.way;
                self.pace.answered(self.now);
            }
            true
        }
    }

    #[test]
    fn a_line_is_measured_and_gets_the_pictures_that_suit_it() {
        for (rate, way, link) in [
            (125e3, 100, Link::Slow),
            (1.25e6, 100, Link::Normal),
            (20e6, 2, Link::Fast),
        ] {
            let mut line = Line::new(rate, way);
            for _ in 0..8 {
                line.send(60_000);
            }
            let found = line.pace.rate.unwrap();
            assert!((found / rate - 1.0).abs() < 0.1, "{rate} taken as {found}");
            assert_eq!(line.pace.round_trip, Some(line.way));
            assert_eq!(line.pace.suits(Link::Normal, true), link);
            assert_ne!(line.pace.suits(Link::Normal, false), Link::Fast);
        }
    }

    #[test]
    fn a_swift_line_is_asked_seldom_and_a_light_picture_never() {
        let mut line = Line::new(20e6, 2);
        let asked = (0..100).filter(|_| line.send(60_000)).count();
        assert!((4..=8).contains(&asked), "{asked} of 100");
        assert!(!line.send(HEAVY - 1));
    }

    #[test]
    fn a_picture_under_way_holds_the_next_one_until_the_answer_or_patience() {
        let mut line = Line::new(125e3, 100);
        line.send(60_000);
        assert!(line.pace.asks(60_000, line.now));
        line.pace.asked(60_000, line.now);
        assert!(line.pace.holds(line.now));
        assert_eq!(line.pace.held_until(), Some(line.now + PATIENCE));
        assert!(!line.pace.asks(60_000, line.now));
        assert!(!line.pace.holds(line.now + PATIENCE));
        line.pace.answered(line.now + Duration::from_millis(580));
        assert!(!line.pace.holds(line.now));
    }

    #[test]
    fn a_terminal_that_never_answers_is_not_waited_for() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for _ in 0..TRIALS {
            assert!(pace.asks(60_000, now));
            pace.asked(60_000, now);
            assert!(!pace.holds(now));
            now += PATIENCE;
        }
        assert!(!pace.asks(60_000, now));
        assert!(pace.describe().contains("does not say"));
        assert_eq!(pace.suits(Link::Normal, true), Link::Normal);
    }

    #[test]
    fn a_line_at_the_border_does_not_flicker() {
        let mut line = Line::new(300e3, 50);
        for _ in 0..4 {
            line.send(60_000);
        }
        assert_eq!(line.pace.suits(Link::Slow, true), Link::Slow);
        assert_eq!(line.pace.suits(Link::Normal, true), Link::Normal);
    }
}
