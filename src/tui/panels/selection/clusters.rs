//! Behind the best of a size: clusters, models, likelihoods, and the facies in
//! two of its attributes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::dots::{Dots, Span};
use super::super::number::{self, fixed, percent};
use super::super::page::Page;
use super::super::{Key, PanelKey, Theme, also, hint};
use super::SelectionPanel;
use crate::model::printable;

pub(super) const KEYS: &[PanelKey] = &[
    hint("j k", "facies"),
    hint("h l", "size"),
    hint("x y", "next attribute across, up"),
    hint("Enter", "use these"),
    also("d", "back"),
    hint("q", "back"),
];

/// What lies behind the best combination of each size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterFacts {
    /// Names of the facies.
    pub facies: Vec<String>,
    /// One entry a size.
    pub sizes: Vec<SizeClusters>,
    /// Facies -> attribute -> values of some voxels, in standard units.
    pub points: Vec<Vec<Vec<f32>>>,
}

/// The mixtures of one combination.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SizeClusters {
    /// One a facies.
    pub facies: Vec<FaciesClusters>,
    /// Mean distance of each pair of facies: (1,2) (1,3) ... (2,3) ...
    pub pairs: Vec<f64>,
}

/// The mixture of one facies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaciesClusters {
    /// Its covariance model.
    pub model: String,
    /// Its BIC.
    pub bic: f64,
    /// True where a covariance had to be held off zero.
    pub floored: bool,
    /// Its clusters.
    pub clusters: Vec<Cluster>,
    /// Models and numbers of clusters tried, with their BIC.
    pub tried: Vec<(String, usize, Option<f64>)>,
    /// Log-likelihoods over SEM, then over CEM.
    pub path: [Vec<f32>; 2],
}

/// A cluster, in standard units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cluster {
    /// Share of the facies' voxels.
    pub share: f64,
    /// Its mean.
    pub mean: Vec<f64>,
    /// Its covariance, lower triangle row by row.
    pub covariance: Vec<f64>,
}

impl Cluster {
    /// The points two standard deviations from its mean in two of its
    /// dimensions: the mean plus twice the Cholesky factor times a circle.
    fn ellipse(&self, (i, j): (usize, usize)) -> Vec<(f64, f64)> {
        let at = |i: usize, j: usize| {
            let (i, j) = (i.max(j), i.min(j));
            self.covariance
                .get(i * (i + 1) / 2 + j)
                .copied()
                .unwrap_or(0.0)
        };
        let mean = |i: usize| self.mean.get(i).copied().unwrap_or(0.0);
        let l = at(i, i).max(0.0).sqrt();
        let m = if l > 0.0 { at(i, j) / l } else { 0.0 };
        let k = (at(j, j) - m * m).max(0.0).sqrt();
        (0..96)
            .map(|step| {
                let (sin, cos) = (std::f64::consts::TAU * f64::from(step) / 96.0).sin_cos();
                (mean(i) + 2.0 * l * cos, mean(j) + 2.0 * (m * cos + k * sin))
            })
            .collect()
    }
}

/// What of it is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    /// True where it is in front.
    pub open: bool,
    facies: usize,
    /// Places of the axes among the attributes of the combination.
    axes: (usize, usize),
}

impl Look {
    /// Opens it on the first two attributes.
    pub fn opened() -> Self {
        Self {
            open: true,
            facies: 0,
            axes: (0, 1),
        }
    }

    /// Takes a key; false for one of those that it shares with the sizes.
    pub fn press(&mut self, key: Key, facies: usize, attributes: usize) -> bool {
        let next = |at: usize| (at + 1) % attributes.max(1);
        match key {
            Key::Char('j') | Key::Down => {
                self.facies = (self.facies + 1).min(facies.saturating_sub(1));
            }
            Key::Char('k') | Key::Up => self.facies = self.facies.saturating_sub(1),
            Key::Char('x') => self.axes.0 = next(self.axes.0),
            Key::Char('y') => self.axes.1 = next(self.axes.1),
            Key::Char('q' | 'd') | Key::Esc | Key::Ctrl('g') => self.open = false,
            Key::Char('a' | 'r' | 'w' | 'e' | 't') => {}
            _ => return false,
        }
        true
    }
}

