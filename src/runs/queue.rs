//! The queue of a user's runs on a machine, kept by the workers themselves.
//!
//! Every worker has a ticket in one folder: what cores and memory it wants, and
//! since when. Under a lock of that folder each reads the tickets of the others
//! and works when it is first among those that wait and what it wants is free.
//! There is no daemon, and nothing to clean up: the ticket of a process that is
//! gone counts for nothing.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use super::progress::{born, host, now_ms};
use super::{RunDirectory, RunError, directory, needs};

/// What the runs of a user may take of a machine together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Cores.
    pub cores: usize,
    /// Memory in GiB.
    pub memory: f64,
}

impl Budget {
    const FILE: &'static str = "budget.ron";

    /// All cores, and four fifths of the memory.
    fn of_machine() -> Self {
        let total = needs::memory_line("MemTotal:").unwrap_or(4 << 30);
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: (total as f64 / f64::from(1 << 30) * 0.8 * 10.0).floor() / 10.0,
        }
    }

    /// The budget of this user on this machine.
    pub fn read() -> Self {
        folder()
            .and_then(|folder| directory::decode(&folder.join(Self::FILE)).ok())
            .unwrap_or_else(Self::of_machine)
    }

    /// Keeps it, for workers that start or wait from now on.
    pub fn keep(&self) -> Result<(), RunError> {
        let folder = folder().ok_or_else(|| RunError::Damaged {
            path: PathBuf::from("~"),
            reason: "there is no home folder to keep a budget in".into(),
        })?;
        std::fs::create_dir_all(&folder).map_err(RunError::system(&folder, "making a folder"))?;
        let path = folder.join(Self::FILE);
        std::fs::write(&path, directory::encode(self))
            .map_err(RunError::system(&path, "keeping the budget"))
    }
}

/// Where the tickets of this machine lie.
fn folder() -> Option<PathBuf> {
    let base = etcetera::base_strategy::Xdg::new().ok()?;
    Some(base.state_dir()?.join("outcrop/queue").join(host()))
}

/// What a worker wants, and whether it has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ticket {
    run: PathBuf,
    pid: u32,
    born: u64,
    /// The least goes first.
    order: u64,
    cores: usize,
    memory: u64,
    /// It has its cores.
    works: bool,
    /// It wants nothing for now.
    rests: bool,
    /// Bytes that it may have in memory already.
    held: u64,
}

impl Ticket {
    fn lives(&self) -> bool {
        born(self.pid) == Some(self.born)
    }
}

/// Whether a worker may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Now.
    Go,
    /// Others are first, or have what it wants.
    Wait,
}

/// A worker's place in the queue; given up when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    folder: PathBuf,
    budget: Option<Budget>,
    ticket: Ticket,
}

impl Seat {
    /// A place for a run that wants so many cores and bytes. Nothing where there
    /// is no folder for it: then nobody waits for anybody.
    pub(super) fn take(run: &RunDirectory, cores: usize, memory: u64) -> Option<Self> {
        Self::take_in(folder()?, run, cores, memory)
    }

    fn take_in(folder: PathBuf, run: &RunDirectory, cores: usize, memory: u64) -> Option<Self> {
        std::fs::create_dir_all(&folder).ok()?;
        let pid = std::process::id();
        let seat = Self {
            folder,
            budget: None,
            ticket: Ticket {
                run: run.path().to_owned(),
                pid,
                born: born(pid)?,
                order: now_ms(),
                cores,
                memory,
                works: false,
                rests: false,
                held: 0,
            },
        };
        seat.write().then_some(seat)
    }

    fn path(&self) -> PathBuf {
        let number = format!("{}-{}.ticket", self.ticket.pid, self.ticket.order);
        self.folder.join(number)
    }

    fn write(&self) -> bool {
        let fresh = self.path().with_extension("new");
        std::fs::write(&fresh, directory::encode(&self.ticket)).is_ok()
            && std::fs::rename(&fresh, self.path()).is_ok()
    }

