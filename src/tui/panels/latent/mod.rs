//! What `gtm3d` found: the latent map with all voxels and the facies on it.

mod beside;
mod draw;
mod judged;
mod outline;

#[cfg(test)]
mod tests;

pub use beside::OnMap;

use super::{Key, PanelEffect, PanelKey, ResultFacts, also, hint, where_csv};
use crate::modules::{GtmResult, Table};

const JUDGED_KEYS: &[PanelKey] = &[
    hint("Tab", "the map"),
    hint("c", "classes on the slice"),
    hint("d", "differences on the slice"),
    hint("t", "all tables"),
    hint("e", "CSV"),
    hint("q", "back"),
];

const KEYS: &[PanelKey] = &[
    hint("h j k l", "node"),
    hint("Enter", "light its voxels on the slice"),
    hint("Tab", "judgement"),
    hint("1-9", "facies"),
    hint("c", "classes on the slice"),
    hint("v", "probability volume"),
    hint("e", "CSV"),
    also("H J K L", "four nodes"),
    hint("m", "map beside the slice"),
    also("t", "all tables"),
    also("0", "all facies"),
    also(".", "node of the cursor"),
    hint("q", "back"),
];

/// How far the large steps go.
const STRIDE: isize = 4;

/// The screen of a map.
pub struct LatentPanel {
    facts: ResultFacts,
    of: GtmResult,
    tables: Vec<Table>,
    /// Node in focus: along the first latent coordinate, along the second.
    at: (usize, usize),
    /// Facies that stands alone, by its place.
    alone: Option<usize>,
    /// True where the judgement of the classes is shown in place of the map.
    judged: bool,
}

impl LatentPanel {
    /// The screen, on the node of the voxel under the cursor where it is known,
    /// else on the one with most voxels.
    pub fn new(facts: ResultFacts, of: GtmResult, tables: Vec<Table>) -> Self {
        let side = of.map.side.max(1);
        let most = (0..of.map.voxels.len()).max_by_key(|&k| of.map.voxels[k]);
        let node = facts.node.filter(|&k| k < side * side).or(most);
        let node = node.unwrap_or(0);
        Self {
            facts,
            of,
            tables,
            at: (node / side, node % side),
            alone: None,
            judged: false,
        }
    }

    /// Number of its run.
    pub fn run(&self) -> u32 {
        self.facts.number
    }

    fn side(&self) -> usize {
        self.of.map.side
    }

    /// The node nearest to a place on the map.
    fn nearest(&self, latent: [f32; 2]) -> usize {
        let last = self.side().saturating_sub(1);
        let [a, b] = latent.map(|u| {
            let at = 0.5 * (u.clamp(-1.0, 1.0) + 1.0) * last as f32;
            at.round() as usize
        });
        a * self.side() + b
    }

    /// The node in focus, as the map counts them.
    fn node(&self) -> usize {
        self.at.0 * self.side() + self.at.1
    }

    fn step(&mut self, first: isize, second: isize) {
        let last = self.side().saturating_sub(1);
        let move_by = |at: usize, by: isize| at.saturating_add_signed(by).min(last);
        self.at = (move_by(self.at.0, first), move_by(self.at.1, second));
    }

    /// The probability of each facies for a voxel that lies on a node alone; nothing
    /// where no facies reaches.
    fn probabilities(&self, node: usize) -> Option<Vec<f64>> {
        let densities = self.of.map.facies.iter();
        let roots: Vec<f64> = densities
            .map(|q| q.get(node).copied().unwrap_or(0.0).max(0.0).sqrt())
            .collect();
        let sum: f64 = roots.iter().sum();
        (sum > 0.0).then(|| roots.iter().map(|r| r / sum).collect())
    }

