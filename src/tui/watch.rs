//! What the application makes of runs: panels that ask, snapshots that arrive.

use super::action::{Effect, Message, Opening, RunJob};
use super::app::App;
use super::layers::Layer;
use super::panels::{
    DoctorPanel, Examined, Ground, LogPanel, Panel, PanelEffect, Snapshot, TablePanel, of_result,
};
use super::step::Step;
use crate::io::OpenOptions;
use crate::modules;
use crate::runs::State;
use crate::session::{Edit, Session, VolumeEntry, VolumeRole};

use super::action::After;

impl Step<'_> {
    /// True where attributes were ranked at the picked voxels alone: some have no volume
    /// yet, and all can be computed.
    fn lacks_volumes(&self, names: &[String]) -> bool {
        let volumes = &self.session.volumes;
        let missing = |name: &String| volumes.iter().all(|v| v.name != *name);
        let known = |name: &String| modules::attribute_names().any(|known| known == *name);
        names.iter().any(missing) && names.iter().all(known)
    }

    /// Carries out what a panel asks for.
    pub fn panel(mut self, effect: PanelEffect) -> Vec<Effect> {
        match effect {
            PanelEffect::Taken | PanelEffect::NotMine => {}
            PanelEffect::Close => {
                if let Some(Layer::Panel(panel)) = self.app.layers.pop()
                    && matches!(*panel, Panel::Spots(_))
                {
                    self.app.live.suggest = false;
                    self.effects.push(Effect::SuggestNoMore);
                }
            }
            PanelEffect::Say(text) => self.say(text),
            PanelEffect::OpenLog(number) => {
                if let Some(watched) = self.app.runs.run(number) {
                    let panel = Panel::Log(LogPanel::new(watched));
                    self.app.layers.push(Layer::Panel(Box::new(panel)));
                }
            }
            PanelEffect::OpenTables(facts) => {
                let panel = Panel::Table(Box::new(TablePanel::new(*facts)));
                self.app.layers.push(Layer::Panel(Box::new(panel)));
            }
            PanelEffect::OpenForm(module) => {
                self.app.layers.pop();
                self.ask(RunJob::Form {
                    module,
                    settings: std::collections::BTreeMap::new(),
                    volumes: Vec::new(),
                });
            }
            PanelEffect::Again(request) => match modules::find(&request.module) {
                Ok(module) => self.ask(RunJob::Form {
                    module: module.name(),
                    settings: request.settings,
                    volumes: request.volumes.into_iter().map(|v| v.name).collect(),
                }),
                Err(error) => self.fail(error.to_string()),
            },
            PanelEffect::OpenResult(number) => {
                self.ask(RunJob::Result(Some(number), self.app.view.at));
            }
            PanelEffect::LookInto(path, format) => self.ask(RunJob::LookInto(path, format)),
            PanelEffect::LookIntoWells(asked, volumes) => {
                self.ask(RunJob::LookIntoWells(asked, volumes));
            }
            PanelEffect::Launch(request) => {
                self.app.layers.pop();
                self.ask(RunJob::Launch(request));
            }
            PanelEffect::Cancel(number) => self.ask(RunJob::Cancel(number)),
            PanelEffect::Resume(number) => self.ask(RunJob::Resume(number)),
            PanelEffect::Pause(number) => self.ask(RunJob::Pause(number)),
            PanelEffect::First(number) => self.ask(RunJob::First(number)),
            PanelEffect::Copy(text) => self.ask(RunJob::Copy(text)),
            PanelEffect::UseAttributes(names) if self.lacks_volumes(&names) => {
                self.app.layers.clear();
                self.ask(RunJob::Form {
                    module: "attributes3d",
                    settings: [("attributes".to_owned(), names.join(","))].into(),
                    volumes: Vec::new(),
                });
            }
            PanelEffect::UseAttributes(names) => {
                let text = format!("the next run reads {}", names.join(", "));
                self.edit(Edit::SetCandidates(names), After::Say(text));
            }
            PanelEffect::ShowClasses(number) => self.show_classes(number),
            PanelEffect::ShowDifference(number) => self.show_difference(number),
            PanelEffect::ShowVolume { run, name } => self.show_made(run, &name),
            PanelEffect::LightNode { run, node } => self.light_node(run, node),
            PanelEffect::PutBeside => {
                if let Some(Layer::Panel(panel)) = self.app.layers.pop()
                    && let Panel::Latent(panel) = *panel
                {
                    self.app.layers.clear();
                    self.put_beside(panel);
                }
            }
            PanelEffect::Examine(name, open) => self.ask(RunJob::Examine {
                name,
                open: Some(open),
            }),
            PanelEffect::OpenAs(volume, open) => {
                self.app.layers.pop();
                self.open_as(volume, open);
            }
            PanelEffect::GoTo(at, direction) => {
                self.app.layers.pop();
                self.go_to_lines(at, direction);
            }
            PanelEffect::LookAt(voxel) => {
                self.app.layers.clear();
                self.look_at(voxel);
            }
            PanelEffect::DrawAt(spot) => {
                self.app.layers.pop();
                self.effects.push(Effect::SuggestNoMore);
                self.draw_at(*spot);
            }
            PanelEffect::ScanHeaders(name) => self.ask(RunJob::Scan(name)),
            PanelEffect::Preview(wish) => self.preview(*wish),
        }
        self.effects
    }

    /// Reads the headers of a volume in another way, from now on.
    fn open_as(&mut self, volume: String, open: OpenOptions) {
        let kept = self.session.volume(&volume).map(|v| v.open);
        self.app.view.volume = Some(volume.clone());
        if kept == Some(open) {
            self.show_volume(&volume);
        } else {
            let text = format!("{volume} is opened with these bytes; u takes it back");
            self.edit(Edit::SetOpen { volume, open }, After::Say(text));
        }
    }

    /// Examines the file of a volume.
    pub fn examine(&mut self, name: &str) {
        self.ask(RunJob::Examine {
            name: name.to_owned(),
            open: None,
        });
    }

    fn ask(&mut self, job: RunJob) {
        self.effects.push(Effect::Run(job));
    }

    /// The name that the session gave to a volume of a run.
    pub(super) fn made(&self, run: u32, name: &str) -> Option<String> {
        let mut volumes = self.session.volumes.iter();
        let made = volumes.find(|v| {
            v.name.starts_with(name) && v.made_by.as_ref().and_then(|m| m.run) == Some(run)
        });
        made.map(|v| v.name.clone())
    }

    /// A volume of a run, in the picture.
    fn show_made(&mut self, run: u32, name: &str) {
        let Some(name) = self.made(run, name) else {
            return self.refuse(format!("run {run} made no {name}, or it is gone"));
        };
        self.app.layers.clear();
        self.show_volume(&name);
    }

    /// The voxels of a node of a latent map, over the picture.
    fn light_node(&mut self, run: u32, node: usize) {
        let Some(name) = self.made(run, "gtm_node") else {
            return self.refuse(format!(
                "run {run} made no gtm_node; its products leave it out"
            ));
        };
        if let Some(Layer::Panel(panel)) = self.app.layers.pop()
            && let Panel::Latent(panel) = *panel
        {
            self.put_beside(panel);
        }
        self.app.layers.clear();
        self.show_overlay(Some(&name));
        self.app.lit = Some((node + 1) as f32);
        self.say(format!(
            "voxels of node {} are lit; Space t chooses another, zo turns them off, zM the map",
            node + 1
        ));
    }

    /// The class volume of a run over the amplitude.
    fn show_classes(&mut self, number: u32) {
        let made = self.session.volumes.iter().find(|v| {
            v.role == VolumeRole::Classes && v.made_by.as_ref().and_then(|m| m.run) == Some(number)
        });
        let Some(name) = made.map(|v| v.name.clone()) else {
            return self.refuse(format!("run {number} made no volume of classes"));
        };
        // Voxels unlike all that was learnt from are hatched, unless something else is.
        let outside = ["rfc3d_outside", "gtm_outside", "gmm_outside"];
        let outside = outside.iter().find_map(|name| self.made(number, name));
        if outside.is_some() && self.app.view.doubt.is_none() {
            self.app.view.doubt = outside;
        }
        let beside = self.app.dock_result();
        self.show_overlay(Some(&name));
        let hatched = if self.app.view.doubt.is_some() {
            ", zu the hatching"
        } else {
            ""
        };
        self.say(format!("overlay {name}; zo turns it off{hatched}"));
        if !beside {
            self.app.layers.clear();
        }
    }

    /// The differences of a run over the amplitude.
    fn show_difference(&mut self, number: u32) {
        let Some(name) = self.made(number, "gtm_difference") else {
            return self.refuse(format!(
                "run {number} made no gtm_difference, or it is gone"
            ));
        };
        self.lay(&name);
    }

    fn lay(&mut self, name: &str) {
        self.app.layers.clear();
        self.show_overlay(Some(name));
        self.say(format!("overlay {name}; zo turns it off"));
    }
}

