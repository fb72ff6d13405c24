//! The map beside the slice: small, without keys, and with the cursor's voxel on it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::page::{Page, cut};
use super::super::{Theme, number};
use super::LatentPanel;
use super::draw::{Square, draw_frame};
use crate::model::printable;
use crate::picture::Ramp;

/// What the slice says about the map beside it.
pub struct OnMap<'a> {
    /// Where the cursor's voxel lies, both coordinates from -1 to 1.
    pub latent: Option<[f32; 2]>,
    /// The node whose voxels are lit.
    pub lit: Option<usize>,
    /// Colours of the plane, where the slice is coloured by them.
    pub colours: Option<&'a Ramp>,
}

/// Rows above the map, and below it.
const HEAD: u16 = 1;
const FOOT: u16 = 7;

impl LatentPanel {
    /// Writes the map into the strip beside the picture: nodes grey by their voxels,
    /// or in the colours of the slice; outlines of the facies; the cursor's node.
    pub fn draw_beside(&self, area: Rect, buffer: &mut Buffer, theme: &Theme, on: &OnMap) {
        let mut page = Page::new(area, buffer, theme);
        let side = self.side();
        if side == 0 || page.height() <= HEAD + FOOT {
            return;
        }
        let x = page.put(0, 0, "latent map", theme.strong());
        page.put(x + 2, 0, &format!("run {}", self.run()), theme.dim());
        let rows = page.height() - HEAD - FOOT;
        let square = Square {
            x: 0,
            y: HEAD,
            ..Square::fit(side, page.width().saturating_sub(1), rows)
        };
        match on.colours {
            Some(ramp) => draw_colours(&mut page, square, ramp),
            None => self.draw_nodes(&mut page, square),
        }
        self.draw_outlines(&mut page, square);
        let base = square.y + square.rows();
        let x = page.put(0, base, "latent 1 →", theme.dim());
        page.put(x + 2, base, "latent 2 ↑", theme.dim());
        let place = |node: usize| (node / side, node % side);
        if let Some(node) = on.lit.filter(|&node| node < side * side) {
            let (x, y) = square.corner(place(node));
            page.put(x, y, "◆", theme.reverse());
            let text = format!("◆ node {} is lit", node_words(place(node)));
            page.put(0, base + 6, &text, theme.dim());
        }
        let Some(latent) = on.latent else {
            page.put(0, base + 2, "no place for the cursor's voxel", theme.dim());
            return;
        };
        let node = self.nearest(latent);
        draw_frame(&mut page, square, place(node));
        self.draw_place(&mut page, base + 2, latent, node);
    }

    /// The place of the cursor's voxel in numbers, and what its node says.
    fn draw_place(&self, page: &mut Page, y: u16, latent: [f32; 2], node: usize) {
        let theme = *page.theme;
        let at = (node / self.side(), node % self.side());
        let x = page.put(0, y, "[] node", theme.dim()) + 1;
        let x = page.put(x, y, &node_words(at), theme.value()) + 2;
        let words = latent.map(|u| number::fixed(f64::from(u), 2)).join(" ");
        page.put(x, y, &words, theme.dim());
        let voxels = self.of.map.voxels.get(node).copied().unwrap_or(0);
        let text = format!("{} voxels share it", number::grouped(voxels));
        page.put(0, y + 1, &text, theme.dim());
        match (self.verdict(node), self.probabilities(node)) {
            (Some((m, _)), Some(p)) => {
                let (ink, mark) = self.ink(page, m);
                let name = cut(&printable(&self.of.facies[m].name), 16);
                let x = page.put(0, y + 2, &mark, ink) + 1;
                let x = page.put(x, y + 2, &name, theme.strong()) + 1;
                page.put(x, y + 2, &number::fixed(p[m], 2), theme.value());
            }
            _ => {
                page.put(0, y + 2, "no facies reaches it", theme.dim());
            }
        }
    }
}

fn node_words((a, b): (usize, usize)) -> String {
    format!("{}, {}", a + 1, b + 1)
}

/// The nodes in the colours that their voxels have on the slice.
fn draw_colours(page: &mut Page, square: Square, ramp: &Ramp) {
    let last = square.side.saturating_sub(1).max(1) as f32;
    for a in (0..square.side).step_by(square.step) {
        for b in (0..square.side).step_by(square.step) {
            let (x, y) = square.corner((a, b));
            let middle = 0.5 * (square.step - 1) as f32;
            let place = [a, b].map(|i| ((i as f32 + middle) / last).min(1.0));
            let style = page.theme.ground(ramp.colour(ramp.on_plane(place)));
            page.fill(x, y, square.node.0, square.node.1, style);
        }
    }
}
