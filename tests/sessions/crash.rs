//! The end of the process at any moment, files that others change, disks that fail.

use std::path::Path;

use outcrop::model::SliceKey;
use outcrop::session::{Edit, Notice, SessionError, Workspace, read, write_text};

use crate::{killed, reopen, small, square, text, workspace};

/// Not a test of its own: the process that the next test kills.
#[test]
fn picks_until_killed() {
    let Some(folder) = std::env::var_os("OUTCROP_TEST_PICKS") else {
        return;
    };
    let mut work = reopen(Path::new(&folder));
    for n in 0.. {
        let polygon = square(&format!("k{n:06}"), "salt", SliceKey::Inline(n), 1.0);
        work.apply(Edit::AddPolygon(polygon)).unwrap();
        println!("shown {n}");
    }
}

#[test]
fn kill_9_loses_nothing_that_was_shown() {
    use std::io::BufRead;
    for lines in [1, 7, 40] {
        let folder = tempfile::tempdir().unwrap();
        drop(workspace(folder.path()));
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["crash::picks_until_killed", "--exact", "--nocapture"])
            .env("OUTCROP_TEST_PICKS", folder.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let out = std::io::BufReader::new(child.stdout.take().unwrap());
        let shown = |line: String| line.split_once("shown ")?.1.trim().parse::<i32>().ok();
        let mut rest = out.lines().map_while(Result::ok).filter_map(shown);
        let mut last = rest.by_ref().nth(lines).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        last = rest.last().unwrap_or(last);
        let mut work = reopen(folder.path());
        assert!((0..=last).all(|n| work.session().polygon(&format!("k{n:06}")).is_some()));
        assert!(matches!(work.notices(), [Notice::Recovered { edits }] if *edits > last as usize));
        work.undo(usize::MAX).unwrap();
        assert_eq!(work.session(), &small());
    }
}

#[test]
fn a_file_changed_by_someone_else_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let mut work = workspace(folder.path());
    work.apply(Edit::SetProject("mine".into())).unwrap();
    let path = folder.path().join("demo.ron");
    let theirs = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"demo\"", "\"theirs\"");
    std::fs::write(&path, &theirs).unwrap();
    let error = work.save().unwrap_err();
    assert!(
        matches!(error, SessionError::ChangedElsewhere { .. }),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), theirs);
    assert!(!work.is_saved());
    work.write_copy(&folder.path().join("mine.ron")).unwrap();
    assert_eq!(
        read(&folder.path().join("mine.ron")).unwrap().project,
        "mine"
    );
    assert!(work.write_copy(&path).is_err());
    work.overwrite().unwrap();
    assert_eq!(read(&path).unwrap().project, "mine");
    assert!(work.is_saved());
    // Saved again without trouble, and nothing but the session is left behind.
    work.save().unwrap();
    drop(work);
    std::fs::remove_file(folder.path().join("mine.ron")).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_second_opener_is_told_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = workspace(folder.path());
    assert_eq!(one.notices(), []);
    let mut two = reopen(folder.path());
    assert!(matches!(two.notices(), [Notice::OpenElsewhere { owner }]
        if owner.contains(&std::process::id().to_string())));
    one.apply(Edit::SetProject("one".into())).unwrap();
    two.apply(Edit::AddPolygon(square(
        "two",
        "salt",
        SliceKey::Inline(1),
        0.0,
    )))
    .unwrap();
    one.save().unwrap();
    assert!(matches!(
        two.save(),
        Err(SessionError::ChangedElsewhere { .. })
    ));
    let copy = killed(folder.path());
    drop((one, two));
    for folder in [folder.path(), copy.path()] {
        let mut three = reopen(folder);
        assert!(three.notices().iter().any(
            |n| matches!(n, Notice::Rebased { applied: 1, refused: 0, kept, .. } if !kept.exists())
        ), "{:?}", three.notices());
        assert_eq!(three.session().project, "one");
        assert!(three.session().polygon("two").is_some());
        three.save().unwrap();
        drop(three);
        // The journal was kept, and is not taken up again.
        assert!(folder.join("demo.journal.2.kept-1").exists());
        assert_eq!(reopen(folder).notices(), []);
    }
}

