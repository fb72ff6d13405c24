//! Where events come from: keys and signals on threads of their own, all into
//! one channel.

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use crossterm::event::{
    Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use rustix::event::{PollFd, PollFlags};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTERM, SIGTSTP, SIGWINCH};

use super::Key;
use super::pace::ANSWER;

/// What the loop waits for, from the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(Key),
    /// The mouse, where it is on.
    Mouse(Mouse),
    /// Pasted text.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The terminal says that it has another size, but not which.
    Resized,
    /// What may be the terminal's answer to a question arrived.
    Answer,
    /// The process should end; `true` where the terminal is gone.
    End(bool),
    /// The process should stop until it is told to go on.
    Suspend,
    /// The process goes on after a stop: the screen may show anything.
    Resumed,
    /// No more keys will come.
    Closed,
}

/// Something done with the mouse, over a cell of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What was done.
    pub gesture: Gesture,
    /// Column and row, from 0 at the upper left.
    pub cell: (u16, u16),
}

/// What is done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// The left button goes down.
    Press,
    /// The mouse moves with the button down.
    Drag,
    /// The button goes up.
    Release,
    /// The wheel turns up, away from the hand.
    WheelUp,
    /// The wheel turns down.
    WheelDown,
}

impl Mouse {
    /// What the terminal tells, unless nothing here means it.
    pub fn of(event: &MouseEvent) -> Option<Mouse> {
        let gesture = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => Gesture::Press,
            MouseEventKind::Drag(MouseButton::Left) => Gesture::Drag,
            MouseEventKind::Up(MouseButton::Left) => Gesture::Release,
            MouseEventKind::ScrollUp => Gesture::WheelUp,
            MouseEventKind::ScrollDown => Gesture::WheelDown,
            _ => return None,
        };
        Some(Mouse {
            gesture,
            cell: (event.column, event.row),
        })
    }
}

/// How long a lone Esc waits for the rest of an arrow key.
const JOIN: Duration = Duration::from_millis(25);
/// How long a report of the terminal may take from its first letter to its last.
const REPORT: Duration = Duration::from_secs(2);
/// A report is not longer than this.
const LENGTH: usize = 64;
/// How often what the terminal library left unread is offered to it again.
const LEFT: Duration = Duration::from_millis(50);

/// Joins arrow keys that a slow line split into Esc, `[` and a letter.
///
/// The terminal library reports a read that ends on Esc as the Esc key at once;
/// over SSH the rest of an arrow may arrive later, as plain letters. It does not know
/// reports of what is set (DECRQSS) either, which arrive as Alt-P, letters and Alt-\
/// (`ESC P` to `ESC \`): these are collected here, so that no letter of them is a key.
#[derive(Debug, Default)]
pub struct Joiner {
    held: Vec<KeyEvent>,
    since: Option<Instant>,
    /// True where a report was asked for, until it came.
    asked: bool,
    /// When a report began, and what came of it so far.
    report: Option<(Instant, String)>,
}

/// What a key has to do with a report that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Nothing: it is a key.
    Key,
    /// It is a part of the report.
    Part,
    /// It ends the report, which is this.
    Whole(String),
}

impl Joiner {
    /// A report was asked for, and may come.
    pub fn expect_report(&mut self) {
        self.asked = true;
    }

    /// Takes a key in where it belongs to a report that was asked for. Only a key
    /// that does not goes to [`Joiner::push`].
    pub fn report(&mut self, key: KeyEvent, now: Instant) -> Report {
        if (self.report.as_ref()).is_some_and(|(began, _)| now > *began + REPORT) {
            (self.asked, self.report) = (false, None);
        }
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let Some((_, report)) = &mut self.report else {
            let escaped = alt || self.held.len() == 1;
            if !self.asked || !escaped || key.code != KeyCode::Char('P') {
                return Report::Key;
            }
            self.release();
            self.report = Some((now, String::new()));
            return Report::Part;
        };
        let ends = match key.code {
            KeyCode::Char('\\') => alt || report.ends_with('\x1b'),
            KeyCode::Char('g') => key.modifiers.contains(KeyModifiers::CONTROL),
            _ => report.len() >= LENGTH,
        };
        match key.code {
            _ if ends => {
                let whole = std::mem::take(report);
                (self.asked, self.report) = (false, None);
                return Report::Whole(whole);
            }
            KeyCode::Char(letter) => report.push(letter),
            KeyCode::Esc => report.push('\x1b'),
            _ => {}
        }
        Report::Part
    }

