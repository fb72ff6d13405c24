//! A computed slice holds what the whole volume holds there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;

use ndarray::{Array2, Array3, Axis as Along};

use super::*;
use crate::attributes::{Cell, Layer, Slab, Spread, Statistics, compute, kuwahara};
use crate::io::{IoError, Volume};
use crate::model::{Axis, Block, SampleUnit, SliceKey};
use crate::preview::{Delivery, SliceEngine};
use crate::task::{CancelFlag, Task, stream};

const SHAPE: [usize; 3] = [14, 18, 150];

/// Dipping layers in noise, with a dead trace and a null.
struct Layers {
    grid: Grid,
    path: PathBuf,
    data: Array3<f32>,
}

fn layers(shape: [usize; 3], seed: u64) -> Layers {
    let mut noise = stream(seed, "derived", &[]);
    let mut data = Array3::from_shape_fn(shape, |(y, x, t)| {
        let depth = t as f64 - 0.4 * x as f64 + 0.2 * y as f64;
        ((0.5 * depth).sin() + 0.3 * noise.normal()) as f32
    });
    if shape[0] > 5 {
        data.index_axis_mut(Along(0), 5).row_mut(7).fill(0.0);
        data[[4, 4, 40]] = f32::NAN;
    }
    let axis = |n, step| Axis::new(0.0, step, n);
    Layers {
        grid: Grid {
            inlines: axis(shape[0], 1.0),
            crosslines: axis(shape[1], 1.0),
            samples: axis(shape[2], 4.0),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        },
        path: PathBuf::from("layers"),
        data,
    }
}

impl Volume for Layers {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self, block: &Block, out: &mut [f32]) -> Result<(), IoError> {
        let mut out = out.iter_mut();
        for y in block.inlines.indices() {
            for x in block.crosslines.indices() {
                for t in block.samples.indices() {
                    if let Some(out) = out.next() {
                        *out = self.data[[y, x, t]];
                    }
                }
            }
        }
        Ok(())
    }
}

fn engine() -> (SliceEngine, std::sync::mpsc::Receiver<Delivery>) {
    let (sender, delivered) = channel();
    let engine = SliceEngine::start(2, 1 << 24, move |delivery| {
        let _ = sender.send(delivery);
    });
    (engine.unwrap(), delivered)
}

fn slice_of(
    engine: &SliceEngine,
    delivered: &std::sync::mpsc::Receiver<Delivery>,
    volume: VolumeId,
    key: SliceKey,
) -> Arc<Slice> {
    if let Some(slice) = engine.ask(&[SliceId { volume, key }], &[]).pop() {
        return slice;
    }
    delivered.recv().unwrap().1.unwrap()
}

/// The three middle slices of a volume, as slices are laid out.
fn middles(volume: &Array3<f32>) -> [(SliceKey, Array2<f32>); 3] {
    let [i, x, t] = SHAPE.map(|n| n / 2);
    [
        (
            SliceKey::Inline(i as i32),
            volume.index_axis(Along(0), i).to_owned(),
        ),
        (
            SliceKey::Crossline(x as i32),
            volume.index_axis(Along(1), x).to_owned(),
        ),
        (
            SliceKey::Time(4.0 * t as f64),
            volume.index_axis(Along(2), t).to_owned(),
        ),
    ]
}

/// The largest difference, relative to the largest value; nulls must agree.
fn apart(a: &Array2<f32>, b: &Array2<f32>) -> f32 {
    let most = b
        .iter()
        .filter(|v| v.is_finite())
        .fold(1e-30, |m: f32, v| m.max(v.abs()));
    a.iter().zip(b).fold(0.0, |worst: f32, (a, b)| {
        assert_eq!(a.is_nan(), b.is_nan());
        if a.is_nan() {
            worst
        } else {
            worst.max((a - b).abs() / most)
        }
    })
}

#[test]
fn slices_of_attributes_are_those_of_the_whole_volume() {
    let survey = layers(SHAPE, 1);
    let options = AttributeOptions::default();
    let cell: Cell = options.cell(&survey.grid).unwrap();
    let statistics: Statistics = survey.data.outer_iter().map(Statistics::of_line).sum();
    let slab = Slab::new(&survey.data.view(), 0..SHAPE[0], cell).unwrap();
    let all: Vec<Attribute> = Attribute::all().collect();
    let whole = compute(&slab, &all, &options, &statistics, &Task::silent()).unwrap();
    let (engine, delivered) = engine();
    let amplitude = engine.add(Arc::new(survey));
    for (attribute, whole) in all.iter().zip(&whole.volumes) {
        let recipe = Recipe::Attribute {
            amplitude,
            attribute: *attribute,
            options: Box::new(options),
        };
        let (volume, _) = engine.derive(recipe).unwrap();
        for (key, expected) in middles(whole) {
            let slice = slice_of(&engine, &delivered, volume, key);
            let found = slice.samples().to_owned();
            let worst = apart(&found, &expected);
            let work = slice.work.unwrap();
            assert!(work.expected > 0.0 && work.seconds > 0.0);
            if key.direction() == Direction::Time {
                // Traces are cropped: what follows from the quadrature is near.
                assert!(worst < 0.02, "{attribute} {key}: {worst}");
                assert!(work.cropped);
            } else {
                assert_eq!(worst, 0.0, "{attribute} {key}");
                assert!(!work.cropped);
            }
        }
    }
}

