//! What trace headers tell that other containers can hold too.

use crate::io::IoError;
use crate::io::carried::Carried;
use crate::model::Pick;

use super::header::{DEAD, TRACE_HEADER, TraceHeader, at};
use super::reader::SegyVolume;
use crate::io::samples::ByteOrder;

/// Scalars that positions are written with, the finest that fits: centimetres,
/// decimetres, metres.
const SCALARS: [(i16, f64); 3] = [(-100, 100.0), (-10, 10.0), (1, 1.0)];

/// Puts what another container's header tells into the header of a fresh file.
pub(in crate::io) fn carry(header: &mut [u8; TRACE_HEADER], carried: &Carried) {
    let mut fields = TraceHeader {
        bytes: *header,
        order: ByteOrder::Big,
    };
    if !carried.live {
        fields.set_i16(at::TRACE_ID, DEAD);
        fields.set_i32(at::CDP_X, 0);
        fields.set_i32(at::CDP_Y, 0);
    }
    if let Some((x, y)) = carried.position {
        let fits = |v: f64| v.abs() <= f64::from(i32::MAX);
        let scalar = SCALARS.iter().find(|(_, by)| fits(x * by) && fits(y * by));
        if let Some((scalar, by)) = scalar {
            fields.set_i16(at::COORDINATE_SCALAR, *scalar);
            fields.set_i16(at::COORDINATE_UNITS, 1);
            fields.set_i32(at::CDP_X, (x * by).round() as i32);
            fields.set_i32(at::CDP_Y, (y * by).round() as i32);
        }
    }
    *header = fields.bytes;
}

impl SegyVolume {
    /// Positions and live flags along one inline; places without a trace are not
    /// live.
    pub(in crate::io) fn carried(
        &self,
        inline: usize,
        crosslines: Pick,
    ) -> Result<Vec<Carried>, IoError> {
        let bytes = self.position_bytes();
        let carried = |crossline: usize| {
            let Some((trace, dead)) = self.survey.index.place(inline, crossline) else {
                return Ok(Carried {
                    position: None,
                    live: false,
                });
            };
            let header = self.layout.header(&self.traces.source, trace)?;
            // Lengths only: seconds of arc are no positions elsewhere.
            let lengths = matches!(header.i16(at::COORDINATE_UNITS), 0 | 1);
            let position = bytes
                .filter(|_| lengths)
                .map(|(x, y)| header.position(x, y));
            Ok(Carried {
                position,
                // Of a probed volume only its header tells that a trace is dead.
                live: !dead && header.i16(at::TRACE_ID) != DEAD,
            })
        };
        crosslines.indices().map(carried).collect()
    }

    /// True where trace headers tell positions.
    pub(in crate::io) fn has_position(&self) -> bool {
        self.position_bytes().is_some()
    }

    /// Where trace headers hold x and y. A single line has no map from numbers
    /// to coordinates, yet its traces may have their own in the standard's place.
    fn position_bytes(&self) -> Option<(usize, usize)> {
        let standard = (at::CDP_X, at::CDP_Y);
        let told = self.layout.head.position(standard.0, standard.1) != (0.0, 0.0);
        let known = self.position.map(|p| (p.x_byte, p.y_byte));
        known.or(told.then_some(standard))
    }

    /// The cards of the textual header.
    pub(in crate::io) fn cards(&self) -> &[String] {
        &self.layout.cards
    }
}
