//! What there is to tell of a SEG-Y file.

use crate::io::facts::{Facts, HeaderBytes, SampleFacts, thin};
use crate::io::statistics::{Sampled, statistics};
use crate::io::traces::Check;
use crate::io::{Certainty, IoError, Volume};
use crate::model::SampleUnit;
use crate::task::Task;

use super::layout::Layout;
use super::reader::{OtherSegy, SegyFile, SegyVolume};

impl SegyFile {
    /// Its facts; `every`: from every sample.
    pub(in crate::io) fn facts(&self, every: bool, task: &Task) -> Result<Facts, IoError> {
        match self {
            SegyFile::Volume(volume) => volume.facts(every, task),
            SegyFile::Other(other) => other.facts(every, task),
        }
    }
}

impl Layout {
    /// What can be told without knowing what the traces are.
    fn facts(&self, start_ms: f64, certainty: Certainty) -> Facts {
        Facts {
            format: if self.binary.is_some() { "SEG-Y" } else { "SU" }.to_owned(),
            sample_format: format!("{} {}", self.format.name(), self.order.word()),
            exact: false,
            headers: certainty,
            sampled_traces: 0,
            inlines: None,
            crosslines: None,
            samples: SampleFacts::new(&self.axis(start_ms), SampleUnit::Milliseconds),
            traces: u64::from(self.traces),
            live_traces: u64::from(self.traces),
            dead_traces: 0,
            missing_traces: 0,
            duplicate_traces: 0,
            is_cube: false,
            reason: None,
            header_bytes: None,
            corners: None,
            stats: None,
            spacing: None,
            null_value: None,
            header_choice: None,
            notes: self.notes.clone(),
            text: self.cards.clone(),
        }
    }
}

impl SegyVolume {
    fn facts(&self, every: bool, task: &Task) -> Result<Facts, IoError> {
        let grid = self.grid();
        let survey = &self.survey;
        let crosslines = grid.crosslines.count as u64;
        let places = grid.inlines.count as u64 * crosslines;
        let samples = grid.samples.count;
        let trace = |place: u64| {
            let (i, c) = (place / crosslines, place % crosslines);
            survey.index.trace(i as usize, c as usize).map(u64::from)
        };
        let look = |trace: u64, header: &[u8]| self.check_trace(trace, header);
        let check: Option<Check> = match self.certainty() {
            Certainty::Probed => Some(&look),
            Certainty::Scanned => None,
        };
        let mut notes = self.notes().to_vec();
        let sampled = match statistics(&self.traces, samples, places, every, task, trace, check) {
            // What a few headers told turned out wrong: that is a fact too.
            Err(error @ IoError::Header { .. }) => {
                notes.push(error.to_string());
                Sampled::default()
            }
            sampled => sampled?,
        };
        let reason = thin(grid);
        Ok(Facts {
            exact: survey.scanned && sampled.whole,
            sampled_traces: sampled.traces,
            inlines: Some(grid.inlines.into()),
            crosslines: Some(grid.crosslines.into()),
            live_traces: survey.index.traces() - survey.index.dead(),
            dead_traces: survey.index.dead(),
            missing_traces: places - survey.index.traces(),
            duplicate_traces: survey.duplicates,
            is_cube: reason.is_none(),
            reason,
            header_bytes: Some(HeaderBytes {
                inline: Some(survey.inline_byte),
                crossline: Some(survey.crossline_byte),
                x: self.position.map(|p| p.x_byte),
                y: self.position.map(|p| p.y_byte),
            }),
            corners: self.position.map(|p| p.corners),
            stats: sampled.statistics,
            spacing: grid.spacing,
            null_value: self.traces.decoder.null,
            header_choice: Some(survey.choice.clone()),
            notes,
            ..self.layout.facts(grid.samples.first, self.certainty())
        })
    }
}

impl OtherSegy {
    fn facts(&self, every: bool, task: &Task) -> Result<Facts, IoError> {
        let count = u64::from(self.layout.traces);
        let samples = self.layout.samples;
        let sampled = statistics(&self.traces, samples, count, every, task, Some, None)?;
        Ok(Facts {
            exact: sampled.whole,
            sampled_traces: sampled.traces,
            crosslines: Some(self.not.along.into()),
            reason: Some(self.not.reason.clone()),
            stats: sampled.statistics,
            null_value: self.traces.decoder.null,
            notes: self.notes.clone(),
            ..self.layout.facts(self.start_ms, self.certainty)
        })
    }
}
