//! Single traces of the file, for values of many volumes at one place and for the
//! traces around a cursor: a slice of each would be read for a few of its samples.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::VolumeId;
use super::engine::{Shared, SliceEngine};
use crate::model::Pick;

/// A trace of a volume, by the indices of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId {
    /// The volume.
    pub volume: VolumeId,
    /// Index of the inline.
    pub inline: usize,
    /// Index of the crossline.
    pub crossline: usize,
}

/// A trace with its samples, nulls as NaN.
pub type Trace = (TraceId, Arc<[f32]>);

/// Reads traces on a thread of its own; the newest wish counts.
pub struct TraceReader {
    sender: Sender<Vec<TraceId>>,
}

impl TraceReader {
    /// Starts the thread. It reads through the volumes of the engine; `deliver` is
    /// called on it with all traces of a wish that could be read, and must not block.
    pub fn start(
        engine: &SliceEngine,
        deliver: impl Fn(Vec<Trace>) + Send + 'static,
    ) -> std::io::Result<TraceReader> {
        let (sender, wishes) = channel();
        let shared = engine.shared();
        std::thread::Builder::new()
            .name("traces".to_owned())
            .spawn(move || serve(&wishes, &shared, &deliver))?;
        Ok(TraceReader { sender })
    }

    /// Asks for traces in place of those asked for before. Cost: one read a trace.
    pub fn ask(&self, wanted: Vec<TraceId>) {
        // The thread ends only with the reader.
        let _ = self.sender.send(wanted);
    }
}

fn serve(wishes: &Receiver<Vec<TraceId>>, shared: &Shared, deliver: &impl Fn(Vec<Trace>)) {
    let mut next = None;
    while let Some(wish) = next.take().or_else(|| wishes.recv().ok()) {
        let mut traces = Vec::with_capacity(wish.len());
        for id in wish {
            next = wishes.try_iter().last();
            if next.is_some() {
                break;
            }
            // What cannot be read shows as such when its slice is read.
            if let Some(samples) = read(shared, id) {
                traces.push((id, samples.into()));
            }
        }
        if next.is_none() {
            deliver(traces);
        }
    }
}

fn read(shared: &Shared, id: TraceId) -> Option<Vec<f32>> {
    let source = Arc::clone(shared.lock().volumes.get(id.volume.0 as usize)?);
    if source.is_derived() {
        return None;
    }
    let mut block = source.volume.grid().all();
    block.inlines = Pick::one(id.inline);
    block.crosslines = Pick::one(id.crossline);
    let mut samples = vec![0.0; block.len()];
    source.volume.read(&block, &mut samples).ok()?;
    Some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::engine::tests::Ramp;

    #[test]
    fn traces_come_as_they_are_in_the_file_and_the_newest_wish_counts() {
        let engine = SliceEngine::start(1, 1 << 20, |_| {}).unwrap();
        let volume = engine.add(Arc::new(Ramp::open([9, 10, 11])));
        let (sender, delivered) = channel();
        let reader = TraceReader::start(&engine, move |t| {
            let _ = sender.send(t);
        });
        let reader = reader.unwrap();
        let id = |inline, crossline| TraceId {
            volume,
            inline,
            crossline,
        };
        let nowhere = TraceId {
            volume: VolumeId(9),
            ..id(0, 0)
        };
        reader.ask(vec![id(3, 4), nowhere, id(8, 9)]);
        let traces = delivered.recv().unwrap();
        assert_eq!(traces.len(), 2, "what cannot be read is left out");
        assert_eq!((traces[0].0, traces[0].1[10]), (id(3, 4), 30_410.0));
        assert_eq!(traces[1].1[0], 80_900.0);
        for n in 0..9 {
            reader.ask(vec![id(n, 0); 50]);
        }
        // Whatever was left out on the way, the last wish is answered last.
        let last =
            std::iter::from_fn(|| delivered.recv().ok()).find(|traces| traces[0].0 == id(8, 0));
        assert_eq!(last.map(|t| t.len()), Some(50));
    }
}