impl SelectionPanel {
    /// Writes what lies behind the chosen size.
    pub(super) fn draw_clusters(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        let names: Vec<String> = self.names(self.at).iter().map(|n| printable(n)).collect();
        page.title(
            "clusters",
            &format!(
                "best {} of {}: {}",
                names.len(),
                self.of.attributes.len(),
                names.join(", ")
            ),
            "",
        );
        page.footer(self.mode(), KEYS);
        let Some(size) = self.of.clusters.sizes.get(self.at) else {
            page.put(1, 2, "this run kept no clusters", theme.text());
            return;
        };
        let left = if page.width() >= 100 { 50 } else { 42 };
        let mut y = self.draw_facies(&mut page, 2, size);
        y = self.draw_distances(&mut page, y + 1, left, size);
        if let Some(facies) = size.facies.get(self.look.facies) {
            y = self.draw_trials(&mut page, y + 1, facies);
            draw_path(&mut page, y + 1, left, facies);
        }
        if page.width() >= left + 24 {
            self.draw_scatter(&mut page, left + 2, size, &names);
        }
    }

    fn facies_name(&self, m: usize) -> String {
        self.of
            .clusters
            .facies
            .get(m)
            .map_or(String::new(), |f| printable(f))
    }

    /// A row a facies: clusters, model, BIC.
    fn draw_facies(&self, page: &mut Page, y: u16, size: &SizeClusters) -> u16 {
        let theme = *page.theme;
        page.put(5, y, "facies", theme.dim());
        page.right(27, y, "clusters", theme.dim());
        page.put(29, y, "model", theme.dim());
        page.right(42, y, "BIC", theme.dim());
        for (m, (y, of)) in (y + 1..).zip(&size.facies).enumerate() {
            if m == self.look.facies {
                page.focus(y);
            }
            let name = self.facies_name(m);
            if let Some(facies) = self.facts.facies(&name) {
                let mark = facies.mark().to_string();
                page.put(3, y, &mark, theme.facies(facies.colour));
            }
            page.put_to(5, y, 19, &name, theme.value());
            page.right(27, y, &of.clusters.len().to_string(), theme.value());
            page.put(29, y, &of.model, theme.value());
            page.right(42, y, &fixed(of.bic, 0), theme.value());
            if of.floored {
                page.put(43, y, "floored", theme.warning());
            }
        }
        y + 1 + size.facies.len() as u16
    }

    /// Distances below the diagonal, the bound of the overlap above it.
    fn draw_distances(&self, page: &mut Page, y: u16, end: u16, size: &SizeClusters) -> u16 {
        let theme = *page.theme;
        let bottom = page.height().saturating_sub(1);
        let count = size.facies.len();
        if y + count as u16 + 1 >= bottom {
            return y;
        }
        page.put_to(
            1,
            y,
            end,
            "distance below, confusion at most ½e^-D above",
            theme.dim(),
        );
        let mut pairs = size.pairs.iter();
        let mut of = vec![vec![None; count]; count];
        for m in 0..count {
            for l in m + 1..count {
                of[m][l] = pairs.next().copied();
            }
        }
        for m in 0..count {
            let y = y + 1 + m as u16;
            page.put_to(5, y, 15, &self.facies_name(m), theme.value());
            for l in 0..count {
                let x = 22 + 7 * l as u16;
                if x > end {
                    break;
                }
                let (a, b) = (m.min(l), m.max(l));
                match of[a][b] {
                    Some(d) if l < m => page.right(x, y, &fixed(d, 2), theme.value()),
                    Some(d) => page.right(x, y, &percent(0.5 * (-d).exp()), theme.text()),
                    None => page.right(x, y, "·", theme.dim()),
                };
            }
        }
        y + 1 + count as u16
    }

