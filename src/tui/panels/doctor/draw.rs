//! How the import doctor looks: the verdict first, then the evidence.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Theme;
use super::super::number::{fixed, grouped};
use super::super::page::{Page, WIDE, width, wrap};
use super::map::{Fitted, LEGEND, swatch};
use super::{DoctorPanel, KEYS, Sheet, options_text};
use crate::io::{AxisFacts, Candidate, Certainty, MapState, WordFacts};
use crate::model::printable;
use crate::picture::number;

/// Most candidates that are shown at once.
const CANDIDATES: usize = 6;

impl DoctorPanel {
    /// Writes it.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let mut page = Page::new(area, buffer, theme);
        let facts = &self.file.diagnosis.facts;
        let sheets: Vec<&str> = Sheet::ALL.iter().map(|s| s.title()).collect();
        let told = format!(
            "{}  {}, {}, {}",
            self.file.path,
            size(self.file.bytes),
            facts.format,
            facts.sample_format
        );
        let certainty = match facts.headers {
            Certainty::Probed => "probed, not scanned",
            Certainty::Scanned => "all headers read",
        };
        page.title("import", &told, certainty);
        let mut x = 1;
        for (sheet, title) in Sheet::ALL.into_iter().zip(sheets) {
            let style = if sheet == self.sheet {
                theme.strong()
            } else {
                theme.dim()
            };
            x = page.put(x, 1, title, style) + 3;
        }
        match self.sheet {
            Sheet::Overview => self.overview(&mut page),
            Sheet::Words => self.words(&mut page),
            Sheet::Text => self.text(&mut page),
            Sheet::Binary => self.binary(&mut page),
        }
        page.footer(self.mode(), KEYS);
    }

    /// Rows between the sheet's first and the footer.
    fn room(page: &Page, from: u16) -> usize {
        usize::from(page.height().saturating_sub(from + 2))
    }

    fn overview(&self, page: &mut Page) {
        let theme = *page.theme;
        let columns = page.width().saturating_sub(2);
        let mut y = 3;
        for (i, sentence) in self.file.diagnosis.verdict.iter().enumerate() {
            let style = if i == 0 { theme.strong() } else { theme.dim() };
            // The first sentence whole, the others as far as they leave room.
            let most = if i == 0 { 3 } else { 1 };
            for line in wrap(&printable(sentence), columns).iter().take(most) {
                if y < 8 {
                    page.put(1, y, line, style);
                    y += 1;
                }
            }
        }
        y = self.candidates(page, y + 1);
        if y + 6 < page.height() {
            self.evidence(page, y);
        }
    }

    fn candidates(&self, page: &mut Page, y: u16) -> u16 {
        let theme = *page.theme;
        let all = &self.file.diagnosis.candidates;
        if all.is_empty() {
            return y;
        }
        let wide = page.width() >= WIDE;
        let columns = Columns::of(wide);
        page.put(2, y, "bytes", theme.dim());
        page.right(columns.inlines, y, "inlines", theme.dim());
        page.right(columns.crosslines, y, "crosslines", theme.dim());
        page.put(columns.bar, y, "part filled", theme.dim());
        let walk = self.walks[0];
        let spare = page.height().saturating_sub(y + 5);
        let shown = all.len().min(CANDIDATES).min(usize::from(spare.max(1)));
        let first = walk.first(all.len(), shown);
        let mut at = y + 1;
        for (i, candidate) in all.iter().enumerate().skip(first).take(shown) {
            if i == walk.at {
                page.put(0, at, "▌", theme.accent());
            }
            candidate_row(page, at, candidate, i == walk.at, columns);
            at += 1;
        }
        if let Some(candidate) = all.get(walk.at) {
            let chosen = options_text(&self.chosen());
            let kept = if candidate.chosen && self.file.open == self.file.kept {
                "kept in the session".to_owned()
            } else if chosen.is_empty() {
                String::new()
            } else if candidate.score > 0.0 || candidate.chosen {
                format!("Enter keeps {chosen}")
            } else {
                format!("Enter looks with {chosen}")
            };
            let room = page.width().saturating_sub(4);
            for line in wrap(&printable(&candidate.reason), room).iter().take(2) {
                page.put(2, at, line, theme.text());
                at += 1;
            }
            page.put(2, at, &kept, theme.dim());
            at += 1;
        }
        page.rule(1, at, page.width().saturating_sub(1));
        at + 1
    }

    /// The map on the left, facts on the right.
    fn evidence(&self, page: &mut Page, y: u16) {
        let theme = *page.theme;
        let facts_width = if page.width() >= WIDE { 46 } else { 36 };
        let x = page.width().saturating_sub(facts_width);
        let rows = page.height().saturating_sub(y + 3);
        if let Some(map) = &self.file.diagnosis.map {
            let depth = theme.depth();
            let fitted = Fitted::new(map, x.saturating_sub(9), rows, depth);
            let facts = &self.file.diagnosis.facts;
            if let (Some(il), Some(xl)) = (&facts.inlines, &facts.crosslines) {
                let first = number(xl.first);
                page.put(6, y, &format!("╷{first}"), theme.dim());
                let last = format!("{}╷", number(xl.last()));
                page.right(6 + fitted.columns, y, &last, theme.dim());
                page.right(5, y + 1, &number(il.first), theme.dim());
                let bottom = y + fitted.rows.max(1);
                if fitted.rows > 1 {
                    page.right(5, bottom, &number(il.last()), theme.dim());
                }
            }
            fitted.draw(page, (6, y + 1), depth);
        }
        self.facts(page, (x, y), rows);
    }

    fn facts(&self, page: &mut Page, (x, y): (u16, u16), rows: u16) {
        let theme = *page.theme;
        let last_row = y + rows + 1;
        let mut at = y;
        for (name, value) in self.fact_rows() {
            if at >= last_row {
                return;
            }
            page.put(x, at, name, theme.dim());
            page.put(x + 12, at, &printable(&value), theme.value());
            at += 1;
        }
        let Some(map) = &self.file.diagnosis.map else {
            return;
        };
        at += 1;
        let facts = &self.file.diagnosis.facts;
        let count = |state: MapState| match state {
            MapState::Live => Some(facts.live_traces),
            MapState::Dead => Some(facts.dead_traces),
            MapState::Missing => Some(facts.missing_traces),
            MapState::Double => Some(facts.duplicate_traces),
            MapState::Partly => None,
        };
        for (state, word) in LEGEND {
            let there = map.cells.iter().any(|c| c.state() == state);
            if at >= last_row || (!there && count(state).unwrap_or(0) == 0) {
                continue;
            }
            let (sign, style) = swatch(state, &theme);
            let after = page.put(x, at, sign, style) + 1;
            page.put(after, at, word, theme.dim());
            if let Some(n) = count(state) {
                page.right(x + 23, at, &grouped(n), theme.value());
            }
            at += 1;
        }
    }

    fn fact_rows(&self) -> Vec<(&'static str, String)> {
        let diagnosis = &self.file.diagnosis;
        let facts = &diagnosis.facts;
        let mut rows = Vec::new();
        let axis = |a: &AxisFacts| {
            let step = if (a.step - 1.0).abs() < 1e-9 {
                String::new()
            } else {
                format!(" by {}", number(a.step))
            };
            format!(
                "{} to {}{step}, {}",
                number(a.first),
                number(a.last()),
                grouped(a.count as u64)
            )
        };
        if let Some(inlines) = &facts.inlines {
            rows.push(("inlines", axis(inlines)));
        }
        if let Some(crosslines) = &facts.crosslines {
            rows.push(("crosslines", axis(crosslines)));
        }
        let s = &facts.samples;
        let to = s.first + s.step * s.count.saturating_sub(1) as f64;
        rows.push((
            "samples",
            format!(
                "{} to {} {}, {} x {}",
                number(s.first),
                number(to),
                s.unit,
                s.count,
                number(s.step)
            ),
        ));
        rows.push(("traces", grouped(facts.traces)));
        if let Some(ground) = &diagnosis.ground {
            rows.push((
                "bin",
                format!(
                    "{} x {} {}",
                    fixed(ground.between_inlines, 2),
                    fixed(ground.between_crosslines, 2),
                    ground.unit
                ),
            ));
            if let Some(azimuth) = ground.inline_azimuth {
                rows.push(("azimuth", format!("{}° along inlines", fixed(azimuth, 1))));
            }
            let [_, _, x, y] = ground.corners[0];
            rows.push(("corner", format!("x {}  y {}", fixed(x, 1), fixed(y, 1))));
        }
        if let Some(stats) = &facts.stats {
            let range = format!("{} to {}", number(stats.min), number(stats.max));
            rows.push(("values", range));
        }
        for note in facts.notes.iter().take(2) {
            rows.push(("note", note.clone()));
        }
        rows
    }

    fn words(&self, page: &mut Page) {
        let theme = *page.theme;
        let diagnosis = &self.file.diagnosis;
        let counted = format!("over {} headers", grouped(diagnosis.word_headers));
        let wide = page.width() >= WIDE;
        let (min, max, distinct) = if wide { (56, 70, 82) } else { (44, 57, 68) };
        page.put(2, 3, "bytes    header word", theme.dim());
        page.right(min, 3, "smallest", theme.dim());
        page.right(max, 3, "largest", theme.dim());
        page.right(distinct, 3, "distinct", theme.dim());
        page.put(distinct + 3, 3, &counted, theme.dim());
        let facts = &diagnosis.facts;
        let used = facts.header_bytes;
        let room = Self::room(page, 4);
        let walk = *self.walk();
        let first = walk.first(diagnosis.words.len(), room);
        for (row, (i, word)) in
            (diagnosis.words.iter().enumerate().skip(first).take(room)).enumerate()
        {
            let y = 4 + row as u16;
            let focused = i == walk.at;
            if focused {
                page.put(0, y, "▌", theme.accent());
            }
            let empty = word.min == 0 && word.max == 0;
            let style = match (focused, empty) {
                (true, _) => theme.strong(),
                (_, true) => theme.dim(),
                _ => theme.text(),
            };
            let bytes = format!("{}–{}", word.byte, word.byte + word.width - 1);
            page.put(2, y, &bytes, style);
            page.put(11, y, word.name, style);
            page.right(min, y, &number(f64::from(word.min)), style);
            page.right(max, y, &number(f64::from(word.max)), style);
            page.right(distinct, y, &distinct_text(word), style);
            let role = used.and_then(|u| {
                [
                    (u.inline, "← inline"),
                    (u.crossline, "← crossline"),
                    (u.x, "← x"),
                    (u.y, "← y"),
                ]
                .into_iter()
                .find(|(byte, _)| *byte == Some(word.byte))
            });
            if let Some((_, role)) = role {
                page.put(distinct + 3, y, role, theme.strong());
            }
        }
    }

    fn text(&self, page: &mut Page) {
        let theme = *page.theme;
        if self.text.is_empty() {
            page.put(2, 3, "the file has no text header", theme.dim());
        }
        let room = Self::room(page, 3);
        let first = self.walk().at.min(self.text.len().saturating_sub(room));
        for (row, line) in self.text.iter().skip(first).take(room).enumerate() {
            page.put(2, 3 + row as u16, &printable(line), theme.text());
        }
    }

    fn binary(&self, page: &mut Page) {
        let theme = *page.theme;
        let fields = &self.file.diagnosis.binary_header;
        if fields.is_empty() {
            page.put(2, 3, "the file has no binary header", theme.dim());
        }
        let room = Self::room(page, 3);
        let first = self.walk().at.min(fields.len().saturating_sub(room));
        for (row, field) in fields.iter().skip(first).take(room).enumerate() {
            let y = 3 + row as u16;
            page.right(7, y, &field.byte.to_string(), theme.dim());
            page.put(9, y, field.name, theme.text());
            page.right(62, y, &printable(&field.value), theme.value());
        }
    }
}

