//! The latent map of a run beside the slice: where the cursor's voxel lies on it,
//! and both of its coordinates as colours of the slice.

use super::action::{Effect, RunJob};
use super::app::App;
use super::panels::LatentPanel;
use super::step::Step;
use crate::picture::{Depth, Ramp};

use super::view::Link;

/// A latent map that stands beside the slice.
pub struct Chart {
    /// The map.
    pub panel: Box<LatentPanel>,
    /// The session's volumes of its two coordinates.
    pub volumes: [String; 2],
    /// True where the slice shows the coordinates as colours.
    pub coloured: bool,
}

impl App {
    /// True where the picture shows the coordinates of a latent map as colours.
    pub fn coloured(&self) -> bool {
        self.chart.as_ref().is_some_and(|chart| chart.coloured)
    }

    /// The colours of a mixture; nothing where the terminal has too few. 24 bits cost
    /// three times the bytes of the 256 colours: on fast lines only.
    pub fn cube(&self) -> Option<Ramp> {
        Ramp::cube(self.depth, self.view.link != Link::Fast)
    }

    /// The latent coordinates of the cursor's voxel; nothing where they are null, or
    /// not there yet.
    pub fn latent_at_cursor(&self) -> Option<[f32; 2]> {
        let panes = self.panes();
        let (pane, chart) = (panes.first()?, self.chart.as_ref()?);
        let (a, b) = self.view.cursor();
        let value = |name| {
            let slice = self.layer_in(pane, name)?;
            slice.true_value(a, b).unwrap_or_else(|| slice.value(a, b))
        };
        Some([value(&chart.volumes[0])?, value(&chart.volumes[1])?])
    }
}

impl Step<'_> {
    /// The latent map of the newest run beside the slice; then its colours on the
    /// slice; then neither.
    pub fn turn_chart(&mut self) {
        let depth = self.app.depth;
        match &mut self.app.chart {
            None => {
                self.effects.push(Effect::Run(RunJob::Chart));
                return;
            }
            Some(chart) if !chart.coloured && depth >= Depth::Indexed => {
                chart.coloured = true;
                self.app.view.rgb = None;
                self.say("the colours of the slice are those of the map; zM ends it");
            }
            Some(_) => {
                self.app.chart = None;
                self.say("latent map off");
            }
        }
        self.show_layers();
    }

    /// Puts the latent map of a result beside the slice.
    pub fn put_beside(&mut self, panel: Box<LatentPanel>) {
        let run = panel.run();
        let made = [1, 2].map(|axis| self.made(run, &format!("gtm_latent_{axis}")));
        let [Some(first), Some(second)] = made else {
            return self.refuse(format!(
                "run {run} made no gtm_latent_1 and gtm_latent_2; its products leave them out"
            ));
        };
        self.app.chart = Some(Chart {
            panel,
            volumes: [first, second],
            coloured: false,
        });
        if self.app.chart_area().is_none() {
            self.app.chart = None;
            return self.refuse(
                "the map stands beside one slice or linked ones, on 80 columns and more; zv, z2 or za again goes back to one",
            );
        }
        self.show_layers();
        self.say("[] on the map is the cursor's voxel; zM again colours the slice by it");
    }
}
