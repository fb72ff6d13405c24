//! Edits of volumes, candidates and adopted runs.

use super::{Edit, check_name};
use crate::io::OpenOptions;
use crate::session::content::volume_order;
use crate::session::{AdoptedRun, Session, SessionError, VolumeEntry, VolumeRole};

impl Session {
    fn place_of_volume(&self, name: &str) -> Result<usize, SessionError> {
        let place = self.volumes.iter().position(|v| v.name == name);
        place.ok_or_else(|| SessionError::UnknownVolume {
            name: name.to_owned(),
            known: self.volumes.iter().map(|v| v.name.clone()).collect(),
        })
    }

    pub(super) fn add_volume(&mut self, volume: &VolumeEntry) -> Result<Edit, SessionError> {
        let name = volume.name.clone();
        check_name("volume", &name)?;
        if let Some(taken) = self.volume(&name) {
            let path = taken.path.clone();
            return Err(SessionError::VolumeTaken { name, path });
        }
        if volume.path.to_str().is_none_or(str::is_empty) {
            let path = volume.path.clone();
            return Err(SessionError::VolumePath { name, path });
        }
        if volume.role != VolumeRole::Classes && !volume.classes.is_empty() {
            return Err(SessionError::VolumeClasses { name });
        }
        let place = self
            .volumes
            .partition_point(|v| volume_order(v, volume).is_lt());
        self.volumes.insert(place, volume.clone());
        Ok(Edit::RemoveVolume { name })
    }

    pub(super) fn remove_volume(&mut self, name: &str) -> Result<Edit, SessionError> {
        let place = self.place_of_volume(name)?;
        let add = Edit::AddVolume(self.volumes.remove(place));
        if !self.candidates.iter().any(|c| c == name) {
            return Ok(add);
        }
        let candidates = self.candidates.clone();
        self.candidates.retain(|c| c != name);
        Ok(Edit::Several(vec![add, Edit::SetCandidates(candidates)]))
    }

    pub(super) fn set_open(&mut self, name: &str, open: OpenOptions) -> Result<Edit, SessionError> {
        let place = self.place_of_volume(name)?;
        let old = std::mem::replace(&mut self.volumes[place].open, open);
        Ok(Edit::SetOpen {
            volume: name.to_owned(),
            open: old,
        })
    }

    pub(super) fn set_candidates(&mut self, names: &[String]) -> Result<Edit, SessionError> {
        for (i, name) in names.iter().enumerate() {
            let volume = self.place_of_volume(name)?;
            let role = self.volumes.get(volume).map(|v| v.role);
            let refused = |reason| {
                Err(SessionError::Candidate {
                    name: name.clone(),
                    reason,
                })
            };
            if role == Some(VolumeRole::Classes) {
                return refused("it holds class codes");
            }
            if names.iter().take(i).any(|other| other == name) {
                return refused("it is chosen twice");
            }
        }
        let old = std::mem::replace(&mut self.candidates, names.to_vec());
        Ok(Edit::SetCandidates(old))
    }

    pub(super) fn adopt_run(
        &mut self,
        run: u32,
        request: &str,
        volumes: &[VolumeEntry],
    ) -> Result<Edit, SessionError> {
        if self.has_adopted(run, request) {
            return Err(SessionError::Adopted {
                run,
                request: request.to_owned(),
                reason: "was adopted before",
            });
        }
        let added: Vec<Edit> = volumes.iter().cloned().map(Edit::AddVolume).collect();
        super::several(&added, self)?;
        self.adopted.push(AdoptedRun {
            run,
            request: request.to_owned(),
        });
        self.sort();
        Ok(Edit::ForgetRun {
            run,
            request: request.to_owned(),
            volumes: volumes.iter().map(|v| v.name.clone()).collect(),
        })
    }

    pub(super) fn forget_run(
        &mut self,
        run: u32,
        request: &str,
        volumes: &[String],
    ) -> Result<Edit, SessionError> {
        let place = self
            .adopted
            .iter()
            .position(|a| a.run == run && a.request == request)
            .ok_or_else(|| SessionError::Adopted {
                run,
                request: request.to_owned(),
                reason: "was never adopted",
            })?;
        let removed: Vec<Edit> = volumes
            .iter()
            .map(|name| Edit::RemoveVolume { name: name.clone() })
            .collect();
        let restore = super::several(&removed, self)?;
        self.adopted.remove(place);
        let adopt = Edit::AdoptRun {
            run,
            request: request.to_owned(),
            volumes: Vec::new(),
        };
        Ok(Edit::Several(vec![restore, adopt]))
    }
}
