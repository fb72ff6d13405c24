//! Where things stand on the screen, and what goes first as it narrows.

use ratatui::layout::Rect;

/// Smallest screen that the workbench is drawn on.
pub const SMALLEST: (u16, u16) = (60, 18);

/// Columns of the gutter at the left of the picture: four digits and a tick.
pub const GUTTER: u16 = 5;

/// The places of the slice screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where am I.
    pub title: Rect,
    /// Numbers along the top of the picture.
    pub axis: Rect,
    /// The picture itself.
    pub picture: Rect,
    /// Marks of polygons that cross the picture, below it.
    pub marks: Option<Rect>,
    /// Position and value.
    pub facts: Rect,
    /// The polygon, and the colour bar.
    pub more: Option<Rect>,
    /// Mode and hints, or a message.
    pub footer: Rect,
    /// True where there is room for all words.
    pub wide: bool,
}

impl Layout {
    /// The layout for a screen of columns and rows.
    pub fn of((columns, rows): (u16, u16)) -> Layout {
        let wide = columns >= 120;
        let with_more = columns >= 80 && rows >= 20;
        let with_marks = wide && rows >= 30;
        let row = |y: u16| Rect::new(0, y, columns, 1);
        let mut bottom = rows.saturating_sub(1);
        let footer = row(bottom);
        let mut take = |want: bool| {
            want.then(|| {
                bottom = bottom.saturating_sub(1);
                row(bottom)
            })
        };
        let more = take(with_more);
        let facts = take(true).unwrap_or(footer);
        let marks = take(with_marks);
        Layout {
            title: row(0),
            axis: row(1),
            picture: Rect::new(
                GUTTER,
                2,
                columns.saturating_sub(GUTTER + 1).max(1),
                bottom.saturating_sub(2).max(1),
            ),
            marks,
            facts,
            more,
            footer,
            wide,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_gets_what_the_screens_promise() {
        let large = Layout::of((120, 40)).picture;
        assert_eq!((large.width, large.height), (114, 34));
        let usual = Layout::of((80, 24)).picture;
        assert_eq!((usual.width, usual.height), (74, 19));
        let small = Layout::of(SMALLEST);
        assert_eq!(small.picture.height, 14);
        assert!(small.more.is_none() && small.marks.is_none());
    }

    #[test]
    fn any_size_has_a_layout() {
        for columns in 1..10 {
            for rows in 1..8 {
                let layout = Layout::of((columns, rows));
                assert!(layout.footer.bottom() <= rows.max(1));
            }
        }
    }
}
