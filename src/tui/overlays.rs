//! What a volume of the session can be laid over the picture as: classes as
//! tints, the probability of a facies as the tint of that facies, doubt as hatching.

use crate::model::candidate_name;
use crate::preview::Slice;
use crate::session::{Session, VolumeRole};

/// What a volume tells over a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Class codes.
    Classes,
    /// How probable a facies is; its colour.
    Probability(u8),
    /// How sure the classes are: low values are doubtful.
    Confidence,
    /// How doubtful they are: high values are.
    Doubt,
    /// Which voxels are unlike all that was learnt from: code 2.
    Outside,
}

impl Kind {
    /// True for what is hatched, not tinted.
    pub fn is_hatched(self) -> bool {
        matches!(self, Kind::Confidence | Kind::Doubt | Kind::Outside)
    }
}

/// What a volume of the session tells, by its role and its name; nothing for one
/// that only makes a picture of its own.
pub fn kind_of(session: &Session, name: &str) -> Option<Kind> {
    let volume = session.volume(name)?;
    match volume.role {
        VolumeRole::Classes if name.contains("_outside") => return Some(Kind::Outside),
        VolumeRole::Classes => return Some(Kind::Classes),
        // An entropy among attributes is one of the picture, not of classes.
        VolumeRole::Amplitude | VolumeRole::Attribute => return None,
        VolumeRole::Quantity => {}
    }
    let name = name.to_lowercase();
    let told = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if told(&["confidence", "certainty"]) && !told(&["uncertainty"]) {
        return Some(Kind::Confidence);
    }
    if told(&["entropy", "uncertainty", "ambiguity", "doubt"]) {
        return Some(Kind::Doubt);
    }
    let (_, of) = name.split_once("probability")?;
    // The longest name that fits: `salt_dome` before `salt`.
    let facies = (session.facies.iter())
        .filter(|f| of.contains(&candidate_name(&f.name).to_lowercase()))
        .max_by_key(|f| f.name.len());
    Some(Kind::Probability(facies.map_or(1, |f| f.colour)))
}

/// Names of the volumes that can be laid over the picture: those that tint it, or
/// those that hatch it.
pub fn overlays(session: &Session, hatched: bool) -> Vec<String> {
    let fits = |name: &str| kind_of(session, name).is_some_and(|k| k.is_hatched() == hatched);
    let names = session.volumes.iter().map(|v| &v.name);
    names.filter(|name| fits(name)).cloned().collect()
}

/// A value as a share from 0 to 1 of being sure: a probability as it is or out of
/// 100, an entropy turned round, in bits of its own largest or in nats of as many
/// facies as the session has. Nulls stay NaN.
pub fn share(session: &Session, kind: Kind, slice: &Slice, value: f32) -> f32 {
    let most = slice.histogram.range.high;
    let nats = (session.facies.len().max(2) as f32).ln();
    let unit = match kind {
        Kind::Outside => 1.0,
        _ if most > 10.0 => 100.0,
        Kind::Doubt if most > 1.0 => nats.max(most),
        _ => 1.0,
    };
    match kind {
        Kind::Doubt => 1.0 - value / unit,
        // Several samples a cell: hatched where half of them are outside.
        Kind::Outside if value >= 1.5 => 0.0,
        Kind::Outside => 1.0,
        _ => value / unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Facies;
    use crate::session::VolumeEntry;

    #[test]
    fn the_kind_follows_from_role_and_name() {
        let mut session = Session::new("t");
        session.facies = vec![Facies::new("salt", 1), Facies::new("salt dome", 2)];
        for (name, role) in [
            ("glcm_entropy", VolumeRole::Attribute),
            ("rfc3d_probability_salt", VolumeRole::Quantity),
            ("rfc3d_probability_salt_dome", VolumeRole::Quantity),
            ("gtm_confidence", VolumeRole::Quantity),
            ("class_entropy", VolumeRole::Quantity),
            ("gtm_likelihood_salt", VolumeRole::Quantity),
            ("rfc3d", VolumeRole::Classes),
            ("rfc3d_outside", VolumeRole::Classes),
        ] {
            session.volumes.push(VolumeEntry::new(name, "x", role));
        }
        let kinds: Vec<_> = (session.volumes.iter())
            .map(|v| kind_of(&session, &v.name))
            .collect();
        assert_eq!(
            kinds,
            [
                None,
                Some(Kind::Probability(1)),
                Some(Kind::Probability(2)),
                Some(Kind::Confidence),
                Some(Kind::Doubt),
                None,
                Some(Kind::Classes),
                Some(Kind::Outside),
            ]
        );
        assert_eq!(
            overlays(&session, true),
            ["gtm_confidence", "class_entropy", "rfc3d_outside"]
        );
        assert_eq!(overlays(&session, false).last().unwrap(), "rfc3d");
    }
}
