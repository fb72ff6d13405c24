//! The workbench in a real pseudo-terminal, for tests that press keys and look.
#![allow(dead_code)] // each test binary uses a part

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, NativePtySystem, PtySize, PtySystem};

/// Columns of the terminal.
pub const COLUMNS: u16 = 120;
/// Its rows.
pub const ROWS: u16 = 40;

/// A workbench in a terminal of its own.
pub struct Bench {
    pub child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    pub bytes: Arc<Mutex<Vec<u8>>>,
    pub master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Bench {
    pub fn open(session: &Path) -> Self {
        let pair = NativePtySystem::default()
            .openpty(PtySize {
                rows: ROWS,
                cols: COLUMNS,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_outcrop"));
        command.arg(session);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        command.env_remove("COLORTERM");
        command.env("XDG_STATE_HOME", session.parent().unwrap().join("state"));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            child,
            keys,
            bytes,
            master: pair.master,
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn screen(&self) -> String {
        let size = |n: u16| n.try_into().unwrap();
        let mut parser = vt100::Parser::new(size(ROWS), size(COLUMNS), 0);
        parser.process(&self.bytes.lock().unwrap());
        parser.screen().contents()
    }

    /// Waits for a text on the screen.
    pub fn see(&self, text: &str) {
        self.until(text, Duration::from_secs(60), |screen| {
            screen.contains(text)
        });
    }

    pub fn until(&self, what: &str, limit: Duration, done: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if done(&screen) {
                return;
            }
            assert!(
                start.elapsed() < limit,
                "{what} did not come; the screen:\n{screen}"
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    pub fn count(&self) -> usize {
        self.bytes.lock().unwrap().len()
    }
}

/// A demo in a folder of its own, and its session.
pub fn demo() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_outcrop"))
        .args(["demo", "--no-tui"])
        .arg(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let session = folder.path().join("demo.ron");
    (folder, session)
}
