//! Spoilt files of every kind: each is read or refused with a message that can
//! be shown; none makes the program panic, hang or take memory that a header
//! merely promised.
#![allow(clippy::unwrap_used, clippy::panic)] // this is a test

mod reading;
mod seeds;
mod spoil;

use std::alloc::System;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cap::Cap;
use seeds::{Kind, Seed};
use spoil::Spoilt;

/// Counts what is allocated; it forbids nothing, so that the case that took too
/// much can be named.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Memory that reading a file of some kilobytes may take.
const MEMORY: usize = 64 << 20;
/// Time that it may take, on a busy machine.
const TIME: Duration = Duration::from_secs(2);
/// Time after which it will not end any more.
const HANG: Duration = Duration::from_secs(30);
/// Of so many cases one is tried, unless OUTCROP_MUTATIONS=all.
const ONE_OF: usize = 4;
/// Changes when other random cases are wanted; cases are named by it.
const SEED: u64 = 20_211_011;

/// What is being read, and since when: for the one who watches for hangs.
static CURRENT: Mutex<Option<(String, Instant)>> = Mutex::new(None);

fn watch() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let current = CURRENT.lock().unwrap().clone();
            if let Some((case, since)) = current
                && since.elapsed() > HANG
            {
                eprintln!("{case}: hangs");
                std::process::abort();
            }
        }
    });
}

/// Reads one spoilt file; what is wrong with how it was read, if anything is.
fn judge(seed: &Seed, folder: &Path, spoilt: &Spoilt) -> Option<String> {
    let case = format!("{}: {}", seed.name, spoilt.how);
    std::fs::write(folder.join(seed.spoilt), &spoilt.bytes).unwrap();
    let path = folder.join(seed.opened);
    let (before, highest) = (ALLOCATOR.allocated(), ALLOCATOR.max_allocated());
    let begun = Instant::now();
    *CURRENT.lock().unwrap() = Some((case.clone(), begun));
    let result = catch_unwind(AssertUnwindSafe(|| reading::read(seed.kind, &path)));
    let took = begun.elapsed();
    *CURRENT.lock().unwrap() = None;
    let problem = match result {
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or(panic.downcast_ref::<&str>().copied());
            Some(format!("panics: {}", said.unwrap_or("?")))
        }
        Ok(Err(message)) if message.trim().is_empty() => Some("an error without words".to_owned()),
        Ok(Err(message)) if message.contains(char::is_control) => {
            Some(format!("an error that steers the terminal: {message:?}"))
        }
        Ok(_) if took > TIME => Some(format!("takes {took:?}")),
        // Whoever sets a new mark is named; those below it are hidden by it.
        Ok(_) if ALLOCATOR.max_allocated() > highest.max(before + MEMORY) => Some(format!(
            "takes {} MB",
            (ALLOCATOR.max_allocated() - before) >> 20
        )),
        Ok(_) => None,
    };
    problem.map(|problem| format!("{case}: {problem}"))
}

#[test]
fn spoilt_files_are_read_or_refused() {
    watch();
    let all = std::env::var("OUTCROP_MUTATIONS").is_ok_and(|v| v == "all");
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // Panics of readers are told with their case.
        if CURRENT.lock().is_ok_and(|current| current.is_none()) {
            loud(info);
        }
    }));
    let mut problems = Vec::new();
    for seed in seeds::all() {
        let begun = Instant::now();
        let folder = tempfile::tempdir().unwrap();
        // A run is known by its folder's name.
        let folder = folder.path().join("1-rfc3d");
        seed.lay_out(&folder);
        let whole = reading::read(seed.kind, &folder.join(seed.opened));
        assert_eq!(whole, Ok(()), "{}: the seed itself", seed.name);
        let bytes = seed.bytes();
        let mut cases = spoil::truncations(bytes);
        cases.extend(spoil::numbers(bytes));
        cases.extend(spoil::words(bytes));
        cases.extend(spoil::random(SEED, seed.name, bytes, 400));
        if !all {
            cases = cases.into_iter().step_by(ONE_OF).collect();
        }
        cases.extend(spoil::huge(bytes));
        let found = cases.iter().filter_map(|case| judge(&seed, &folder, case));
        let found: Vec<String> = found.collect();
        println!(
            "{}: {} cases, {} problems, {:.1} s",
            seed.name,
            cases.len(),
            found.len(),
            begun.elapsed().as_secs_f64()
        );
        problems.extend(found);
    }
    println!("at most {} MB at once", ALLOCATOR.max_allocated() >> 20);
    let shown: Vec<&String> = problems.iter().take(40).collect();
    assert!(problems.is_empty(), "{}: {shown:#?}", problems.len());
}

/// What may never end, or never begin, is not read at all.
#[test]
fn devices_pipes_and_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for target in [Path::new("/dev/zero"), Path::new("/"), &pipe] {
        for (name, kind) in [
            ("a.sgy", Kind::Volume),
            ("a.H", Kind::Volume),
            ("a.npy", Kind::Volume),
            ("a.unknown", Kind::Volume),
            ("p.txt", Kind::Polygons),
            ("t.txt", Kind::Training),
        ] {
            let link = folder.path().join(name);
            std::os::unix::fs::symlink(target, &link).unwrap();
            let message = reading::read(kind, &link).unwrap_err();
            assert!(message.contains(name), "{message}");
            std::fs::remove_file(&link).unwrap();
        }
    }
}
