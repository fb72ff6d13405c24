//! A slice as a PNG file.

use std::io::Write;

use ndarray::ArrayView2;

use super::{ColourMap, PictureError, Shading, Viewport, resample};

/// How a slice becomes a picture file.
#[derive(Clone, Copy, Debug)]
pub struct Image {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Colour map, in 24 bits.
    pub map: ColourMap,
    /// Range of values, and polarity.
    pub shading: Shading,
}

impl Image {
    /// An image of a slice of `samples = (along a, along b)`, every sample the
    /// same whole number of pixels, its longer side 900 pixels or more.
    pub fn of(samples: (usize, usize), map: ColourMap, shading: Shading) -> Image {
        let factor = 900usize.div_ceil(samples.0.max(samples.1).max(1));
        Image {
            width: samples.0 * factor,
            height: samples.1 * factor,
            map,
            shading,
        }
    }
}

/// Writes a slice `[a, b]` as a PNG with a palette: 255 colours of the map, and
/// a transparent one for nulls.
pub fn write_png(
    out: impl Write,
    slice: &ArrayView2<f32>,
    image: &Image,
) -> Result<(), PictureError> {
    const NULL: u8 = 255;
    if slice.is_empty() || image.width == 0 || image.height == 0 {
        return Err(PictureError::Empty);
    }
    let view = Viewport::fit(slice.dim(), image.width, image.height);
    let raster = resample(slice, &view, 1);
    let pixels: Vec<u8> = raster
        .values
        .iter()
        .map(|&v| {
            image
                .shading
                .level(v, NULL as usize)
                .map_or(NULL, |l| l as u8)
        })
        .collect();
    let mut palette = Vec::with_capacity(3 * 256);
    for i in 0..NULL {
        let colour = image.map.at(f64::from(i) / f64::from(NULL - 1));
        let (r, g, b) = colour.rgb().unwrap_or_default();
        palette.extend([r, g, b]);
    }
    palette.extend([0; 3]);
    let mut opacity = vec![255; 256];
    opacity[NULL as usize] = 0;

    let mut encoder = png::Encoder::new(out, image.width as u32, image.height as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_trns(opacity);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Clip;
    use ndarray::arr2;

    fn shading() -> Shading {
        Shading {
            clip: Clip {
                low: 0.0,
                high: 1.0,
            },
            reversed: false,
        }
    }

    #[test]
    fn the_file_holds_the_samples() {
        let slice = arr2(&[[0.0, 1.0, f32::NAN], [1.0, 0.0, 0.5]]);
        let image = Image {
            width: 2,
            height: 3,
            map: ColourMap::Grey,
            shading: shading(),
        };
        let mut bytes = Vec::new();
        write_png(&mut bytes, &slice.view(), &image).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let grey: Vec<[u8; 2]> = pixels.chunks(4).map(|p| [p[0], p[3]]).collect();
        assert_eq!(grey[0], [0, 255]);
        assert_eq!(grey[1], [255, 255]);
        assert_eq!(grey[4][1], 0, "nulls are transparent");
        assert!((grey[5][0] as i32 - 127).abs() <= 1);
    }

    #[test]
    fn small_slices_are_enlarged_evenly() {
        let image = Image::of((96, 256), ColourMap::Grey, shading());
        assert_eq!((image.width, image.height), (384, 1024));
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        let empty = ndarray::Array2::<f32>::zeros((0, 4));
        let image = Image::of((0, 4), ColourMap::Grey, shading());
        assert!(matches!(
            write_png(Vec::new(), &empty.view(), &image),
            Err(PictureError::Empty)
        ));
    }
}