    /// Works at once, whoever else does: somebody waits at a prompt.
    pub(super) fn go(&mut self) {
        self.ticket.works = true;
        self.ticket.rests = false;
        self.ticket.held = self.ticket.memory;
        self.write();
    }

    /// Asks whether the run may work now, and takes what it wants if so.
    pub(super) fn ask(&mut self, run: &RunDirectory) -> Standing {
        let Some(_only) = lock(&self.folder) else {
            return Standing::Go;
        };
        let budget = self.budget.unwrap_or_else(Budget::read);
        let others: Vec<(Ticket, Option<u64>)> = tickets(&self.folder)
            .into_iter()
            .filter(|t| (t.pid, t.order) != (self.ticket.pid, self.ticket.order))
            .map(|ticket| (ticket.clone(), first_asked(&ticket.run)))
            .collect();
        let all = || others.iter().map(|(ticket, _)| ticket);
        let cores: usize = all().filter(|t| t.works).map(|t| t.cores).sum();
        let memory: u64 = all().map(|t| t.held).sum();
        let order = |ticket: &Ticket, first: Option<u64>| match first {
            Some(at) => (0, u64::MAX - at),
            None => (1, ticket.order),
        };
        let own = order(&self.ticket, first_asked(run.path()));
        let before =
            |(t, first): &(Ticket, Option<u64>)| !t.works && !t.rests && order(t, *first) < own;
        // A run that wants more than there is works alone.
        let room = |wanted: f64, taken: f64, all: f64| taken + wanted.min(all) <= all + 1e-9;
        let gib = f64::from(1 << 30);
        let wanted = self.ticket.memory.saturating_sub(self.ticket.held) as f64 / gib;
        let free = budget.memory - self.ticket.held as f64 / gib;
        let fits = room(self.ticket.cores as f64, cores as f64, budget.cores as f64)
            && room(wanted, memory as f64 / gib, free);
        if std::mem::take(&mut self.ticket.rests) {
            self.write();
        }
        if !fits || others.iter().any(before) {
            return Standing::Wait;
        }
        self.go();
        Standing::Go
    }

    /// Gives its cores up for a while.
    pub(super) fn rest(&mut self) {
        self.ticket.works = false;
        self.ticket.rests = true;
        self.write();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.path());
    }
}

/// When a run was asked to go before the others.
fn first_asked(run: &Path) -> Option<u64> {
    let asked = std::fs::metadata(run.join(directory::FIRST)).ok()?;
    let at = asked.modified().ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(since.as_millis() as u64)
}

/// The tickets of workers that live; the others are removed.
fn tickets(folder: &Path) -> Vec<Ticket> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|e| e.path());
    let files = files.filter(|p| p.extension().is_some_and(|e| e == "ticket"));
    let read = |path: PathBuf| {
        let ticket: Option<Ticket> = directory::decode(&path).ok();
        let ticket = ticket.filter(Ticket::lives);
        if ticket.is_none() {
            let _ = std::fs::remove_file(&path);
        }
        ticket
    };
    files.filter_map(read).collect()
}