/// A session with a journal of three edits, an undo and a redo, and the text of
/// the session after each of its lines.
fn journalled(folder: &Path) -> (Workspace, Vec<u8>, Vec<String>) {
    let mut work = workspace(folder);
    let mut states = vec![text(&work), text(&work)];
    let edits = [
        Edit::AddPolygon(square("cccc", "mtd", SliceKey::Inline(7), 1.5)),
        Edit::MovePolygon {
            id: "aaaa".into(),
            by: (0.1, 0.2),
        },
        Edit::RemoveFacies { name: "mtd".into() },
    ];
    for edit in edits {
        work.apply(edit).unwrap();
        states.push(text(&work));
    }
    work.undo(1).unwrap();
    states.push(text(&work));
    work.redo(1).unwrap();
    states.push(text(&work));
    let journal = std::fs::read(folder.join("demo.journal")).unwrap();
    assert_eq!(
        journal.split_inclusive(|&b| b == b'\n').count() + 1,
        states.len()
    );
    (work, journal, states)
}

#[test]
fn a_journal_torn_at_any_byte_gives_what_was_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (_open, journal, states) = journalled(folder.path());
    let copy = killed(folder.path());
    for length in 0..=journal.len() {
        std::fs::write(copy.path().join("demo.journal"), &journal[..length]).unwrap();
        let work = reopen(copy.path());
        // A line that only lacks its end is whole.
        let end = journal.get(length) == Some(&b'\n');
        let whole = journal[..length].iter().filter(|&&b| b == b'\n').count() + usize::from(end);
        assert_eq!(text(&work), states[whole], "torn after {length} bytes");
        let notices = usize::from(whole > 1);
        assert_eq!(work.notices().len(), notices, "{:?}", work.notices());
    }
}

#[test]
fn work_goes_on_after_a_torn_line() {
    let folder = tempfile::tempdir().unwrap();
    let (open, journal, states) = journalled(folder.path());
    let copy = killed(folder.path());
    drop(open);
    std::fs::write(
        copy.path().join("demo.journal"),
        &journal[..journal.len() - 9],
    )
    .unwrap();
    let mut work = reopen(copy.path());
    assert_eq!(text(&work), states[5]);
    work.apply(Edit::SetProject("after".into())).unwrap();
    let again = killed(copy.path());
    drop(work);
    let mut work = reopen(again.path());
    assert_eq!(work.session().project, "after");
    work.undo(1).unwrap();
    assert_eq!(text(&work), states[5]);
    work.redo(1).unwrap();
    work.save().unwrap();
    assert!(!again.path().join("demo.journal").exists());
}

#[test]
fn a_journal_damaged_at_any_byte_is_kept_and_gives_what_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let (_open, journal, states) = journalled(folder.path());
    let copy = killed(folder.path());
    let kept = copy.path().join("demo.journal.kept-1");
    for at in 0..journal.len() {
        let mut damaged = journal.clone();
        damaged[at] ^= 0x15;
        std::fs::write(copy.path().join("demo.journal"), &damaged).unwrap();
        let line = journal[..at].iter().filter(|&&b| b == b'\n').count();
        let mut work = reopen(copy.path());
        assert_eq!(text(&work), states[line], "damaged at byte {at}");
        let last = at + 1 == journal.len();
        let told = work
            .notices()
            .iter()
            .any(|n| matches!(n, Notice::Damaged { line: l, .. } if *l == line + 1));
        // Without its end the last line is merely torn.
        assert_eq!(told, !last, "damaged at byte {at}: {:?}", work.notices());
        if at % 50 == 0 && told {
            work.apply(Edit::SetProject("after".into())).unwrap();
            assert_eq!(std::fs::read(&kept).unwrap(), damaged);
            work.discard();
            std::fs::remove_file(&kept).unwrap();
        } else {
            // Who only looks changes nothing where edits are at stake.
            let unsaved = !work.is_saved();
            drop(work);
            assert_eq!(copy.path().join("demo.journal").exists(), unsaved);
            let _ = std::fs::remove_file(&kept);
        }
    }
}