impl App {
    /// Puts the result on top beside the picture, where the screen has room for both.
    fn dock_result(&mut self) -> bool {
        match self.layers.last_mut() {
            Some(Layer::Panel(panel)) => panel.dock(self.size.0),
            _ => false,
        }
    }

    /// Takes up the runs as they are now; what has ended is to be adopted.
    pub(super) fn watch(&mut self, snapshot: Snapshot) -> Vec<Effect> {
        let before = |number: u32| self.runs.run(number).map(|w| w.run.progress.state);
        let mut ended = None;
        for run in snapshot.runs.iter().map(|w| &w.run) {
            let state = run.progress.state;
            let known = before(run.number);
            if state.is_over() && known.is_some_and(|s| s != state) {
                ended = Some((
                    run.number,
                    run.request.module.clone(),
                    state,
                    run.progress.error.clone(),
                ));
            }
        }
        for layer in &mut self.layers {
            if let Layer::Panel(panel) = layer {
                panel.watch(&snapshot);
            }
        }
        self.runs = snapshot;
        match ended {
            None => Vec::new(),
            Some((number, module, State::Done, _)) => {
                let text = format!("run {number} {module}: done; Space t shows its result");
                self.message = Some(Message::plain(text));
                vec![Effect::Ring, Effect::Run(RunJob::Look)]
            }
            Some((number, module, state, error)) => {
                let why = error.map_or(String::new(), |e| format!(": {e}"));
                let text = format!(
                    "run {number} {module} {}{why}; Space r shows it",
                    state.word()
                );
                self.message = Some(Message::warning(text));
                vec![Effect::Ring]
            }
        }
    }

