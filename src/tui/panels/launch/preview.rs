//! The form beside the picture: what its module would make is shown on the slice
//! while parameters change, before the whole volume is paid for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Theme;
use super::super::number::{duration, grouped};
use super::super::page::{Page, wrap};
use super::super::{Key, PanelEffect, PanelKey, also, hint};
use super::rows::Row;
use super::{Hand, LaunchForm};
use crate::model::printable;
use crate::modules::{self, Kind, Parameter, Reads, Request};
use crate::preview::Work;
use crate::tui::layout::Layout;

pub(super) const KEYS: &[PanelKey] = &[
    hint("j k", "parameter"),
    hint("h l", "change"),
    hint("Space", "before, after"),
    hint("D", "difference"),
    hint("r", "run on the volume"),
    also("Enter", "type a value"),
    also("dd", "default"),
    also("o", "run this attribute only"),
    also("[ ]", "other slice"),
    hint("Esc", "back to the form"),
];

/// What stands in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// What the module makes.
    #[default]
    After,
    /// What it makes that of.
    Before,
    /// By how much they differ; of an attribute, by how much it differs from
    /// itself with all parameters at their defaults.
    Difference,
}

/// What a form wants to see in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The run that it would be made by.
    pub request: Request,
    /// The attribute, or the volume that is filtered.
    pub shown: String,
    /// How it is looked at.
    pub face: Face,
}

/// What a run would cost, as it is planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// Seconds on one core of the machine that costs were measured on.
    pub seconds: f64,
    /// Most bytes that its blocks take at once, where that is known.
    pub bytes: Option<usize>,
    /// Cores of this machine.
    pub cores: usize,
}

/// Threads that compute previews, at most.
const PREVIEW_THREADS: usize = 4;

/// What a form knows while it stands beside the picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Docked {
    /// What can be shown, and which of it is.
    outputs: Vec<String>,
    at: usize,
    face: Face,
    work: Option<Work>,
    bill: Option<Bill>,
    /// True while the newest slice is computed.
    computing: bool,
}

impl LaunchForm {
    /// True while it stands beside the picture.
    pub fn is_docked(&self) -> bool {
        self.docked.is_some()
    }

    /// True where what the module makes can be shown on a slice.
    pub(super) fn previews(&self) -> bool {
        matches!(self.module.name(), "attributes3d" | "kuwahara3d")
    }

    /// Columns that it takes of a screen so wide.
    pub fn docked_columns(columns: u16) -> u16 {
        match columns {
            120.. => 46,
            76.. => 34,
            _ => 26,
        }
    }

    /// Moves beside the picture.
    pub(super) fn dock(&mut self) -> PanelEffect {
        let outputs = self.outputs();
        if outputs.is_empty() {
            return PanelEffect::Say("there is nothing to preview; choose a volume first".into());
        }
        let asked = self.values.get("attributes");
        let first = asked.and_then(|text| text.split([',', ' ']).next());
        let at = outputs.iter().position(|name| Some(name.as_str()) == first);
        self.docked = Some(Docked {
            outputs,
            at: at.unwrap_or(0),
            ..Docked::default()
        });
        self.at = 0;
        self.wish()
    }

    /// What can be shown: attributes, or the volumes that are filtered.
    fn outputs(&self) -> Vec<String> {
        if self.module.reads() == Reads::Amplitude {
            return modules::attribute_names().map(str::to_owned).collect();
        }
        let along = self.values.get("along_dip").is_some_and(|v| v == "yes");
        let dip = |name: &str| {
            ["inline_dip", "crossline_dip"]
                .iter()
                .any(|d| name.starts_with(d))
        };
        let names = self.chosen().map(|v| v.input.name.clone());
        names.filter(|name| !(along && dip(name))).collect()
    }

    /// What is shown.
    pub(super) fn shown(&self) -> Option<&str> {
        let docked = self.docked.as_ref()?;
        docked.outputs.get(docked.at).map(String::as_str)
    }

