//! Values of all volumes under the cursor, in the corner that linked pictures leave.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use crate::model::printable;
use crate::picture::amount;
use crate::preview::Slice;
use crate::session::VolumeRole;
use crate::tui::view::on_plane;

use super::{Scene, put};

/// Columns of the names, and of the values.
const NAME: u16 = 24;
const VALUE: u16 = 12;

pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let Scene { app, theme, .. } = *scene;
    let Some(area) = app.corner() else { return };
    let title = vec![
        Span::styled("values", theme.strong()),
        Span::styled("  where the cursor rests", theme.dim()),
    ];
    put(buffer, area.x, area.y, &Line::from(title), area.width);
    let rows = area.height.saturating_sub(2);
    let each = NAME + VALUE + 2;
    let columns = (area.width / each).max(1);
    for (i, name) in app.view.tiles.iter().enumerate() {
        let (x, y) = (i as u16 / rows.max(1), i as u16 % rows.max(1));
        if x >= columns {
            break;
        }
        let value = app.value_at_rest(name);
        let value = value.and_then(|v| words(scene, name, Some(v).filter(|v| !v.is_nan())));
        let shown = Some(name.as_str()) == app.view.volume.as_deref();
        let style = if shown { theme.strong() } else { theme.dim() };
        let (x, y) = (area.x + x * each, area.y + 2 + y);
        put(buffer, x, y, &Line::styled(printable(name), style), NAME);
        let value = format!(
            "{:>1$}",
            value.unwrap_or_else(|| "…".to_owned()),
            VALUE as usize
        );
        put(
            buffer,
            x + NAME,
            y,
            &Line::styled(value, theme.value()),
            VALUE,
        );
    }
}

/// The value of a volume in a slice where the cursor rests: a number, or the name
/// of a class.
pub fn value_of(scene: &Scene, volume: &str, slice: &Slice) -> Option<String> {
    let app = scene.app;
    let (a, b) = on_plane(slice.id.key.direction(), app.followed);
    let value = match slice.true_value(a, b) {
        Some(value) => value,
        None => slice.value(a, b),
    };
    words(scene, volume, value)
}

/// A value of a volume in words: a number, the name of a class, or that it is null.
pub fn words(scene: &Scene, volume: &str, value: Option<f32>) -> Option<String> {
    let session = scene.session;
    let Some(value) = value else {
        return Some("null".to_owned());
    };
    let volume = session.volume(volume)?;
    if volume.role == VolumeRole::Classes {
        let place = (value as usize).checked_sub(1)?;
        let name = volume.classes.get(place).cloned();
        let known = || session.facies.get(place).map(|f| f.name.clone());
        return name.or_else(known).map(|name| printable(&name));
    }
    Some(amount(f64::from(value)))
}
