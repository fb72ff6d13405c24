//! The samples of a picture as cells: one volume in a colour map, three as red,
//! green and blue, and what lies over them: classes, a probability, doubt.

use ndarray::ArrayView2;

use crate::model::Direction;
use crate::picture::{
    Canvas, CellMode, Clip, ColourMap, Depth, Overlay, Ramp, Raster, Shading, resample,
    resample_classes,
};
use crate::preview::Slice;
use crate::session::{Session, VolumeRole};
use crate::tui::app::App;
use crate::tui::overlays::{Kind, kind_of, share};
use crate::tui::panes::Pane;
use crate::tui::view::Link;

use super::Scene;

/// Samples above and below that amplitudes are evened out over.
const EVENED_OVER: f64 = 50.0;

fn mode(app: &App) -> CellMode {
    if app.depth == Depth::Plain {
        CellMode::Ascii
    } else if app.moving && app.view.link == Link::Slow && app.view.cells == CellMode::Half {
        CellMode::Full
    } else {
        app.view.cells
    }
}

/// True where the picture is sent in fewer colours.
fn few(app: &App) -> bool {
    match app.view.link {
        Link::Slow => true,
        Link::Normal => app.moving,
        Link::Fast => false,
    }
}

/// The samples of a picture with what lies over them.
pub fn image(scene: &Scene, pane: &Pane) -> Canvas {
    let Scene { app, session, .. } = *scene;
    let shown = pane.volume.unwrap_or("");
    let codes = (session.volume(shown)).is_some_and(|v| v.role == VolumeRole::Classes);
    match app.slice_in(pane) {
        Some(slice) if codes => classes(scene, pane, slice, shown),
        Some(_) if app.mixed_in(pane) => mixture(scene, pane),
        Some(slice) => samples(scene, pane, slice, shown),
        None => {
            let window = &pane.window;
            let pixels = window.columns * window.rows * mode(app).parts();
            let ramp = ColourMap::Grey.ramp(app.depth, false);
            let none = vec![None; pixels];
            Canvas::of_levels(&none, window.columns, &ramp, app.depth, mode(app), None)
        }
    }
}

/// Classes by themselves: one tint each, no shading.
fn classes(scene: &Scene, pane: &Pane, slice: &Slice, shown: &str) -> Canvas {
    let Scene { app, session, .. } = *scene;
    let mode = mode(app);
    let codes = resample_classes(&slice.plane(), &pane.window, mode.parts());
    let ramp = ColourMap::Grey.ramp(app.depth, false);
    let light = (ramp.len() * 7 / 10) as u16;
    let levels: Vec<Option<u16>> = codes.iter().map(|&c| (c > 0).then_some(light)).collect();
    let colours = class_colours(session, shown);
    let overlay = Overlay {
        codes: &codes,
        colours: &colours,
        every: 1,
        hatched: &[],
    };
    let columns = pane.window.columns;
    Canvas::of_levels(&levels, columns, &ramp, app.depth, mode, Some(&overlay))
}

/// One volume in its colour map.
fn samples(scene: &Scene, pane: &Pane, slice: &Slice, shown: &str) -> Canvas {
    let Scene { app, session, .. } = *scene;
    let (window, mode, look) = (&pane.window, mode(app), app.view.look_of(pane.volume));
    let parts = mode.parts();
    let mut raster = resample(&slice.plane(), window, parts);
    let role = session.volume(shown).map(|v| v.role);
    if app.view.evened && role == Some(VolumeRole::Amplitude) && pane.direction != Direction::Time {
        let reach = EVENED_OVER / window.down * parts as f64;
        raster = raster.evened((reach as usize).max(2));
    }
    let mut clip = look.clip.unwrap_or(slice.clip);
    if look.fitted && pane.direction != app.view.direction {
        // Means over many samples swing less than samples do: each picture has
        // as many to a cell as it has.
        clip = suited(&raster).unwrap_or(clip);
    }
    let shading = Shading {
        clip,
        reversed: look.reversed,
    };
    let ramp = look.map.ramp(app.depth, few(app));
    let over = Over::of(scene, pane, parts);
    Canvas::new(
        &raster,
        &shading,
        &ramp,
        app.depth,
        mode,
        over.as_ref().map(Over::overlay).as_ref(),
    )
}

