//! What is wrong with an outline, told while it is edited.

use crate::model::Polygon;
use crate::model::ring::{Point, bounds, contains, crossing};
use crate::session::Session;

use super::action::{Message, Tone};
use super::app::App;
use super::hand::{Carried, Hand};

impl App {
    /// After an edit: warns where the active polygon crosses itself, holds no
    /// voxel, or claims voxels of another facies.
    pub fn lint(&mut self, session: &Session) {
        let Some(polygon) = self
            .active_polygon(session)
            .filter(|p| self.is_here(&p.slice))
        else {
            return;
        };
        let warning = match crossing(&polygon.vertices) {
            Some((i, j, point)) => {
                let n = polygon.vertices.len();
                let edge = |i: usize| format!("{}-{}", i + 1, (i + 1) % n + 1);
                let text = format!(
                    "the outline crosses itself at ×, edges {} and {}; inside is counted even-odd",
                    edge(i),
                    edge(j)
                );
                self.crossing = Some(point);
                Some(text)
            }
            None if self.voxels == Some(0) => {
                Some("it holds no voxel: the outline passes between their centres".to_owned())
            }
            None => self.overlap(polygon, session),
        };
        // What was asked for is said first.
        let told = self.message.as_ref().is_some_and(|m| m.tone != Tone::Plain);
        if let Some(text) = warning.filter(|_| !told) {
            self.message = Some(Message::warning(text));
        }
    }

    /// Voxels that a polygon of another facies claims as well, in words.
    fn overlap(&self, polygon: &Polygon, session: &Session) -> Option<String> {
        let grid = self.view.grid.as_ref()?;
        let ((a, b), (c, d)) = bounds(&polygon.vertices);
        let near = |other: &&&Polygon| {
            let ((e, f), (g, h)) = bounds(&other.vertices);
            other.facies != polygon.facies && a <= g && e <= c && b <= h && f <= d
        };
        let here = self.polygons_here(session);
        let others: Vec<&&Polygon> = here.iter().filter(near).collect();
        if others.is_empty() {
            return None;
        }
        let centres: Vec<Point> = (polygon.voxels(grid, 0)?.iter())
            .map(|v| {
                polygon.slice.plane(
                    grid.inlines.value(v.inline as usize),
                    grid.crosslines.value(v.crossline as usize),
                    grid.samples.value(v.sample as usize),
                )
            })
            .collect();
        others.iter().find_map(|other| {
            let shared = centres.iter().filter(|p| contains(&other.vertices, **p));
            let n = shared.count();
            let name = session.display_name(&other.id).unwrap_or_default();
            (n > 0).then(|| format!("{n} voxels lie in {name} too: they count for neither facies"))
        })
    }

    /// Tells what the values inside the active polygon say against it, once; the
    /// panel says it all the time.
    pub fn lint_findings(&mut self) {
        let panel = &mut self.separability;
        let Some(answer) = panel.answer.as_ref().filter(|_| !panel.open) else {
            return;
        };
        let Some(id) = answer
            .active
            .clone()
            .filter(|_| self.polygon == answer.active)
        else {
            return;
        };
        let found = (id, answer.findings.clone());
        // What was asked for is said first.
        let said = self.message.as_ref().is_some_and(|m| m.tone != Tone::Plain);
        if found.1.is_empty() || panel.told.as_ref() == Some(&found) || said {
            return;
        }
        let words: Vec<String> = found.1.iter().map(ToString::to_string).collect();
        self.message = Some(Message::warning(words.join("; ")));
        panel.told = Some(found);
    }

    /// While something is carried: marks where the outline would cross itself.
    pub fn lint_carried(&mut self, session: &Session) {
        if let Some(ring) = self.carried_outline(session) {
            self.crossing = crossing(&ring).map(|(_, _, point)| point);
            self.unsettle_previews();
        }
    }

    /// The active polygon as it would be if what is carried were put down.
    pub fn carried_outline(&self, session: &Session) -> Option<Vec<Point>> {
        let Hand::Carry(carry) = &self.hand else {
            return None;
        };
        let by = self.carried_by(carry);
        let moved = |p: Point| (p.0 + by.0, p.1 + by.1);
        let mut ring = self.active_polygon(session)?.vertices.clone();
        match &carry.what {
            Carried::Polygon => ring.iter_mut().for_each(|v| *v = moved(*v)),
            Carried::Vertex { at, origin } => *ring.get_mut(*at)? = moved(*origin),
            Carried::New { at, origin } => ring.insert((*at).min(ring.len()), moved(*origin)),
            Carried::Vertices { places, .. } => {
                for at in places {
                    let vertex = ring.get_mut(*at)?;
                    *vertex = moved(*vertex);
                }
            }
        }
        Some(ring)
    }
}