    /// The facies with most of a node, and by how much it leads.
    fn verdict(&self, node: usize) -> Option<(usize, f64)> {
        let p = self.probabilities(node)?;
        let best = (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b]))?;
        let others = (0..p.len()).filter(|&m| m != best).map(|m| p[m]);
        Some((best, p[best] - others.fold(0.0, f64::max)))
    }

    /// Share of a facies' density on nodes where it is denser than all others.
    fn own_ground(&self, facies: usize) -> f64 {
        let densities = &self.of.map.facies;
        let own = densities[facies].iter().enumerate().filter(|(k, q)| {
            let mut others = densities.iter().enumerate().filter(|(m, _)| *m != facies);
            others.all(|(_, other)| other[*k] < **q)
        });
        own.map(|(_, q)| q).sum()
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> PanelEffect {
        if self.judged {
            return self.press_judged(key);
        }
        match key {
            Key::Tab => self.judged = true,
            Key::Char('h') | Key::Left => self.step(-1, 0),
            Key::Char('l') | Key::Right => self.step(1, 0),
            Key::Char('j') | Key::Down => self.step(0, -1),
            Key::Char('k') | Key::Up => self.step(0, 1),
            Key::Char('H') => self.step(-STRIDE, 0),
            Key::Char('L') => self.step(STRIDE, 0),
            Key::Char('J') => self.step(0, -STRIDE),
            Key::Char('K') => self.step(0, STRIDE),
            Key::Char('.') => return self.go_to_cursor(),
            Key::Char('0') => self.alone = None,
            Key::Char(digit @ '1'..='9') => return self.stand_alone(digit),
            Key::Enter => {
                return PanelEffect::LightNode {
                    run: self.facts.number,
                    node: self.node(),
                };
            }
            Key::Char('c') => return PanelEffect::ShowClasses(self.facts.number),
            Key::Char('v') => return self.probability_volume(),
            Key::Char('m') => return PanelEffect::PutBeside,
            Key::Char('e') => return where_csv(&self.facts.folder, "latent_map"),
            Key::Char('t') => {
                let tables = self.facts.tables(&self.tables, "");
                return PanelEffect::OpenTables(Box::new(tables));
            }
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    /// Takes a key where the judgement is shown.
    fn press_judged(&mut self, key: Key) -> PanelEffect {
        match key {
            Key::Tab | Key::BackTab => self.judged = false,
            Key::Char('c') => return PanelEffect::ShowClasses(self.facts.number),
            Key::Char('d') => return self.difference_volume(),
            Key::Char('e') => return where_csv(&self.facts.folder, "validation"),
            Key::Char('t') => {
                let tables = self.facts.tables(&self.tables, "validation");
                return PanelEffect::OpenTables(Box::new(tables));
            }
            Key::Char('q') | Key::Esc | Key::Ctrl('g') => return PanelEffect::Close,
            _ => return PanelEffect::NotMine,
        }
        PanelEffect::Taken
    }

    fn difference_volume(&self) -> PanelEffect {
        match &self.of.agreement {
            Some(_) => PanelEffect::ShowDifference(self.facts.number),
            None => PanelEffect::Say(
                "nothing was compared; launch it with compare set to a volume of classes".into(),
            ),
        }
    }

    /// To the node of the voxel under the slice's cursor.
    fn go_to_cursor(&mut self) -> PanelEffect {
        let side = self.side().max(1);
        match self.facts.node.filter(|&k| k < side * side) {
            Some(node) => {
                self.at = (node / side, node % side);
                PanelEffect::Taken
            }
            None => PanelEffect::Say(
                "the voxel under the cursor is null, outside the run, or its node was not written"
                    .into(),
            ),
        }
    }

    /// One facies alone, with the focus on its densest node.
    fn stand_alone(&mut self, digit: char) -> PanelEffect {
        let place = digit as usize - '1' as usize;
        let Some(q) = self.of.map.facies.get(place) else {
            return PanelEffect::Say(format!("there is no facies {digit}"));
        };
        self.alone = Some(place);
        if let Some(top) = (0..q.len()).max_by(|&a, &b| q[a].total_cmp(&q[b])) {
            self.at = (top / self.side(), top % self.side());
        }
        PanelEffect::Taken
    }

    fn probability_volume(&self) -> PanelEffect {
        let place = self
            .alone
            .or_else(|| self.verdict(self.node()).map(|(m, _)| m));
        let facies = place.and_then(|m| self.of.facies.get(m));
        match facies {
            Some(f) if f.probability_volume.is_some() => PanelEffect::ShowVolume {
                run: self.facts.number,
                name: format!("gtm_probability_{}", crate::model::candidate_name(&f.name)),
            },
            _ => PanelEffect::Say("no probability volume was written".into()),
        }
    }

    /// The word for it in the footer.
    pub fn mode(&self) -> &'static str {
        "GTM"
    }

    /// Its keys.
    pub fn keys(&self) -> &'static [PanelKey] {
        if self.judged { JUDGED_KEYS } else { KEYS }
    }
}