/// The clip that suits what is seen.
fn suited(raster: &Raster) -> Option<Clip> {
    let shape = (raster.height, raster.width);
    let values = ArrayView2::from_shape(shape, &raster.values).ok()?;
    Some(Clip::auto(&values))
}

/// Three volumes as red, green and blue, or two latent coordinates in the colours of
/// a plane; blank where one of them is null or not there yet.
fn mixture(scene: &Scene, pane: &Pane) -> Canvas {
    let Scene { app, .. } = *scene;
    let (window, mode) = (&pane.window, mode(app));
    let parts = mode.parts();
    let cube = app.cube();
    let mixed = cube.as_ref().and_then(|cube| match &app.chart {
        Some(chart) if chart.coloured => latent(app, pane, parts, (&chart.volumes, cube)),
        _ => red_green_blue(app, pane, parts, cube),
    });
    let pixels = window.columns * window.rows * parts;
    let levels = mixed.unwrap_or_else(|| vec![None; pixels]);
    let ramp = cube.unwrap_or_else(|| ColourMap::Grey.ramp(app.depth, false));
    let over = Over::of(scene, pane, parts);
    Canvas::of_levels(
        &levels,
        window.columns,
        &ramp,
        app.depth,
        mode,
        over.as_ref().map(Over::overlay).as_ref(),
    )
}

/// Three volumes, each between its own clips, as steps of a cube.
fn red_green_blue(app: &App, pane: &Pane, parts: usize, cube: &Ramp) -> Option<Vec<Option<u16>>> {
    let channel = |name: &String| {
        let raster = resample(&app.layer_in(pane, name)?.plane(), &pane.window, parts);
        let look = app.view.look_of(Some(name));
        let chosen = look.clip.filter(|_| !look.fitted);
        let clip = chosen.or_else(|| suited(&raster))?;
        let part = move |v: f32| {
            let fraction = clip.fraction(v);
            if look.reversed {
                1.0 - fraction
            } else {
                fraction
            }
        };
        Some(raster.values.into_iter().map(part).collect::<Vec<f32>>())
    };
    let names = app.view.rgb.as_ref()?;
    let [r, g, b] = [
        channel(&names[0])?,
        channel(&names[1])?,
        channel(&names[2])?,
    ];
    let mixed = (r.iter().zip(&g).zip(&b)).map(|((&r, &g), &b)| {
        let live = !(r.is_nan() || g.is_nan() || b.is_nan());
        live.then(|| cube.mixed([r, g, b]) as u16)
    });
    Some(mixed.collect())
}

/// Two latent coordinates from -1 to 1 as steps of a cube.
fn latent(
    app: &App,
    pane: &Pane,
    parts: usize,
    (names, cube): (&[String; 2], &Ramp),
) -> Option<Vec<Option<u16>>> {
    let channel = |name| {
        Some(resample(
            &app.layer_in(pane, name)?.plane(),
            &pane.window,
            parts,
        ))
    };
    let [u, v] = [channel(&names[0])?, channel(&names[1])?];
    let both = u.values.iter().zip(&v.values);
    let mixed = both.map(|(u, v)| {
        let live = !(u.is_nan() || v.is_nan());
        live.then(|| cube.on_plane([u, v].map(|u| 0.5 * (u + 1.0))) as u16)
    });
    Some(mixed.collect())
}

/// What lies over the samples, pixel by pixel.
struct Over {
    codes: Vec<u8>,
    colours: Vec<Option<u8>>,
    every: usize,
    hatched: Vec<bool>,
}

