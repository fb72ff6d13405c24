//! Random edits: every one has an inverse, and none is lost.

use std::path::Path;

use outcrop::model::{Facies, Origin, SliceKey};
use outcrop::session::{
    Edit, Far, PickingStep, Session, VolumeEntry, VolumeRole, Workspace, read_text, write_text,
};
use proptest::prelude::*;

use crate::{killed, reopen, small, square, text, workspace};

/// A step that a random test makes, as numbers: which edit, on what, where.
type Seed = (u8, u16, u16, f64, f64);

fn seeds(count: usize) -> impl Strategy<Value = Vec<Seed>> {
    let seed = (0..30_u8, 0..u16::MAX, 0..u16::MAX, -1e3..1e3, 0.1..1e3);
    proptest::collection::vec(seed, 0..count)
}

/// An edit that mostly fits the session: now and then one that does not.
fn edit((kind, a, b, x, y): Seed, session: &Session) -> Edit {
    let (a, b) = (usize::from(a), usize::from(b));
    let polygon = || {
        let n = session.polygons.len().max(1);
        (session.polygons.get(a % n)).map_or("none", |p| p.id.as_str())
    };
    let facies = |i: usize| {
        let n = session.facies.len().max(1);
        (session.facies.get(i % n)).map_or("none", |f| f.name.as_str())
    };
    let volume = || {
        let n = session.volumes.len().max(1);
        (session.volumes.get(a % n)).map_or("none", |v| v.name.as_str())
    };
    let slice = match a % 3 {
        0 => SliceKey::Inline(b as i32 % 7),
        1 => SliceKey::Crossline(b as i32 % 7),
        _ => SliceKey::Time(y),
    };
    let id = polygon().to_owned();
    match kind {
        0..=5 => Edit::AddPolygon(square(&format!("p{a}"), facies(b), slice, x)),
        6 => Edit::RemovePolygon { id },
        7 => Edit::ReplaceVertices {
            id,
            vertices: vec![(x, y), (y, x), (0.0, 0.1), (x, x)],
        },
        8..=9 => Edit::InsertVertex {
            id,
            at: b % 5,
            vertex: (x, y),
        },
        10..=11 => Edit::MoveVertex {
            id,
            at: b % 4,
            to: (x, y),
        },
        12 => Edit::DeleteVertex { id, at: b % 5 },
        13..=14 => Edit::MovePolygon { id, by: (x, y) },
        15 => Edit::RenamePolygon {
            id,
            name: (b % 3 > 0).then(|| format!("name {}", b % 9)),
        },
        16 => Edit::AssignPolygon {
            id,
            facies: facies(b).into(),
        },
        17 => Edit::AddFacies {
            facies: Facies::new(format!("f{}", a % 9), (b % 9) as u8),
            at: (b % 2 == 0).then_some(b % 4),
        },
        18 => Edit::RemoveFacies {
            name: facies(b).into(),
        },
        19 => Edit::RenameFacies {
            name: facies(b).into(),
            to: format!("f{}", a % 9),
        },
        20 => Edit::RecolourFacies {
            name: facies(b).into(),
            colour: (a % 8) as u8,
        },
        21 => {
            let role = [VolumeRole::Attribute, VolumeRole::Classes][b % 2];
            Edit::AddVolume(VolumeEntry::new(format!("v{}", a % 9), "v.sgy", role))
        }
        22 => Edit::RemoveVolume {
            name: volume().into(),
        },
        23 => Edit::SetCandidates(vec![volume().into()]),
        24 => Edit::SetPickingStep(PickingStep {
            lines: a as u32 % 4,
            time: y,
        }),
        25..=26 => Edit::SetOrigin {
            id,
            origin: Origin {
                author: (b % 2 == 0).then(|| "kim".to_owned()),
                confidence: (b % 3 == 0).then_some((b % 111) as u8),
                interpolated: b % 4 > 0,
                ..Origin::default()
            },
        },
        27 => (session.split(&id, b % 4, b / 4 % 4)).unwrap_or(Edit::Several(Vec::new())),
        28 => {
            let n = session.polygons.len().max(1);
            let other = (session.polygons.get(b % n)).map_or("none", |p| p.id.as_str());
            (session.merge(&id, other)).unwrap_or(Edit::Several(Vec::new()))
        }
        _ => Edit::Several(vec![
            Edit::RemovePolygon { id },
            Edit::AddPolygon(square(&format!("q{a}"), facies(b), slice, x)),
        ]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Edits and their inverses alone: back to the last byte, and forth again.
    #[test]
    fn inverses_restore_every_byte(seeds in seeds(60)) {
        let mut session = small();
        session.polygons.sort_by(|a, b| a.facies.cmp(&b.facies));
        let start = write_text(&session).unwrap();
        let mut inverses = Vec::new();
        for seed in seeds {
            let before = write_text(&session).unwrap();
            if let Ok(inverse) = edit(seed, &session).apply(&mut session) {
                inverses.push((inverse, before));
            } else {
                prop_assert_eq!(write_text(&session).unwrap(), before);
            }
            // Lists are always in order, and the text says all there is.
            let text = write_text(&session).unwrap();
            prop_assert_eq!(&read_text(&text, Path::new("x.ron")).unwrap(), &session);
        }
        let end = write_text(&session).unwrap();
        let mut again = Vec::new();
        for (inverse, before) in inverses.into_iter().rev() {
            again.push(inverse.apply(&mut session).unwrap());
            prop_assert_eq!(write_text(&session).unwrap(), before);
        }
        prop_assert_eq!(write_text(&session).unwrap(), start);
        for edit in again.into_iter().rev() {
            edit.apply(&mut session).unwrap();
        }
        prop_assert_eq!(write_text(&session).unwrap(), end);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Edits, undo, redo, time travel, saves and adoptions in any order, killed
    /// after each: what was on screen comes back, with its undo.
    #[test]
    fn killed_at_any_moment_nothing_is_lost(seeds in seeds(30)) {
        let folder = tempfile::tempdir().unwrap();
        let mut work = workspace(folder.path());
        let mut seen = std::collections::BTreeMap::from([(0, text(&work))]);
        let mut saved = text(&work);
        let (mut adopted, mut ever_saved) = (false, false);
        for seed in seeds {
            match seed.1 % 16 {
                0..=1 => { work.undo(usize::from(seed.2 % 3)).unwrap(); }
                2 => { work.redo(usize::from(seed.2 % 3)).unwrap(); }
                3 => { work.earlier(Far::Steps(usize::from(seed.2 % 5))).unwrap(); }
                4 => { work.later(Far::Steps(usize::from(seed.2 % 5))).unwrap(); }
                5 => { work.save().unwrap(); saved = text(&work); ever_saved = true; }
                6 => {
                    let volume = VolumeEntry::new("chaos", format!("r{}.sgy", seed.2), VolumeRole::Attribute);
                    work.adopt(u32::from(seed.2), "0123", vec![volume]).unwrap();
                    adopted = true;
                }
                _ => { let _ = work.apply(edit(seed, work.session())); }
            }
            // A revision is always the same state, by whatever way it is reached.
            let state = text(&work);
            if !adopted {
                let known = seen.entry(work.history().current()).or_insert_with(|| state.clone());
                prop_assert_eq!(&*known, &state);
            }
            prop_assert!(!work.is_saved() || state == saved);
            let copy = killed(folder.path());
            let mut again = reopen(copy.path());
            prop_assert_eq!(text(&again), state.clone());
            if !adopted {
                if !ever_saved {
                    // The tree of revisions comes back too, branch by branch.
                    let shape = |w: &Workspace| (w.history().current(), w.history().len());
                    prop_assert_eq!(shape(&again), shape(&work));
                    again.earlier(Far::Steps(1)).unwrap();
                    prop_assert_eq!(&text(&again), &seen[&again.history().current()]);
                }
                again.undo(usize::MAX).unwrap();
                prop_assert_eq!(&text(&again), &saved);
            }
        }
    }
}