    /// BIC of models (rows) and numbers of clusters (columns) of a facies.
    fn draw_trials(&self, page: &mut Page, y: u16, of: &FaciesClusters) -> u16 {
        let theme = *page.theme;
        let bottom = page.height().saturating_sub(1);
        if y + 3 > bottom || of.tried.is_empty() {
            return y;
        }
        let name = self.facies_name(self.look.facies);
        page.put_to(1, y, 18, &format!("BIC of {name}"), theme.dim());
        let mut models: Vec<&str> = of.tried.iter().map(|(model, ..)| model.as_str()).collect();
        let mut counts: Vec<usize> = of.tried.iter().map(|(_, k, _)| *k).collect();
        models.sort_unstable_by_key(|m| of.tried.iter().position(|(t, ..)| t == m));
        models.dedup();
        counts.sort_unstable();
        counts.dedup();
        for (x, k) in (28..).step_by(9).zip(&counts) {
            page.right(x, y, &format!("K={k}"), theme.dim());
        }
        let best = of.tried.iter().filter_map(|(.., bic)| *bic);
        let best = best.reduce(f64::max);
        let mut row = y + 1;
        for model in models {
            if row >= bottom {
                break;
            }
            page.put(5, row, model, theme.text());
            for (x, k) in (28..).step_by(9).zip(&counts) {
                let tried = of.tried.iter().find(|(m, c, _)| m == model && c == k);
                match tried.map(|(.., bic)| *bic) {
                    None => {}
                    Some(None) => {
                        page.right(x, row, "too few", theme.dim());
                    }
                    Some(bic) => {
                        let style = if bic == best {
                            theme.strong()
                        } else {
                            theme.value()
                        };
                        page.right(x, row, &number::maybe(bic, 0), style);
                    }
                }
            }
            row += 1;
        }
        row
    }

    /// Voxels and one ellipse a cluster, named facies.cluster, in two attributes.
    fn draw_scatter(&self, page: &mut Page, left: u16, size: &SizeClusters, names: &[String]) {
        let theme = *page.theme;
        let attributes = self
            .of
            .sizes
            .get(self.at)
            .map_or(&[][..], |s| &s.attributes);
        let count = attributes.len().max(1);
        let (i, j) = (self.look.axes.0 % count, self.look.axes.1 % count);
        let top = 2;
        let columns = page.width().saturating_sub(left + 2);
        let rows = page.height().saturating_sub(top + 4);
        if rows < 4 || attributes.is_empty() {
            return;
        }
        let rings: Vec<Vec<Vec<(f64, f64)>>> = (size.facies.iter())
            .map(|f| f.clusters.iter().map(|c| c.ellipse((i, j))).collect())
            .collect();
        let points = |m: usize| {
            let of = |a: usize| {
                self.of
                    .clusters
                    .points
                    .get(m)
                    .and_then(|f| f.get(attributes[a]))
            };
            let (x, y) = (of(i).map_or(&[][..], |v| v), of(j).map_or(&[][..], |v| v));
            let pairs = x.iter().zip(y);
            pairs
                .map(|(x, y)| (f64::from(*x), f64::from(*y)))
                .collect::<Vec<_>>()
        };
        let all = || rings.iter().flatten().flatten();
        let (Some(x), Some(y)) = (Span::of(all().map(|p| p.0)), Span::of(all().map(|p| p.1)))
        else {
            return;
        };
        let place = |p: &(f64, f64)| {
            (
                (x.share(p.0) * f64::from(columns * 2 - 1)).round() as i32,
                ((1.0 - y.share(p.1)) * f64::from(rows * 4 - 1)).round() as i32,
            )
        };
        let mut labels = Vec::new();
        for (m, rings) in rings.iter().enumerate() {
            let name = self.facies_name(m);
            let style = self
                .facts
                .facies(&name)
                .map_or(theme.text(), |f| theme.facies(f.colour));
            let mut dots = Dots::new(usize::from(columns), usize::from(rows));
            for p in points(m) {
                let (px, py) = place(&p);
                dots.set(px, py);
            }
            for (k, ring) in rings.iter().enumerate() {
                for p in ring {
                    dots.mark(place(p));
                }
                let cluster = &size.facies[m].clusters[k];
                let centre = |a: usize| cluster.mean.get(a).copied().unwrap_or(0.0);
                labels.push((
                    place(&(centre(i), centre(j))),
                    format!("{name}.{}", k + 1),
                    style,
                ));
            }
            for (cx, cy, glyph) in dots.cells() {
                page.put(left + cx, top + cy, glyph.encode_utf8(&mut [0; 4]), style);
            }
        }
        let mut taken = Vec::new();
        for ((px, py), label, style) in labels {
            let wide = label.chars().count() as u16;
            let room = columns.saturating_sub(wide);
            let at = ((px / 2).max(0) as u16).saturating_sub(wide / 2).min(room);
            let row = ((py / 4).max(0) as u16).min(rows - 1);
            let row = free_row(&taken, rows, (row, at, wide));
            taken.push((row, at, wide));
            page.put(left + at, top + row, &label, style);
        }
        let axis = |span: &Span, name: &str, arrow: &str| {
            let ends = [span.low, span.high].map(|e| fixed(e, span.decimals));
            format!(
                "{arrow} {name}, {} to {} standard deviations",
                ends[0], ends[1]
            )
        };
        let name = |a: usize| names.get(a).map_or("", String::as_str);
        page.put(left, top + rows, &axis(&x, name(i), "→"), theme.dim());
        page.put(left, top + rows + 1, &axis(&y, name(j), "↑"), theme.dim());
    }
}

