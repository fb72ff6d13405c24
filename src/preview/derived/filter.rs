//! A slice of a filtered volume.

use std::sync::Arc;

use ndarray::{Axis, s};

use super::Found;
use super::attribute::flat;
use super::reach::{read, stretches};
use crate::attributes::{Effort, KuwaharaOptions, Layer, kuwahara, kuwahara_bytes, kuwahara_reach};
use crate::model::Direction;
use crate::preview::SliceError;
use crate::preview::reading::Source;
use crate::task::{Cancel, Task};

/// Bytes that a stretch of a slice may take.
const MEMORY: usize = 256 << 20;

/// Most lines of a stretch.
const MOST_LINES: usize = 64;

/// Volumes that are filtered together, of which one is looked at.
pub struct Filtered {
    volumes: Vec<Arc<Source>>,
    dips: Option<[Arc<Source>; 2]>,
    shown: usize,
    options: KuwaharaOptions,
}

impl Filtered {
    pub fn new(
        volumes: Vec<Arc<Source>>,
        dips: Option<[Arc<Source>; 2]>,
        shown: usize,
        options: &KuwaharaOptions,
    ) -> Result<Self, String> {
        options.check().map_err(|e| e.to_string())?;
        let options = options.fitted(volumes[shown].grid().shape());
        Ok(Self {
            volumes,
            dips,
            shown,
            options,
        })
    }

    pub fn slice(
        &self,
        direction: Direction,
        at: usize,
        cancel: &dyn Cancel,
    ) -> Result<Found, SliceError> {
        let spreads: Vec<_> = (self.volumes.iter())
            .map(|volume| Ok(volume.totals(cancel)?.spread))
            .collect::<Result<_, SliceError>>()?;
        let shape = self.volumes[self.shown].grid().shape();
        let reach = kuwahara_reach(&self.options, self.dips.is_some());
        let [width, samples] = match direction {
            Direction::Inline => [shape[1], shape[2]],
            Direction::Crossline => [2 * reach[1] + 1, shape[2]],
            Direction::Time => [shape[1], 2 * reach[2] + 1],
        };
        let layers = self.volumes.len();
        let fits =
            |lines: &usize| kuwahara_bytes(*lines, width, samples, layers, &self.options) <= MEMORY;
        let lines = (1..=MOST_LINES).rev().find(fits).unwrap_or(1);
        let task = Task::new(Task::silent().progress, cancel);
        let (mut rows, mut expected) = (Vec::new(), 0.0);
        for stretch in stretches(direction, at, shape, reach, lines) {
            let slab = |source: &Arc<Source>| read(source.volume.as_ref(), &stretch, cancel);
            let data: Vec<_> = self.volumes.iter().map(slab).collect::<Result<_, _>>()?;
            let dips = match &self.dips {
                Some([inline, crossline]) => Some([slab(inline)?, slab(crossline)?]),
                None => None,
            };
            let views = dips
                .as_ref()
                .map(|dips| dips.each_ref().map(|dip| dip.view()));
            let layers: Vec<Layer> = (data.iter().zip(&spreads))
                .map(|(data, spread)| Layer {
                    data: data.view(),
                    spread: *spread,
                })
                .collect();
            let core = stretch.within(0);
            let [_, nx, nt] = stretch.shape();
            let effort = Effort::of_filter(core.len(), &self.options, dips.is_some());
            expected += effort.seconds(nx * nt * layers.len(), 0);
            let found = kuwahara(&layers, views, core, &self.options, &task)?;
            let part = found[self.shown].slice(s![.., stretch.within(1), stretch.within(2)]);
            rows.push(part.to_owned());
        }
        let views: Vec<_> = rows.iter().map(|part| part.view()).collect();
        let whole = ndarray::concatenate(Axis(0), &views).unwrap_or_default();
        Ok((flat(direction, &whole), expected))
    }
}