#[test]
fn a_save_cut_off_on_either_side_of_the_rename_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let (mut work, _, states) = journalled(folder.path());
    let session = folder.path().join("demo.ron");
    let old = std::fs::read(&session).unwrap();
    // A folder in the place of the session: the save gets as far as the rename.
    std::fs::remove_file(&session).unwrap();
    std::fs::create_dir(&session).unwrap();
    assert!(work.overwrite().is_err());
    assert!(!work.is_saved());
    std::fs::remove_dir(&session).unwrap();
    std::fs::write(&session, &old).unwrap();
    work.apply(Edit::SetProject("later".into())).unwrap();
    let before = killed(folder.path());
    let after = killed(folder.path());
    std::fs::write(after.path().join("demo.ron"), states.last().unwrap()).unwrap();
    for (folder, edits) in [(before, 6), (after, 1)] {
        let mut again = reopen(folder.path());
        assert_eq!(text(&again), text(&work));
        assert_eq!(again.notices(), [Notice::Recovered { edits }]);
        again.undo(1).unwrap();
        assert_eq!(&text(&again), states.last().unwrap());
    }
}

#[test]
fn an_edit_that_cannot_be_journalled_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut work = workspace(folder.path());
    // A folder in the place of the journal.
    let journal = folder.path().join("demo.journal");
    std::fs::create_dir(&journal).unwrap();
    let edit = Edit::RemoveFacies { name: "mtd".into() };
    work.apply(edit.clone()).unwrap_err();
    work.adopt(1, "0123", Vec::new()).unwrap_err();
    assert_eq!(work.session(), &small());
    assert!(work.is_saved() && work.history().is_empty());
    std::fs::remove_dir(&journal).unwrap();
    work.apply(edit).unwrap();
    assert_eq!(work.undo(1).unwrap().len(), 1);
    assert_eq!(work.session(), &small());
}

#[test]
fn a_read_only_folder_can_be_looked_at() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    drop(workspace(folder.path()));
    let mode = |bits| {
        let permissions = std::fs::Permissions::from_mode(bits);
        std::fs::set_permissions(folder.path(), permissions).unwrap();
    };
    mode(0o555);
    if std::fs::write(folder.path().join("probe"), "").is_ok() {
        println!("skipped: this user may write everywhere");
        mode(0o755);
        return;
    }
    let mut work = reopen(folder.path());
    assert_eq!(work.notices(), []);
    let error = work.apply(Edit::SetProject("x".into())).unwrap_err();
    assert!(error.to_string().contains("demo.journal"), "{error}");
    assert_eq!(work.session(), &small());
    mode(0o755);
}

#[test]
fn what_is_unwanted_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (work, _, _) = journalled(folder.path());
    work.discard();
    assert_eq!(reopen(folder.path()).session(), &small());
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn edits_of_a_later_time_are_made_again_where_they_fit() {
    let folder = tempfile::tempdir().unwrap();
    let (_open, _, _) = journalled(folder.path());
    let copy = killed(folder.path());
    // Meanwhile a colleague took the facies away that one of the edits needs,
    // and renamed the project.
    let mut theirs = small();
    theirs.project = "theirs".into();
    Edit::RemoveFacies { name: "mtd".into() }
        .apply(&mut theirs)
        .unwrap();
    std::fs::write(copy.path().join("demo.ron"), write_text(&theirs).unwrap()).unwrap();
    let mut work = reopen(copy.path());
    let told = work
        .notices()
        .iter()
        .map(ToString::to_string)
        .collect::<String>();
    assert!(
        told.contains("while 3 edits were unsaved; 1 of them were made again, 2 no longer fit"),
        "{told}"
    );
    assert!(
        told.contains("no facies `mtd`; choose one of salt"),
        "{told}"
    );
    assert_eq!(
        work.session().polygon("aaaa").unwrap().vertices[0],
        (5.1, 10.2)
    );
    work.undo(1).unwrap();
    assert_eq!(work.session(), &theirs);
}
