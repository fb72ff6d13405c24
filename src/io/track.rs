//! Where the traces of a single line lie on the ground.

use super::{IoError, Volume};
use crate::model::Pick;

/// A trace with a position: its place along the line, x and y in the lengths of
/// the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TracePosition {
    /// Index along the line.
    pub index: usize,
    /// Easting.
    pub x: f64,
    /// Northing.
    pub y: f64,
}

/// Positions along the only line of a volume, at most about `most` of them, the
/// first and the last among them; none where there are more lines or no
/// coordinates. Cost: one header read a position.
pub fn track(volume: &dyn Volume, most: usize) -> Result<Vec<TracePosition>, IoError> {
    let [inlines, crosslines, _] = volume.grid().shape();
    let ((1, count) | (count, 1)) = (inlines, crosslines) else {
        return Ok(Vec::new());
    };
    let template = volume.template();
    let step = count.div_ceil(most.max(2)).max(1);
    let mut found = Vec::new();
    let kept = (0..count).step_by(step).chain([count.saturating_sub(1)]);
    for index in kept {
        let (inline, crossline) = if inlines == 1 { (0, index) } else { (index, 0) };
        let carried = template.carried(inline, Pick::one(crossline))?;
        let position = carried.first().and_then(|c| c.position);
        if let Some((x, y)) = position.filter(|p| *p != (0.0, 0.0)) {
            found.push(TracePosition { index, x, y });
        }
    }
    found.dedup_by_key(|p| p.index);
    let moves = found.iter().any(|p| (p.x, p.y) != (found[0].x, found[0].y));
    Ok(if moves { found } else { Vec::new() })
}
