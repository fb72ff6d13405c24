//! The title row: where am I at the left, the facies at the right.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use crate::model::{Facies, printable};
use crate::tui::app::App;
use crate::tui::overlays::{Kind, kind_of};

use super::theme::Theme;
use super::{Scene, put, width};

pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let Scene { layout, .. } = *scene;
    let columns = layout.title.width;
    let left = place(scene);
    let room = columns.saturating_sub(width(&left) + 4);
    let right = facies(scene, room);
    put(buffer, 1, 0, &Line::from(left), columns - 1);
    let x = columns.saturating_sub(width(&right) + 1);
    put(buffer, x, 0, &Line::from(right), columns);
}

fn place(scene: &Scene) -> Vec<Span<'static>> {
    let Scene {
        app, layout, theme, ..
    } = *scene;
    let Some(key) = app.view.key() else {
        return vec![Span::styled(printable(&app.title), theme.strong())];
    };
    let (at, count) = app.view.slice_index();
    let mut spans = vec![
        Span::styled(slice_name(app, &key), theme.strong()),
        Span::styled(counted(app, at, count), theme.dim()),
    ];
    let shown = match (&app.view.rgb, &app.view.volume) {
        _ if app.coloured() => "  latent 1 and 2".to_owned(),
        (Some(names), _) => format!("  rgb {}", printable(&names.join(" "))),
        (None, Some(name)) => format!("  {}", printable(name)),
        (None, None) => String::new(),
    };
    spans.push(Span::styled(shown, theme.value()));
    let threshold = app.view.threshold;
    if let Some(words) = app.live.words() {
        spans.push(Span::styled(format!(" + {words}"), theme.value()));
    } else if let Some(overlay) = &app.view.overlay {
        let probable = matches!(kind_of(scene.session, overlay), Some(Kind::Probability(_)));
        let at = if probable {
            format!(" ≥ {threshold:.2}")
        } else {
            String::new()
        };
        let text = format!(" + {}{at}", printable(overlay));
        spans.push(Span::styled(text, theme.value()));
    }
    if let Some(doubt) = &app.view.doubt {
        let sign = match kind_of(scene.session, doubt) {
            Some(Kind::Doubt) => format!(" > {:.2}", 1.0 - threshold),
            Some(Kind::Outside) => String::new(),
            _ => format!(" < {threshold:.2}"),
        };
        let text = format!(" ╱ {}{sign}", printable(doubt));
        spans.push(Span::styled(text, theme.value()));
    }
    if app.view.evened && key.direction() != crate::model::Direction::Time {
        spans.push(Span::styled(" evened out", theme.dim()));
    }
    if let Some(by) = app.view.exaggeration
        && key.direction() != crate::model::Direction::Time
    {
        let by = crate::picture::number(by);
        spans.push(Span::styled(format!("  ve {by}"), theme.dim()));
    }
    if layout.wide {
        spans.push(Span::styled(
            format!("  {}", printable(&app.title)),
            theme.dim(),
        ));
    }
    if app.unsaved {
        spans.push(Span::styled(" •", theme.dim()));
    }
    spans
}

/// Which of how many slices it is; on a section how many traces it has.
fn counted(app: &App, at: usize, count: usize) -> String {
    match (&app.view.cut, app.view.on_section()) {
        (_, true) => format!("  {} traces", app.view.samples().0),
        (Some(_), _) => String::new(),
        (None, _) => format!("  {} of {count}", at + 1),
    }
}

/// `inline 1079`, `time 1190 ms`, `along top +8 ms`.
pub fn slice_name(app: &App, key: &crate::model::SliceKey) -> String {
    use crate::model::{Direction, SampleUnit};
    if let Some(name) = app.cut_name(key) {
        return printable(&name);
    }
    let unit = app.view.grid.map_or(SampleUnit::Milliseconds, |g| g.unit);
    let number = crate::picture::number(key.number());
    match (key.direction(), unit) {
        (Direction::Time, SampleUnit::Milliseconds) => format!("time {number} ms"),
        (Direction::Time, unit) => format!("depth {number} {}", unit.sign()),
        (direction, _) => format!("{} {number}", direction.word()),
    }
}

/// All facies, the active one in brackets; where that is too much, only that one.
fn facies(scene: &Scene, room: u16) -> Vec<Span<'static>> {
    let Scene {
        app,
        session,
        theme,
        ..
    } = *scene;
    let active = |f: &Facies| Some(f.name.as_str()) == app.facies.as_deref();
    let mut all = Vec::new();
    for (i, facies) in session.facies.iter().enumerate() {
        if i > 0 {
            all.push(Span::raw("   "));
        }
        all.extend(one(i, facies, active(facies), theme));
    }
    if width(&all) <= room {
        return all;
    }
    let only = session.facies.iter().enumerate().find(|(_, f)| active(f));
    only.map_or(Vec::new(), |(i, f)| one(i, f, true, theme))
}

fn one(i: usize, facies: &Facies, active: bool, theme: Theme) -> Vec<Span<'static>> {
    let mut name = printable(&facies.name);
    if name.chars().count() > 16 {
        name = name.chars().take(15).chain(['…']).collect();
    }
    let mark = facies.mark().to_string();
    if active {
        vec![
            Span::styled(format!("[{} ", i + 1), theme.strong()),
            Span::styled(mark, theme.facies(facies.colour).patch(theme.strong())),
            Span::styled(format!(" {name}]"), theme.strong()),
        ]
    } else {
        vec![
            Span::styled(format!("{} ", i + 1), theme.dim()),
            Span::styled(mark, theme.facies(facies.colour)),
            Span::styled(format!(" {name}"), theme.dim()),
        ]
    }
}