    /// True where a parameter changes what is shown.
    pub(super) fn concerns(&self, parameter: &Parameter) -> bool {
        let own = self
            .module
            .parameters()
            .iter()
            .any(|p| p.name == parameter.name);
        let shown = self.shown().unwrap_or("");
        match self.module.reads() {
            Reads::Amplitude => own && modules::parameters_of(shown, parameter.name),
            Reads::Candidates => own,
        }
    }

    fn wish(&mut self) -> PanelEffect {
        let (errors, request) = (self.errors(), self.request());
        let shown = self.shown().map(str::to_owned);
        let (Some(docked), Some(shown)) = (&mut self.docked, shown) else {
            return PanelEffect::Taken;
        };
        match (errors.first(), request) {
            (None, Some(request)) => {
                docked.computing = docked.face != Face::Before;
                PanelEffect::Preview(Box::new(Wish {
                    request,
                    shown,
                    face: docked.face,
                }))
            }
            (Some((_, reason)), _) => PanelEffect::Say(format!("not yet: {reason}")),
            (None, None) => PanelEffect::Say("not yet: a value cannot be taken".into()),
        }
    }

    /// Takes what the newest slice cost to compute.
    pub fn take_work(&mut self, work: Work) {
        if let Some(docked) = &mut self.docked {
            (docked.work, docked.computing) = (Some(work), false);
        }
    }

    /// Takes what the run would cost.
    pub fn take_bill(&mut self, bill: Bill) {
        if let Some(docked) = &mut self.docked {
            docked.bill = Some(bill);
        }
    }

    /// Takes a key beside the picture.
    pub(super) fn press_docked(&mut self, key: Key) -> PanelEffect {
        let last = self.rows().len().saturating_sub(1);
        match (self.pending.take(), key) {
            (Some('d'), Key::Char('d')) => match self.put_default_back() {
                PanelEffect::Taken => {}
                asked => return asked,
            },
            (_, Key::Char('d')) => {
                self.pending = Some('d');
                return PanelEffect::Taken;
            }
            (_, Key::Char('j') | Key::Down | Key::Tab) => {
                self.at = (self.at + 1).min(last);
                return PanelEffect::Taken;
            }
            (_, Key::Char('k') | Key::Up | Key::BackTab) => {
                self.at = self.at.saturating_sub(1);
                return PanelEffect::Taken;
            }
            (_, Key::Char('l') | Key::Right) => self.change(1),
            (_, Key::Char('h') | Key::Left) => self.change(-1),
            (_, Key::Char(' ')) => self.turn_to(Face::Before),
            (_, Key::Char('D')) => self.turn_to(Face::Difference),
            (_, Key::Char('o')) => return self.only_this(),
            (_, Key::Char('r')) => return self.launch(),
            (_, Key::Enter) => match self.row() {
                Row::Parameter(Parameter {
                    kind: Kind::Flag | Kind::Choice(_),
                    ..
                })
                | Row::Shown => self.change(1),
                _ => return self.enter(),
            },
            (_, Key::Char('q') | Key::Esc | Key::Ctrl('g')) => {
                self.docked = None;
                self.at = 0;
                return PanelEffect::Taken;
            }
            _ => return PanelEffect::NotMine,
        }
        self.wish()
    }

    /// Shows another face, or what the module makes where that face is shown.
    fn turn_to(&mut self, face: Face) {
        if let Some(docked) = &mut self.docked {
            docked.face = if docked.face == face {
                Face::After
            } else {
                face
            };
        }
    }

    /// The next value of the row in hand, or the one before.
    fn change(&mut self, by: i32) {
        match self.row() {
            Row::Shown => {
                if let Some(docked) = &mut self.docked {
                    let n = docked.outputs.len() as i32;
                    docked.at = (docked.at as i32 + by).rem_euclid(n.max(1)) as usize;
                    docked.work = None;
                }
            }
            Row::Parameter(parameter) => {
                let next = next_value(parameter, self.text(parameter), by);
                if let Some(next) = next.filter(|text| parameter.check(text).is_ok()) {
                    self.set(parameter, &next);
                }
            }
            _ => {}
        }
    }