/// Held while the tickets are read and one is written. Nothing where the file
/// system knows no locks.
fn lock(folder: &Path) -> Option<std::fs::File> {
    let file = std::fs::File::create(folder.join("lock")).ok()?;
    file.lock().ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench(tempfile::TempDir);

    impl Bench {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn run(&self, number: u32) -> RunDirectory {
            let path = self.0.path().join(format!("runs/{number}-rfc3d"));
            std::fs::create_dir_all(&path).unwrap();
            std::fs::write(path.join("request.ron"), "").unwrap();
            RunDirectory::open(&path).unwrap()
        }

        fn seat(&self, run: &RunDirectory, cores: usize, memory: u64) -> Seat {
            // Orders are taken from the clock: each must be later than the last.
            std::thread::sleep(std::time::Duration::from_millis(2));
            let mut seat = Seat::take_in(self.0.path().join("queue"), run, cores, memory).unwrap();
            seat.budget = Some(Budget {
                cores: 4,
                memory: 8.0,
            });
            seat
        }
    }

    const GIB: u64 = 1 << 30;

    #[test]
    fn cores_and_memory_are_kept_to_and_the_first_goes_first() {
        let bench = Bench::new();
        let runs: Vec<_> = (1..=4).map(|n| bench.run(n)).collect();
        let mut a = bench.seat(&runs[0], 3, GIB);
        let mut b = bench.seat(&runs[1], 2, GIB);
        let mut c = bench.seat(&runs[2], 1, GIB);
        assert_eq!(b.ask(&runs[1]), Standing::Wait, "the first goes first");
        assert_eq!(a.ask(&runs[0]), Standing::Go);
        assert_eq!(b.ask(&runs[1]), Standing::Wait, "one core is free");
        assert_eq!(c.ask(&runs[2]), Standing::Wait, "nobody overtakes");
        drop(a);
        assert_eq!(b.ask(&runs[1]), Standing::Go);
        assert_eq!(c.ask(&runs[2]), Standing::Go);
        let mut d = bench.seat(&runs[3], 1, 7 * GIB);
        assert_eq!(d.ask(&runs[3]), Standing::Wait, "6 of 8 GiB are free");
        drop(b);
        assert_eq!(d.ask(&runs[3]), Standing::Go);
    }

    #[test]
    fn a_run_that_wants_more_than_there_is_works_alone() {
        let bench = Bench::new();
        let (large, small) = (bench.run(1), bench.run(2));
        let mut first = bench.seat(&large, 64, 99 * GIB);
        let mut second = bench.seat(&small, 1, GIB);
        assert_eq!(first.ask(&large), Standing::Go);
        assert_eq!(second.ask(&small), Standing::Wait);
    }

    #[test]
    fn a_resting_run_gives_its_cores_but_keeps_its_memory() {
        let bench = Bench::new();
        let runs: Vec<_> = (1..=3).map(|n| bench.run(n)).collect();
        let mut a = bench.seat(&runs[0], 4, 6 * GIB);
        let mut b = bench.seat(&runs[1], 4, GIB);
        let mut c = bench.seat(&runs[2], 1, 4 * GIB);
        assert_eq!(a.ask(&runs[0]), Standing::Go);
        assert_eq!(b.ask(&runs[1]), Standing::Wait);
        a.rest();
        assert_eq!(b.ask(&runs[1]), Standing::Go);
        assert_eq!(a.ask(&runs[0]), Standing::Wait, "its cores are taken");
        drop(b);
        assert_eq!(c.ask(&runs[2]), Standing::Wait, "the older one is first");
        assert_eq!(a.ask(&runs[0]), Standing::Go);
    }

    #[test]
    fn who_is_asked_to_go_first_does_the_newest_asked_before_all() {
        let bench = Bench::new();
        let runs: Vec<_> = (1..=3).map(|n| bench.run(n)).collect();
        let mut seats: Vec<_> = runs.iter().map(|r| bench.seat(r, 4, GIB)).collect();
        runs[2].put_first().unwrap();
        assert_eq!(seats[0].ask(&runs[0]), Standing::Wait);
        assert_eq!(seats[2].ask(&runs[2]), Standing::Go);
    }

    #[test]
    fn the_ticket_of_a_process_that_is_gone_counts_for_nothing() {
        let bench = Bench::new();
        let runs: Vec<_> = (1..=2).map(|n| bench.run(n)).collect();
        let mut a = bench.seat(&runs[0], 4, GIB);
        a.ticket.born += 1;
        a.go();
        let mut b = bench.seat(&runs[1], 4, GIB);
        assert_eq!(b.ask(&runs[1]), Standing::Go);
        std::mem::forget(a);
        assert_eq!(
            std::fs::read_dir(bench.0.path().join("queue"))
                .unwrap()
                .count(),
            2,
            "its own ticket and the lock"
        );
    }
}
