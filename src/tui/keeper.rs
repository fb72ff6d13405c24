//! The one thread that touches the session's files.
//!
//! The loop sends it jobs and goes on; each answer brings the session as it is
//! then. An edit is in the journal before its answer comes, and only then on
//! screen: the end of the program at any moment loses nothing that was shown.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::model::Grid;
use crate::runs::Finished;
use crate::session::{Edit, Far, Session, SessionError, ViewState, Ways, Workspace};

use super::action::{Action, After, Message, Opening, PolygonJob, RunJob};
use super::adoption::adopt;
use super::launching::Scene;
use super::polygon_files::polygon_file;

/// Something that needs the session's files.
pub(super) enum Job {
    /// Change the session.
    Edit(Box<Edit>, After),
    /// Undo, or redo.
    Travel { back: bool, times: usize },
    /// Undo or redo through time.
    ThroughTime { far: Far, back: bool },
    /// Save; see [`Effect::Save`](super::action::Effect::Save).
    Save {
        to: Option<PathBuf>,
        force: bool,
        leave: bool,
    },
    /// Write, extend or read a polygon file.
    PolygonFile(PolygonJob),
    /// Take finished runs into the session.
    Adopt(Result<Vec<Finished>, String>),
    /// Keep what is looked at.
    KeepView(Box<ViewState>),
    /// Something about runs, for the session as it is after the jobs before.
    Run(RunJob, Option<Grid>),
}

impl Job {
    /// True where the session may be another one afterwards, so that keys must
    /// not be read before.
    pub(super) fn edits(&self) -> bool {
        matches!(
            self,
            Job::Edit(..)
                | Job::Travel { .. }
                | Job::ThroughTime { .. }
                | Job::PolygonFile(PolygonJob::Read { .. } | PolygonJob::Import { .. })
        )
    }
}

/// What a job came to.
pub(super) struct Answer {
    /// The session now.
    pub(super) session: Arc<Session>,
    /// True where its file holds all of it.
    pub(super) saved: bool,
    /// Whether anything can be undone, or made again.
    pub(super) ways: Ways,
    /// What the application is to know.
    pub(super) action: Option<Action>,
    /// True where the job was one that edits.
    pub(super) edited: bool,
    /// True where the workbench is to be left.
    pub(super) leave: bool,
}

/// What is made known while jobs are done.
pub(super) enum News {
    /// A job is done.
    Answer(Answer),
    /// Something about runs is ready.
    Ready(Result<Opening, String>),
}

/// The thread's other end.
pub(super) struct Keeper {
    jobs: Option<Sender<Job>>,
    done: Receiver<()>,
}

impl Keeper {
    /// Starts the thread. `tell` is called on it, and on threads that it starts.
    pub(super) fn start(
        workspace: Workspace,
        tell: impl Fn(News) + Clone + Send + 'static,
    ) -> std::io::Result<Keeper> {
        let (jobs, inbox) = channel();
        let (finished, done) = channel();
        std::thread::Builder::new()
            .name("session".to_owned())
            .spawn(move || {
                work(workspace, &inbox, &tell);
                let _ = finished.send(());
            })?;
        Ok(Keeper {
            jobs: Some(jobs),
            done,
        })
    }

    /// Sends a job; the answer comes as [`News`].
    pub(super) fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // It fails only where the thread is gone, which its panic has told.
            let _ = jobs.send(job);
        }
    }

    /// Waits until all jobs are done, as long as a dead disk does not hold them.
    pub(super) fn finish(mut self, limit: Duration) {
        self.jobs = None;
        let _ = self.done.recv_timeout(limit);
    }
}