    /// Opens what was got ready.
    pub(super) fn open_panel(&mut self, opening: Result<Opening, String>) {
        match opening {
            Ok(Opening::Form(form)) => self
                .layers
                .push(Layer::Panel(Box::new(Panel::Launch(form)))),
            Ok(Opening::Result(facts, outcome)) => {
                let mut panel = of_result(facts, &outcome);
                panel.dock(self.size.0);
                self.layers.push(Layer::Panel(Box::new(panel)));
            }
            Ok(Opening::Tables(facts)) => {
                let panel = Panel::Table(Box::new(TablePanel::new(*facts)));
                self.layers.push(Layer::Panel(Box::new(panel)));
            }
            // The session is needed for it.
            Ok(Opening::Chart(..) | Opening::Still(_)) => {}
            Ok(Opening::Diagnosis(file)) => self.show_diagnosis(*file),
            Ok(Opening::Survey(ground)) => {
                if std::mem::take(&mut self.northing) {
                    self.turn_north(&ground);
                }
                for layer in &mut self.layers {
                    if let Layer::Panel(panel) = layer
                        && let Panel::Map(map) = panel.as_mut()
                    {
                        map.take_ground(*ground.clone());
                    }
                }
            }
            Ok(Opening::Training(path, seen)) => {
                if let Some(Layer::Panel(panel)) = self.layers.last_mut()
                    && let Panel::Launch(form) = panel.as_mut()
                {
                    form.take_preview(&path, seen);
                }
            }
            Ok(Opening::Wells(asked, seen)) => {
                if let Some(Layer::Panel(panel)) = self.layers.last_mut()
                    && let Panel::Launch(form) = panel.as_mut()
                {
                    form.take_wells(&asked, seen);
                }
            }
            Ok(Opening::Bill(bill)) => {
                if let Some(form) = self.docked_form() {
                    form.take_bill(bill);
                }
            }
            Ok(Opening::Said(text)) => self.message = Some(Message::plain(text)),
            Err(text) => self.message = Some(Message::error(text)),
        }
    }

    /// Shows a diagnosis, in the panel of the same file where one is open.
    fn show_diagnosis(&mut self, file: Examined) {
        let file = match self.layers.last_mut() {
            Some(Layer::Panel(panel)) => match panel.as_mut() {
                Panel::Doctor(doctor) => doctor.renew(file),
                _ => Some(file),
            },
            _ => Some(file),
        };
        if let Some(file) = file {
            let panel = Panel::Doctor(Box::new(DoctorPanel::new(file)));
            self.layers.push(Layer::Panel(Box::new(panel)));
        }
    }

    /// Turns the axes so that north is up on a time slice, as far as that goes.
    fn turn_north(&mut self, ground: &Ground) {
        let Some(ways) = ground.ways() else {
            let text = "the file tells no coordinates; zi and zx turn the axes";
            self.message = Some(Message::new(super::action::Tone::NotNow, text));
            return;
        };
        // Inlines grow downwards, crosslines to the right, unless turned.
        let [
            (_, north_of_inline),
            (east_of_crossline, north_of_crossline),
        ] = ways;
        let lies = north_of_crossline.abs() > north_of_inline.abs();
        self.view.turned = if lies {
            (ways[0].0 < 0.0, north_of_crossline < 0.0)
        } else {
            (north_of_inline > 0.0, east_of_crossline < 0.0)
        };
        let text = if lies {
            "crosslines run north: north is at the right of time slices"
        } else {
            "north is up on time slices"
        };
        self.message = Some(Message::plain(text));
    }

    /// Says which runs the session has taken in.
    pub(super) fn adopted(&mut self, runs: &[u32], session: &Session) {
        let Some(last) = runs.last() else { return };
        let made = |v: &VolumeEntry| v.made_by.as_ref().is_some_and(|m| m.run == Some(*last));
        let mut watched = self.runs.runs.iter().map(|w| &w.run);
        let rows = watched.any(|run| run.number == *last && run.request.is_at_polygons());
        let text = if rows {
            "the attributes are known at the picked voxels; Space l ranks them"
        } else if session.volumes.iter().any(made) {
            "its volumes are in the session; Space t shows its result"
        } else {
            "it is done; Space t shows its result"
        };
        self.message = Some(Message::plain(format!("run {last}: {text}")));
    }
}
