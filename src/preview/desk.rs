//! A thread that answers questions: the newest wins, an older one is given up.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::task::CancelFlag;

/// Where questions are put, and the thread behind it.
pub(super) struct Desk<Q> {
    shared: Arc<Shared<Q>>,
}

struct Shared<Q> {
    next: Mutex<Next<Q>>,
    wake: Condvar,
}

struct Next<Q> {
    question: Option<Q>,
    /// Raised when what is being answered is void.
    cancel: Arc<CancelFlag>,
    closed: bool,
}

impl<Q: Send + 'static> Desk<Q> {
    /// Starts the thread. `answer` takes a question and a flag that is raised when
    /// a newer one has come; it sees to its own delivery.
    pub(super) fn start(
        name: &str,
        mut answer: impl FnMut(Q, &CancelFlag) + Send + 'static,
    ) -> std::io::Result<Desk<Q>> {
        let shared = Arc::new(Shared {
            next: Mutex::new(Next {
                question: None,
                cancel: Arc::default(),
                closed: false,
            }),
            wake: Condvar::new(),
        });
        let here = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Some((question, cancel)) = here.take() {
                    answer(question, &cancel);
                }
            })?;
        Ok(Desk { shared })
    }

    /// Asks; an earlier question that is not answered yet is given up.
    pub(super) fn ask(&self, question: Q) {
        let mut next = self.shared.lock();
        next.question = Some(question);
        next.cancel.raise();
        drop(next);
        self.shared.wake.notify_one();
    }

    /// Gives up what is being answered.
    pub(super) fn give_up(&self) {
        let mut next = self.shared.lock();
        next.question = None;
        next.cancel.raise();
    }
}

impl<Q> Drop for Desk<Q> {
    fn drop(&mut self) {
        let mut next = self.shared.lock();
        next.closed = true;
        next.cancel.raise();
        drop(next);
        self.shared.wake.notify_one();
    }
}

impl<Q> Shared<Q> {
    fn lock(&self) -> MutexGuard<'_, Next<Q>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a question; nothing once the desk is closed.
    fn take(&self) -> Option<(Q, Arc<CancelFlag>)> {
        let mut next = self.lock();
        loop {
            if next.closed {
                return None;
            }
            if let Some(question) = next.question.take() {
                let cancel = Arc::new(CancelFlag::default());
                next.cancel = Arc::clone(&cancel);
                return Some((question, cancel));
            }
            next = (self.wake.wait(next)).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
