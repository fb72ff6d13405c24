//! What can go wrong when a picture is written.

/// An error of writing a picture file.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A picture without samples.
    #[error("the slice has no samples: nothing to draw; try another slice or sub-volume")]
    Empty,
    /// The encoder or the file under it failed.
    #[error("PNG: {0}; check free space and the folder's permissions")]
    Encode(#[from] png::EncodingError),
}