/// Where the columns of the candidates end.
#[derive(Clone, Copy)]
struct Columns {
    inlines: u16,
    crosslines: u16,
    bar: u16,
}

impl Columns {
    fn of(wide: bool) -> Columns {
        if wide {
            Columns {
                inlines: 46,
                crosslines: 72,
                bar: 76,
            }
        } else {
            Columns {
                inlines: 30,
                crosslines: 52,
                bar: 54,
            }
        }
    }
}

fn candidate_row(page: &mut Page, y: u16, candidate: &Candidate, focused: bool, columns: Columns) {
    let theme = *page.theme;
    let style = match (focused, candidate.score > 0.0) {
        (true, _) => theme.strong(),
        (_, true) => theme.text(),
        _ => theme.dim(),
    };
    let range =
        |a: &AxisFacts| format!("{} to {} ({})", number(a.first), number(a.last()), a.count);
    let bytes = format!("{} / {}", candidate.inline_byte, candidate.crossline_byte);
    page.put(2, y, &bytes, style);
    page.right(columns.inlines, y, &range(&candidate.inlines), style);
    page.right(columns.crosslines, y, &range(&candidate.crosslines), style);
    page.bar(columns.bar, y, 8, candidate.score.min(1.0), theme.accent());
    let score = fixed(candidate.score, 2);
    page.put(columns.bar + 9, y, &score, style);
    if candidate.chosen {
        page.put(
            columns.bar + 10 + width(&score),
            y,
            "← read so",
            theme.strong(),
        );
    }
}

fn distinct_text(word: &WordFacts) -> String {
    let more = if word.more { "> " } else { "" };
    format!("{more}{}", grouped(word.unique as u64))
}

/// A size in bytes as people say it.
fn size(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = if unit == 0 || value >= 100.0 { 0 } else { 2 };
    format!("{} {}", fixed(value, decimals), units[unit])
}
