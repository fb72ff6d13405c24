//! Samples to levels to colours to cells (or a PNG), as data; no terminal library.