#[test]
fn slices_of_filtered_volumes_are_those_of_the_whole_and_differences_add_up() {
    let surveys = [layers(SHAPE, 1), layers(SHAPE, 2)];
    let options = KuwaharaOptions {
        half_sizes: vec![[1, 1, 2], [2, 2, 3]],
        ..KuwaharaOptions::default()
    };
    let spread = |survey: &Layers| survey.data.outer_iter().map(Spread::of_line).sum();
    let layers: Vec<Layer> = (surveys.iter())
        .map(|survey| Layer {
            data: survey.data.view(),
            spread: spread(survey),
        })
        .collect();
    let whole = kuwahara(&layers, None, 0..SHAPE[0], &options, &Task::silent()).unwrap();
    let raw = surveys[1].data.clone();
    let (engine, delivered) = engine();
    let volumes: Vec<VolumeId> = surveys
        .into_iter()
        .map(|s| engine.add(Arc::new(s)))
        .collect();
    let recipe = Recipe::Filter {
        volumes: volumes.clone(),
        dips: None,
        shown: 1,
        options,
    };
    let (filtered, grid) = engine.derive(recipe).unwrap();
    assert_eq!(grid.shape(), SHAPE);
    let recipe = Recipe::Difference {
        of: filtered,
        from: volumes[1],
    };
    let (difference, _) = engine.derive(recipe).unwrap();
    for ((key, expected), (_, raw)) in middles(&whole[1]).into_iter().zip(middles(&raw)) {
        let slice = slice_of(&engine, &delivered, filtered, key);
        assert_eq!(apart(&slice.samples().to_owned(), &expected), 0.0, "{key}");
        let work = slice.work;
        let slice = slice_of(&engine, &delivered, difference, key);
        // What was filtered a moment ago is not filtered again.
        assert_eq!(slice.work, work);
        assert_eq!(
            apart(&slice.samples().to_owned(), &(&expected - &raw)),
            0.0,
            "{key}"
        );
    }
}

#[test]
fn what_cannot_be_computed_is_said() {
    let (engine, delivered) = engine();
    let [a, b] = [SHAPE, [3, 4, 5]].map(|shape| engine.add(Arc::new(layers(shape, 1))));
    let error = engine
        .derive(Recipe::Difference { of: a, from: b })
        .unwrap_err();
    assert!(error.contains("another grid"), "{error}");
    let attribute = |amplitude, levels| Recipe::Attribute {
        amplitude,
        attribute: Attribute::GlcmEntropy,
        options: Box::new(AttributeOptions {
            levels,
            ..AttributeOptions::default()
        }),
    };
    let error = engine.derive(attribute(a, 16)).unwrap_err();
    assert!(error.contains("even"), "{error}");
    assert!(engine.derive(attribute(VolumeId(9), 17)).is_err());
    let mut silent = layers(SHAPE, 1);
    silent.data.fill(0.0);
    let silent = engine.add(Arc::new(silent));
    let (volume, _) = engine.derive(attribute(silent, 17)).unwrap();
    engine.ask(
        &[SliceId {
            volume,
            key: SliceKey::Inline(3),
        }],
        &[],
    );
    let error = delivered.recv().unwrap().1.unwrap_err().to_string();
    assert!(error.contains("nulls and zeros"), "{error}");
}

#[test]
fn a_raised_flag_gives_a_slice_up() {
    let source = Arc::new(Source::new(
        Arc::new(layers(SHAPE, 1)),
        Arc::new(crate::io::BrickMemory::new(0)),
    ));
    let recipe = Recipe::Attribute {
        amplitude: VolumeId(0),
        attribute: Attribute::Coherence,
        options: Box::default(),
    };
    let known = |_| Some(Arc::clone(&source));
    let (derived, _) = Derived::new(recipe, &known, &lately()).unwrap();
    let flag = CancelFlag::default();
    flag.raise();
    let id = SliceId {
        volume: VolumeId(1),
        key: SliceKey::Inline(3),
    };
    let result = derived.slice(id, 3, &flag);
    assert!(matches!(result, Err(SliceError::Cancelled(_))));
}