impl Over {
    fn of(scene: &Scene, pane: &Pane, parts: usize) -> Option<Over> {
        let Scene { app, session, .. } = *scene;
        let window = &pane.window;
        let (mut codes, mut colours) = (Vec::new(), Vec::new());
        let name = app.view.overlay.as_deref();
        if let Some(live) = live_in(app, pane) {
            codes = resample_classes(&live.plane(), window, parts);
            colours = vec![None; 256];
            for (colour, facies) in colours.iter_mut().skip(1).zip(&session.facies) {
                *colour = Some(facies.colour);
            }
            if let Some(common) = app.live.common {
                colours[common as usize] = None;
            }
        } else if let (Some(name), Some(slice)) = (name, app.overlay_in(pane)) {
            if let Some(kind @ Kind::Probability(colour)) = kind_of(session, name) {
                let raster = resample(&slice.plane(), window, parts);
                let sure = |v: f32| share(session, kind, slice, v);
                let over = |&v: &f32| u8::from(sure(v) >= app.view.threshold);
                codes = raster.values.iter().map(over).collect();
                colours = vec![None, Some(colour)];
            } else {
                codes = match app.lit {
                    Some(lit) => {
                        let lit = slice.plane().mapv(|v| f32::from(u8::from(v == lit)));
                        resample_classes(&lit.view(), window, parts)
                    }
                    None => resample_classes(&slice.plane(), window, parts),
                };
                colours = match app.lit {
                    Some(_) => vec![None, Some(free_colour(session))],
                    None => class_colours(session, name),
                };
                let common = app.common_class.map(usize::from);
                if let Some(common) = common.and_then(|code| colours.get_mut(code)) {
                    *common = None;
                }
            }
        }
        let doubt = app.view.doubt.as_deref();
        let hatched = doubt.and_then(|name| {
            let (kind, slice) = (kind_of(session, name)?, app.layer_in(pane, name)?);
            let raster = resample(&slice.plane(), window, parts);
            let doubtful = |&v: &f32| share(session, kind, slice, v) < app.view.threshold;
            Some(raster.values.iter().map(doubtful).collect())
        });
        if codes.is_empty() && hatched.is_none() {
            return None;
        }
        Some(Over {
            codes,
            colours,
            every: app.view.tinted_every,
            hatched: hatched.unwrap_or_default(),
        })
    }

    fn overlay(&self) -> Overlay<'_> {
        Overlay {
            codes: &self.codes,
            colours: &self.colours,
            every: self.every,
            hatched: &self.hatched,
        }
    }
}

/// The live classes of a picture, which lie over it in place of an overlay: on the
/// samples that it shows, not those of a volume on another grid.
fn live_in<'a>(app: &'a App, pane: &Pane) -> Option<&'a Slice> {
    let classes = app.live.classes(&app.key_in(pane)?)?;
    let shown = app.slice_in(pane)?;
    (shown.plane().dim() == classes.plane().dim()).then_some(classes.as_ref())
}

/// A colour that no facies of the session has: what is lit is none.
fn free_colour(session: &Session) -> u8 {
    let used = |colour: &u8| session.facies.iter().any(|f| f.colour == *colour);
    (1..=7).rev().find(|colour| !used(colour)).unwrap_or(7)
}

/// Facies colour of each code of a volume of classes: by the name of its class.
fn class_colours(session: &Session, volume: &str) -> Vec<Option<u8>> {
    let classes = session.volume(volume).map_or(&[][..], |v| &v.classes[..]);
    (0..=255usize)
        .map(|code| {
            let place = code.checked_sub(1)?;
            let named = classes.get(place).and_then(|name| session.facies(name));
            let by_code = session.facies.get(place).filter(|_| classes.is_empty());
            let colour = named.or(by_code).map(|f| f.colour);
            Some(colour.unwrap_or((place % 7) as u8 + 1))
        })
        .collect()
}