    /// The run makes what is shown and nothing else.
    fn only_this(&mut self) -> PanelEffect {
        let Some(shown) = self.shown().map(str::to_owned) else {
            return PanelEffect::Taken;
        };
        if self.module.reads() == Reads::Candidates {
            for volume in &mut self.facts.volumes {
                volume.chosen &= volume.input.name == shown;
            }
            let outputs = self.outputs();
            if let Some(docked) = &mut self.docked {
                (docked.outputs, docked.at) = (outputs, 0);
            }
        } else if let Some(attributes) = self.parameters().find(|p| p.name == "attributes") {
            self.set(attributes, &shown);
        }
        self.wish()
    }

    /// After a value was typed beside the picture.
    pub(super) fn after_typing(&mut self) -> PanelEffect {
        if self.docked.is_some() {
            self.wish()
        } else {
            PanelEffect::Taken
        }
    }

    /// Draws it at the right of the picture, its keys in the footer.
    pub(super) fn draw_docked(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let layout = Layout::of((area.width, area.height));
        let columns = LaunchForm::docked_columns(area.width);
        let side = Rect {
            x: area.right().saturating_sub(columns),
            y: layout.axis.y,
            width: columns,
            height: layout.facts.y.saturating_sub(layout.axis.y),
        };
        let mut page = Page::new(side, buffer, theme);
        let foot = self.docked_foot(columns.saturating_sub(3));
        let head = self.module.name();
        let face = match self.docked.as_ref().map(|docked| docked.face) {
            Some(Face::Before) => "before",
            Some(Face::Difference) => "difference",
            _ => "after",
        };
        let after = page.put(2, 0, head, theme.strong());
        page.put(after + 2, 0, face, theme.value());
        let rows = self.rows();
        let room = usize::from(side.height).saturating_sub(foot.len() + 2);
        let shown = rows.len().min(room);
        let first = self.at.saturating_sub(shown / 2).min(rows.len() - shown);
        for (y, row) in (1..).zip(rows.iter().skip(first).take(shown)) {
            self.draw_docked_row(&mut page, y, *row);
        }
        let below = 1 + shown as u16;
        page.rule(2, below, columns - 1);
        for (y, (text, bold)) in (below + 1..).zip(&foot) {
            let style = if *bold { theme.value() } else { theme.dim() };
            page.put(2, y, text, style);
        }
        let line = Rect {
            y: layout.footer.y,
            height: 1,
            ..area
        };
        Page::new(line, buffer, theme).footer(self.mode(), self.keys());
    }

    fn draw_docked_row(&self, page: &mut Page, y: u16, row: Row) {
        let theme = *page.theme;
        let focused = row == self.row();
        if focused {
            page.focus(y);
        }
        let columns = page.width();
        let value_at = columns * 5 / 9;
        let label = if focused {
            theme.strong()
        } else {
            theme.text()
        };
        page.put_to(2, y, value_at - 1, LaunchForm::label(row), label);
        let (value, changed) = self.value(row, columns - value_at - 1);
        if let (true, Hand::Typing(input)) = (focused, &self.hand) {
            let text = format!("{}▏", input.value());
            page.put(value_at, y, &text, theme.reverse());
            return;
        }
        let style = match (self.error(row).is_some(), changed) {
            (true, _) => theme.error(),
            (_, true) => theme.strong(),
            _ => theme.value(),
        };
        let after = page.put(value_at, y, &value, style);
        if let Row::Parameter(parameter) = row {
            page.put(after + 1, y, parameter.unit, theme.dim());
        }
    }