    /// Takes a key; gives those that are certain now.
    pub fn push(&mut self, key: KeyEvent, now: Instant) -> Vec<KeyEvent> {
        let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        let joins = match (self.held.len(), key.code) {
            (1, KeyCode::Char('[' | 'O')) => plain,
            _ => false,
        };
        if self.held.len() == 2
            && plain
            && let Some(code) = arrow(key.code)
        {
            self.held.clear();
            self.since = None;
            return vec![KeyEvent::new(code, KeyModifiers::NONE)];
        }
        if joins {
            self.held.push(key);
            self.since = Some(now);
            return Vec::new();
        }
        let mut out = self.release();
        if key.code == KeyCode::Esc && key.modifiers.is_empty() {
            self.held.push(key);
            self.since = Some(now);
        } else {
            out.push(key);
        }
        out
    }

    /// When what is held must be given out.
    pub fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + JOIN)
    }

    /// Gives out what is held.
    pub fn release(&mut self) -> Vec<KeyEvent> {
        self.since = None;
        std::mem::take(&mut self.held)
    }
}

fn arrow(code: KeyCode) -> Option<KeyCode> {
    Some(match code {
        KeyCode::Char('A') => KeyCode::Up,
        KeyCode::Char('B') => KeyCode::Down,
        KeyCode::Char('C') => KeyCode::Right,
        KeyCode::Char('D') => KeyCode::Left,
        KeyCode::Char('H') => KeyCode::Home,
        KeyCode::Char('F') => KeyCode::End,
        _ => return None,
    })
}

/// Reads terminal events until there are no more; `wrap` makes them messages of
/// the loop's channel. Blocks without a timer, so that an idle program sleeps.
///
/// The terminal library keeps answers of the terminal to itself, so what arrives
/// is told by its length first: keys are shorter, and a long paste that is taken
/// for an answer does no harm.
pub fn read_terminal<M: Send + 'static>(
    sender: Sender<M>,
    wrap: fn(TerminalEvent) -> M,
    outside: fn(Input) -> M,
) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name("keys".to_owned())
        .spawn(move || {
            let stdin = std::io::stdin();
            while let Some(bytes) = arrived(&stdin) {
                if bytes >= ANSWER && sender.send(outside(Input::Answer)).is_err() {
                    return;
                }
                let mut patience = Duration::ZERO;
                loop {
                    while crossterm::event::poll(patience).unwrap_or(false) {
                        match crossterm::event::read().map(|event| sender.send(wrap(event))) {
                            Ok(Ok(())) => {}
                            _ => return,
                        }
                    }
                    if rustix::io::ioctl_fionread(&stdin).unwrap_or(0) == 0 {
                        break;
                    }
                    // The library takes a burst in parts, each with something new.
                    patience = LEFT;
                }
            }
            let _ = sender.send(outside(Input::Closed));
        })?;
    Ok(())
}

/// Waits until something can be read; how many bytes, and none where nothing
/// will come any more.
fn arrived(stdin: &std::io::Stdin) -> Option<u64> {
    loop {
        let mut polled = [PollFd::new(stdin, PollFlags::IN)];
        match rustix::event::poll(&mut polled, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
            Ok(_) => {
                let bytes = rustix::io::ioctl_fionread(stdin).unwrap_or(0);
                return (bytes > 0).then_some(bytes);
            }
        }
    }
}