/// The row nearest to that of a label (row, column, width) where it covers no other;
/// its own where all rows are taken.
fn free_row(taken: &[(u16, u16, u16)], rows: u16, (row, at, wide): (u16, u16, u16)) -> u16 {
    let covers = |r: u16| {
        let beside = |&(_, x, w): &(u16, u16, u16)| x + w < at || at + wide < x;
        taken.iter().filter(|t| t.0 == r).any(|t| !beside(t))
    };
    let nearest = (0..rows).filter(|&r| !covers(r));
    nearest.min_by_key(|&r| (r.abs_diff(row), r)).unwrap_or(row)
}

/// The likelihoods of the model taken: of the mixture over SEM, of the partition
/// over CEM.
fn draw_path(page: &mut Page, y: u16, end: u16, of: &FaciesClusters) {
    let theme = *page.theme;
    let bottom = page.height().saturating_sub(1);
    if y + 2 > bottom {
        return;
    }
    let [sem, cem] = &of.path;
    if cem.is_empty() {
        page.put_to(1, y, end, "one cluster: no iterations", theme.dim());
        return;
    }
    let ends = |path: &[f32]| match (path.first(), path.last()) {
        (Some(a), Some(b)) => format!("{a:.1} to {b:.1} in {}", path.len()),
        _ => "none".to_owned(),
    };
    let words = format!("L: SEM {}, CEM {}", ends(sem), ends(cem));
    page.put_to(1, y, end, &words, theme.dim());
    let rows = bottom.saturating_sub(y + 1).min(5);
    let columns = end.saturating_sub(8);
    let Some(span) = Span::of(sem.iter().chain(cem).map(|v| f64::from(*v))) else {
        return;
    };
    if rows < 2 || columns < 10 {
        return;
    }
    // SEM over three quarters of the axis, CEM over the last.
    let dots = i32::from(columns) * 2;
    let (mut draws, mut climbs) = (
        Dots::new(usize::from(columns), usize::from(rows)),
        Dots::new(usize::from(columns), usize::from(rows)),
    );
    for (path, chart, from, to) in [
        (sem, &mut draws, 0, dots * 3 / 4),
        (cem, &mut climbs, dots * 3 / 4, dots - 1),
    ] {
        let last = path.len().saturating_sub(1).max(1) as f64;
        let place = |(t, v): (usize, &f32)| {
            let x = f64::from(from) + f64::from(to - from) * t as f64 / last;
            let height = f64::from(rows * 4 - 1);
            (
                x as i32,
                (height * (1.0 - span.share(f64::from(*v)))) as i32,
            )
        };
        let places: Vec<(i32, i32)> = path.iter().enumerate().map(place).collect();
        for pair in places.windows(2) {
            chart.line(pair[0], pair[1]);
        }
    }
    for (chart, style) in [(&draws, theme.dim()), (&climbs, theme.strong())] {
        for (cx, cy, glyph) in chart.cells() {
            page.put(5 + cx, y + 1 + cy, glyph.encode_utf8(&mut [0; 4]), style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::free_row;

    #[test]
    fn labels_of_clusters_that_lie_together_stand_one_below_another() {
        let mut taken = Vec::new();
        for wanted in [(3, 4, 6), (3, 8, 6), (3, 5, 6), (3, 30, 6)] {
            let row = free_row(&taken, 9, wanted);
            taken.push((row, wanted.1, wanted.2));
        }
        assert_eq!(taken.iter().map(|t| t.0).collect::<Vec<_>>(), [3, 2, 4, 3]);
        assert_eq!(free_row(&[(0, 0, 9)], 1, (0, 3, 2)), 0);
    }
}
