//! Finished runs into the session: what they made becomes its volumes.

use crate::modules::OutputRole;
use crate::runs::{self, Finished, RunError};
use crate::session::{MadeBy, SessionError, VolumeEntry, VolumeRole, Workspace};

/// Why finished runs could not be adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptionError {
    /// A run directory.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The session.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// Takes the volumes of all finished runs of a session into it, each run once.
/// Gives the numbers of the runs that were new.
pub fn adopt_finished(work: &mut Workspace) -> Result<Vec<u32>, AdoptionError> {
    let finished = runs::finished(&work.places().runs)?;
    Ok(adopt(work, finished)?)
}

/// Takes in runs whose results were read already.
pub(super) fn adopt(
    work: &mut Workspace,
    finished: Vec<Finished>,
) -> Result<Vec<u32>, SessionError> {
    let mut adopted = Vec::new();
    for run in finished {
        let volumes = run.volumes.into_iter().map(|(name, path, role)| {
            let (role, classes) = match role {
                OutputRole::Classes(classes) => (VolumeRole::Classes, classes),
                OutputRole::Attribute => (VolumeRole::Attribute, Vec::new()),
                // Probabilities, and dips, which depend on where a facies lies
                // on the structure: candidates only where someone chooses them.
                OutputRole::Quantity | OutputRole::Text => (VolumeRole::Quantity, Vec::new()),
            };
            VolumeEntry {
                classes,
                made_by: Some(MadeBy {
                    run: Some(run.number),
                    recipe: None,
                }),
                ..VolumeEntry::new(name, path, role)
            }
        });
        if work.adopt(run.number, &run.request, volumes.collect())? {
            adopted.push(run.number);
        }
    }
    Ok(adopted)
}
