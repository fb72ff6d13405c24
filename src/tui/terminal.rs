//! The terminal taken over, and given back whatever happens.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::{cursor, event, execute, terminal};

/// Tell of the buttons, of moves while one is down, and of the wheel: not of every
/// move, which would be heard over a slow line.
const MOUSE_ON: &[u8] = b"\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l";
/// True while the terminal tells of the mouse: a panic must end that too.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Holds the terminal in raw mode on its alternate screen; gives it back when
/// dropped.
#[derive(Debug)]
pub struct Screen {
    held: bool,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub fn take() -> io::Result<Screen> {
        let mut screen = Screen {
            held: false,
            mouse: false,
        };
        screen.enter()?;
        Ok(screen)
    }

    /// Takes the terminal over again after [`Screen::leave`].
    pub fn enter(&mut self) -> io::Result<()> {
        if self.held {
            return Ok(());
        }
        terminal::enable_raw_mode()?;
        self.held = true;
        execute!(
            io::stdout(),
            terminal::EnterAlternateScreen,
            event::EnableBracketedPaste,
        )?;
        self.hear_mouse(self.mouse)
    }

    /// Has the terminal tell of the mouse, or no longer. Where it does not already
    /// not a byte is written.
    pub fn hear_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if MOUSE.swap(on, Ordering::SeqCst) == on {
            return Ok(());
        }
        let mut out = io::stdout();
        out.write_all(if on { MOUSE_ON } else { MOUSE_OFF })?;
        out.flush()
    }

    /// Rings the bell.
    pub fn ring() -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(b"\x07")?;
        out.flush()
    }

    /// Gives the terminal back as it was.
    pub fn leave(&mut self) -> io::Result<()> {
        if !self.held {
            return Ok(());
        }
        self.held = false;
        restore()
    }

    /// The terminal is gone: nothing more may be written to it.
    pub fn abandon(&mut self) {
        self.held = false;
        let _ = terminal::disable_raw_mode();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.leave();
    }
}

fn restore() -> io::Result<()> {
    let mut out = io::stdout();
    if MOUSE.swap(false, Ordering::SeqCst) {
        out.write_all(MOUSE_OFF)?;
    }
    out.write_all(b"\x1b[0m")?;
    execute!(
        out,
        event::DisableBracketedPaste,
        cursor::Show,
        terminal::LeaveAlternateScreen,
    )?;
    terminal::disable_raw_mode()
}

/// Makes a panic give the terminal back before its message is printed.
pub fn restore_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let _ = restore();
        before(panic);
    }));
}

/// Stops the whole process group, as Ctrl-z does in a shell; returns when it
/// is told to go on.
pub fn stop() -> io::Result<()> {
    rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
    Ok(())
}
