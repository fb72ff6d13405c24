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
/// How often what the terminal library left unread is offered to it again.
const LEFT: Duration = Duration::from_millis(50);

/// Joins arrow keys that a slow line split into Esc, `[` and a letter.
///
/// The terminal library reports a read that ends on Esc as the Esc key at once;
/// over SSH the rest of an arrow may arrive later, as plain letters.
#[derive(Debug, Default)]
pub struct Joiner {
    held: Vec<KeyEvent>,
    since: Option<Instant>,
}

impl Joiner {
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