fn work(
    mut workspace: Workspace,
    inbox: &Receiver<Job>,
    tell: &(impl Fn(News) + Clone + Send + 'static),
) {
    let mut next = None;
    let mut session = Arc::new(workspace.session().clone());
    let mut outdated: Vec<Arc<Session>> = Vec::new();
    while let Some(job) = next.take().or_else(|| inbox.recv().ok()) {
        // Of views that wait, only the newest is worth writing.
        if let Job::KeepView(_) = &job {
            next = inbox.try_recv().ok();
            if let Some(Job::KeepView(_)) = &next {
                continue;
            }
        }
        let edited = job.edits();
        let mut leave = false;
        let action = match job {
            Job::Run(job, grid) => {
                run(&workspace, job, grid, tell);
                continue;
            }
            Job::Edit(edit, after) => {
                let result = workspace.apply(*edit).map_err(|e| e.to_string());
                Some(Action::Edited { after, result })
            }
            Job::Travel { back, times } => {
                let result = if back {
                    workspace.undo(times)
                } else {
                    workspace.redo(times)
                };
                Some(travelled(result, back))
            }
            Job::ThroughTime { far, back } => {
                let result = if back {
                    workspace.earlier(far)
                } else {
                    workspace.later(far)
                };
                Some(travelled(result, back))
            }
            Job::Save {
                to,
                force,
                leave: then,
            } => {
                let result = save(&mut workspace, to, force);
                leave = then && result.is_ok();
                Some(said(result))
            }
            Job::PolygonFile(job) => Some(said(polygon_file(&mut workspace, &job))),
            Job::Adopt(finished) => {
                let adopted =
                    finished.and_then(|f| adopt(&mut workspace, f).map_err(|e| e.to_string()));
                Some(match adopted {
                    Ok(runs) => Action::Adopted(runs),
                    Err(text) => Action::Said(Message::error(text)),
                })
            }
            Job::KeepView(view) => workspace.save_view(&view).err().map(|error| {
                let text = format!("what is drawn and not closed is not kept: {error}");
                Action::Said(Message::warning(text))
            }),
        };
        // What edits has changed it; comparing would take as long as copying.
        if edited || *session != *workspace.session() {
            let new = Arc::new(workspace.session().clone());
            outdated.push(std::mem::replace(&mut session, new));
        }
        tell(News::Answer(Answer {
            session: Arc::clone(&session),
            saved: workspace.is_saved(),
            ways: workspace.history().ways(),
            action,
            edited,
            leave,
        }));
        // The screen may hold the newest of these: it lets go without freeing
        // thousands of polygons, which is done here, after the answer.
        outdated.retain(|session| Arc::strong_count(session) > 1);
    }
}

/// Works a job about runs on a thread of its own: it may take a while.
fn run(
    workspace: &Workspace,
    job: RunJob,
    grid: Option<Grid>,
    tell: &(impl Fn(News) + Clone + Send + 'static),
) {
    let scene = Scene::of(workspace, grid);
    let ready = tell.clone();
    let spawned = std::thread::Builder::new().spawn(move || ready(News::Ready(scene.work(job))));
    if let Err(error) = spawned {
        tell(News::Ready(Err(error.to_string())));
    }
}

fn said(result: Result<String, String>) -> Action {
    Action::Said(match result {
        Ok(text) => Message::plain(text),
        Err(text) => Message::error(text),
    })
}

fn travelled(result: Result<Vec<Edit>, SessionError>, back: bool) -> Action {
    let result = result.map_err(|e| e.to_string()).map(|edits| {
        let last = edits.last()?;
        let what = match edits.len() {
            1 => last.describe(),
            n => format!("{n} edits, the last one: {}", last.describe()),
        };
        Some((what, last.polygon().map(str::to_owned)))
    });
    Action::Travelled { result, back }
}

fn save(workspace: &mut Workspace, to: Option<PathBuf>, force: bool) -> Result<String, String> {
    let result = match &to {
        Some(path) => workspace.write_copy(path),
        None if force => workspace.overwrite(),
        None => workspace.save(),
    };
    let path = to.unwrap_or_else(|| workspace.places().session.clone());
    result
        .map(|()| format!("saved {}", path.display()))
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Facies;

    #[test]
    fn answers_come_in_order_and_bring_the_session() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.ron");
        let workspace = Workspace::create(&path, Session::new("s")).unwrap();
        let (sender, answers) = channel();
        let keeper = Keeper::start(workspace, move |news| {
            if let News::Answer(answer) = news {
                let _ = sender.send(answer);
            }
        })
        .unwrap();
        let add = |name: &str| {
            let edit = Edit::AddFacies {
                facies: Facies::new(name, 1),
                at: None,
            };
            Job::Edit(Box::new(edit), After::Stay)
        };
        keeper.send(add("salt"));
        keeper.send(add("salt"));
        keeper.send(Job::Travel {
            back: true,
            times: 1,
        });
        for _ in 0..100 {
            keeper.send(Job::KeepView(Box::default()));
        }
        keeper.send(Job::Save {
            to: None,
            force: false,
            leave: true,
        });
        keeper.finish(Duration::from_secs(60));
        let answers: Vec<Answer> = answers.iter().collect();
        assert_eq!(answers[0].session.facies.len(), 1);
        assert!(answers[0].edited && !answers[0].saved);
        let refused = &answers[1].action;
        assert!(matches!(
            refused,
            Some(Action::Edited { result: Err(_), .. })
        ));
        assert!(answers[2].session.facies.is_empty());
        let last = answers.last().unwrap();
        assert!(last.leave && last.saved && !last.edited);
        assert_eq!(Workspace::open(&path).unwrap().session().facies.len(), 0);
    }
}