    /// What stands below the rows: the row in hand explained, and what the run
    /// would cost; true for what is not dim.
    fn docked_foot(&self, columns: u16) -> Vec<(String, bool)> {
        let row = self.row();
        let text = match self.error(row) {
            Some(reason) => format!("error: {reason}"),
            None => self.explanation(row),
        };
        let mut foot: Vec<(String, bool)> = wrap(&text, columns)
            .into_iter()
            .take(3)
            .map(|line| (line, true))
            .collect();
        let docked = self.docked.as_ref();
        if docked.is_some_and(|docked| docked.computing) {
            foot.push(("computing…".to_owned(), false));
        } else if let Some(work) = docked.and_then(|docked| docked.work) {
            let cropped = if work.cropped {
                ", of traces cropped around it"
            } else {
                ""
            };
            let text = format!("this slice took {}{cropped}", duration(work.seconds));
            foot.extend(wrap(&text, columns).into_iter().map(|line| (line, false)));
        }
        let bill = docked.and_then(|docked| docked.bill.map(|b| bill_in_words(&b, docked.work)));
        let bill = bill.unwrap_or_default();
        foot.extend(wrap(&bill, columns).into_iter().map(|line| (line, true)));
        foot
    }
}

/// `the run: about 3 min, 0.9 GiB`.
fn bill_in_words(bill: &Bill, work: Option<Work>) -> String {
    let seconds = match work {
        Some(work) => {
            let threads = bill.cores.min(PREVIEW_THREADS) as f64;
            work.predict(bill.seconds) * threads / bill.cores as f64
        }
        None => bill.seconds / bill.cores as f64,
    };
    let memory = bill.bytes.map_or(String::new(), |bytes| {
        let mebibytes = bytes.div_ceil(1 << 20) as u64;
        if mebibytes < 1000 {
            format!(", {mebibytes} MiB of memory")
        } else {
            let tenths = bytes as f64 / f64::from(1 << 30);
            format!(", {tenths:.1} GiB of memory")
        }
    });
    let guess = if work.is_some() { "" } else { " (a guess yet)" };
    let cores = grouped(bill.cores as u64);
    format!(
        "the whole volume: about {} on {cores} cores{memory}{guess}",
        duration(seconds)
    )
}

/// The next value of a parameter, or the one before; nothing where there is none.
pub(super) fn next_value(parameter: &Parameter, now: &str, by: i32) -> Option<String> {
    match parameter.kind {
        Kind::Flag => Some(if now == "yes" { "no" } else { "yes" }.to_owned()),
        Kind::Choice(words) => {
            let at = words.iter().position(|w| *w == now).unwrap_or(0) as i32;
            let next = (at + by).rem_euclid(words.len().max(1) as i32) as usize;
            words.get(next).map(|word| (*word).to_owned())
        }
        Kind::Whole(..) => {
            // Grey levels are odd: an even number is never taken.
            let step = if parameter.name == "levels" { 2 } else { 1 };
            let next = now.parse::<i64>().ok()? + i64::from(by) * step;
            Some(next.to_string())
        }
        Kind::Real(low, high) => {
            let value: f64 = now.parse().ok()?;
            let usual: f64 = parameter.default.parse().unwrap_or(value);
            let size = value.abs().max(usual.abs()).max(1e-3);
            let step = 10f64.powf(size.log10().floor() - 1.0);
            let next = ((value / step).round() + f64::from(by)) * step;
            // Free of what steps of a tenth leave behind.
            let text = format!("{:.6}", next.clamp(low, high));
            Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
        }
        // Sizes, as in 1,1,2/2,2,4: all of them grow or shrink.
        Kind::Text if now.contains(',') => {
            let sizes = now.split('/').map(|size| {
                let numbers = size.split(',').map(|n| n.trim().parse::<i64>().ok());
                let numbers = numbers.map(|n| Some((n? + i64::from(by)).max(0).to_string()));
                Some(numbers.collect::<Option<Vec<_>>>()?.join(","))
            });
            Some(sizes.collect::<Option<Vec<_>>>()?.join("/"))
        }
        _ => None,
    }
}

/// The name of a preview among volumes; no volume of a session has a blank.
pub fn preview_name(wish: &Wish, face: Face) -> String {
    let shown = printable(&wish.shown);
    match face {
        Face::After => format!("{shown} preview"),
        Face::Before => format!("{shown} at its defaults"),
        Face::Difference => format!("{shown} difference"),
    }
}