/// Turns the signals that a terminal program gets into messages.
pub fn read_signals<M: Send + 'static>(
    sender: Sender<M>,
    wrap: fn(Input) -> M,
) -> std::io::Result<()> {
    let mut signals =
        signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                let input = match signal {
                    SIGHUP => Input::End(true),
                    SIGTSTP => Input::Suspend,
                    SIGCONT => Input::Resumed,
                    SIGWINCH => Input::Resized,
                    _ => Input::End(false),
                };
                if sender.send(wrap(input)).is_err() {
                    return;
                }
            }
        })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    fn joined(codes: &[KeyCode]) -> Vec<KeyCode> {
        let (mut joiner, now) = (Joiner::default(), Instant::now());
        let mut out = Vec::new();
        for &code in codes {
            out.extend(joiner.push(key(code), now));
        }
        out.extend(joiner.release());
        out.iter().map(|k| k.code).collect()
    }

    #[test]
    fn split_arrows_are_arrows_again() {
        use KeyCode::{Char, Esc, Left, Up};
        assert_eq!(joined(&[Esc, Char('['), Char('A')]), [Up]);
        assert_eq!(joined(&[Esc, Char('O'), Char('D')]), [Left]);
        assert_eq!(
            joined(&[Char('x'), Esc, Char('['), Char('A'), Char('y')]),
            [Char('x'), Up, Char('y')]
        );
    }

    #[test]
    fn what_is_no_arrow_comes_out_as_it_was() {
        use KeyCode::{Char, Esc};
        for codes in [
            vec![Esc],
            vec![Esc, Esc],
            vec![Esc, Char('[')],
            vec![Esc, Char('['), Char('x')],
            vec![Esc, Char('j')],
            vec![Esc, Char('['), Esc],
            vec![Char('['), Char('A')],
        ] {
            assert_eq!(joined(&codes), codes);
        }
    }

    /// Feeds keys as the loop does; the keys left over, and the report.
    fn fed(keys: &[KeyEvent], asked: bool) -> (String, Option<String>) {
        let (mut joiner, now) = (Joiner::default(), Instant::now());
        if asked {
            joiner.expect_report();
        }
        let (mut left, mut report) = (Vec::new(), None);
        for &key in keys {
            match joiner.report(key, now) {
                Report::Key => left.extend(joiner.push(key, now)),
                Report::Part => {}
                Report::Whole(whole) => report = Some(whole),
            }
        }
        left.extend(joiner.release());
        let text = left.iter().filter_map(|k| k.code.as_char()).collect();
        (text, report)
    }

    #[test]
    fn a_report_is_no_key_however_it_is_split() {
        let letters =
            |text: &str| -> Vec<KeyEvent> { text.chars().map(|c| key(KeyCode::Char(c))).collect() };
        let alt = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT);
        let esc = key(KeyCode::Esc);
        let inner = letters("1$r0m");
        let whole = [vec![alt('P')], inner.clone(), vec![alt('\\')]].concat();
        let split = [
            vec![esc],
            letters("P"),
            inner.clone(),
            vec![esc],
            letters("\\"),
        ]
        .concat();
        for sent in [whole.clone(), split] {
            let typed = [letters("j"), sent, letters("k")].concat();
            let (left, report) = fed(&typed, true);
            assert_eq!(left, "jk");
            assert!(report.unwrap().starts_with("1$r0m"));
        }
        // Who did not ask types it.
        assert_eq!(fed(&whole, false).0, "P1$r0m\\");
        assert_eq!(fed(&letters("P"), true).0, "P");
    }

    #[test]
    fn a_report_without_an_end_takes_keys_for_two_seconds_only() {
        let (mut joiner, now) = (Joiner::default(), Instant::now());
        joiner.expect_report();
        let p = KeyEvent::new(KeyCode::Char('P'), KeyModifiers::ALT);
        assert_eq!(joiner.report(p, now), Report::Part);
        assert_eq!(joiner.report(key(KeyCode::Char('u')), now), Report::Part);
        let later = now + REPORT + JOIN;
        assert_eq!(joiner.report(key(KeyCode::Char('u')), later), Report::Key);
    }

    #[test]
    fn only_a_held_escape_sets_a_deadline() {
        let (mut joiner, now) = (Joiner::default(), Instant::now());
        assert_eq!(joiner.deadline(), None);
        joiner.push(key(KeyCode::Esc), now);
        assert_eq!(joiner.deadline(), Some(now + JOIN));
        joiner.release();
        assert_eq!(joiner.deadline(), None);
    }
}
