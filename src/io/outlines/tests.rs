//! Every format there and back, mistakes by name, real files.

use super::*;
use crate::model::{Direction, Origin, Polygon, Voxel};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn survey() -> Survey {
    let corners = [
        [100.0, 300.0, 460_000.0, 5_930_000.0],
        [100.0, 419.0, 461_487.5, 5_932_577.0],
        [139.0, 300.0, 459_155.0, 5_930_487.5],
        [139.0, 419.0, 460_642.5, 5_933_064.5],
    ];
    Survey {
        grid: Grid {
            inlines: Axis::new(100.0, 1.0, 40),
            crosslines: Axis::new(300.0, 1.0, 120),
            samples: Axis::new(1500.0, 4.0, 100),
            unit: SampleUnit::Milliseconds,
            spacing: None,
        },
        map: SurveyMap::of(&corners),
    }
}

fn without_map() -> Survey {
    Survey {
        map: None,
        ..survey()
    }
}

fn polygon(slice: SliceKey, vertices: &[(f64, f64)]) -> Polygon {
    Polygon {
        id: String::new(),
        facies: "salt".into(),
        slice,
        name: Some("dome, east".into()),
        vertices: vertices.to_vec(),
        origin: Origin {
            author: Some("kim".into()),
            date: Some("2026-11-22".into()),
            confidence: Some(80),
            interpolated: true,
        },
    }
}

fn three() -> Vec<PolygonFile> {
    let section = [(310.5, 1600.0), (340.0, 1610.0), (330.0, 1700.0)];
    let map = [
        (310.0, 105.0),
        (350.0, 110.0),
        (330.0, 130.0),
        (315.0, 120.0),
    ];
    let mut other = polygon(
        SliceKey::Crossline(350),
        &[(101.0, 1520.0), (130.0, 1540.0), (120.0, 1600.0)],
    );
    other.facies = "mtd".into();
    other.name = None;
    other.origin = Origin::default();
    vec![
        PolygonFile {
            facies: Facies::new("salt", 1),
            polygons: vec![
                polygon(SliceKey::Inline(110), &section),
                polygon(SliceKey::Time(1604.0), &map),
            ],
        },
        PolygonFile {
            facies: Facies::new("mtd", 2),
            polygons: vec![other],
        },
    ]
}

fn written(
    format: OutlineFormat,
    name: &str,
    survey: &Survey,
) -> (Vec<PolygonFile>, Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let (_, mut warnings) = write_outlines(&path, format, &three(), survey).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let options = OutlineOptions::default();
    let (files, more) = read_outlines(&path, survey, &options).unwrap();
    warnings.extend(more);
    (files, warnings, text)
}

fn near(found: &Polygon, expected: &Polygon) {
    assert_eq!(found.slice, expected.slice);
    assert_eq!(found.vertices.len(), expected.vertices.len());
    for (p, q) in found.vertices.iter().zip(&expected.vertices) {
        assert!(
            (p.0 - q.0).abs() < 1e-3 && (p.1 - q.1).abs() < 1e-3,
            "{p:?} {q:?}"
        );
    }
}

#[test]
fn csv_keeps_everything_with_and_without_a_map() {
    for survey in [survey(), without_map()] {
        let (files, warnings, text) = written(OutlineFormat::Csv, "p.csv", &survey);
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(
            text.lines().next().unwrap().contains(",x,y"),
            survey.map.is_some()
        );
        for (file, expected) in files.iter().zip(&three()) {
            assert_eq!(file.facies.name, expected.facies.name);
            for (p, q) in file.polygons.iter().zip(&expected.polygons) {
                assert_eq!((&p.vertices, p.slice), (&q.vertices, q.slice));
                assert_eq!((&p.name, &p.origin), (&q.name, &q.origin));
            }
        }
    }
}

#[test]
fn opendtect_and_irap_come_back_through_the_map() {
    for (format, name) in [
        (OutlineFormat::Opendtect, "p.dat"),
        (OutlineFormat::Irap, "p.pol"),
    ] {
        let (files, warnings, text) = written(format, name, &survey());
        assert!(warnings.is_empty(), "{warnings:?}");
        let found: Vec<&Polygon> = files.iter().flat_map(|f| &f.polygons).collect();
        let expected = three();
        let expected: Vec<&Polygon> = expected.iter().flat_map(|f| &f.polygons).collect();
        assert_eq!(found.len(), 3, "{text}");
        for (p, q) in found.iter().zip(expected) {
            near(p, q);
        }
    }
    // Without a map OpendTect's columns hold lines, and Irap is refused.
    let (files, _, text) = written(OutlineFormat::Opendtect, "p.dat", &without_map());
    assert!(text.starts_with("# Inline Crossline Z(ms)"));
    near(&files[0].polygons[0], &three()[0].polygons[0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.pol");
    let error = write_outlines(&path, OutlineFormat::Irap, &three(), &without_map()).unwrap_err();
    assert!(error.to_string().contains("map coordinates"), "{error}");
    assert!(!path.exists());
}

#[test]
fn geojson_holds_time_slices() {
    for survey in [survey(), without_map()] {
        let (files, warnings, _) = written(OutlineFormat::GeoJson, "p.geojson", &survey);
        assert!(warnings[0].starts_with("2 polygons"), "{warnings:?}");
        let [file] = &files[..] else { panic!() };
        let expected = &three()[0].polygons[1];
        near(&file.polygons[0], expected);
        assert_eq!(file.polygons[0].origin, expected.origin);
        assert_eq!(file.polygons[0].name, expected.name);
    }
}

#[test]
fn mistakes_are_named() {
    let read = |name: &str, text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        read_outlines(&path, &without_map(), &OutlineOptions::default())
    };
    for (name, text, words) in [
        (
            "p.csv",
            "a,b\n1,2\n",
            "neither inline and crossline nor x and y",
        ),
        (
            "p.csv",
            "inline,crossline,time\n110,x,3\n",
            "`x` is no number",
        ),
        ("p.pol", "1 2\n", "is not three numbers"),
        ("p.pol", "1 2 3\n4 5 6\n7 8 9\n", "map coordinates"),
        ("p.csv", "x,y,z\n1,2,3\n1,3,3\n2,2,3\n", "map coordinates"),
        ("p.dat", "here be dragons\n", "three numbers"),
        (
            "p.dat",
            "110 310 1600\n110 320 1600\n",
            "2 points enclose nothing",
        ),
        ("p.json", "{", "EOF"),
        ("p.json", "{}", "no `type`"),
        (
            "p.points",
            "110 310 1600 1\n110 310\n",
            "inline crossline time class",
        ),
    ] {
        let error = read(name, text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    // Times in seconds are known by their size.
    let (files, _) = read("p.dat", "110 310 1.6\n110 320 1.6\n110 320 1.7\n").unwrap();
    assert_eq!(files[0].polygons[0].vertices[2], (320.0, 1700.0));
    let (_, warnings) = read("p.dat", "110 500 1600\n110 520 1600\n110 520 1700\n").unwrap();
    assert!(warnings[0].contains("outside the survey"), "{warnings:?}");
    // Points that share no slice are laid flat, and that is said.
    let (files, warnings) = read("p.dat", "110 310 1600\n120 320 1650\n115 330 1700\n").unwrap();
    assert_eq!(files[0].polygons[0].slice, SliceKey::Time(1652.0));
    assert!(warnings[0].contains("laid flat"), "{warnings:?}");
}

proptest! {
    #[test]
    fn any_text_is_survived(text: String, format in 1usize..6) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        std::fs::write(&path, text).unwrap();
        let options = OutlineOptions {
            format: Some(OutlineFormat::ALL[format]),
            ..OutlineOptions::default()
        };
        let _ = read_outlines(&path, &survey(), &options);
    }

    #[test]
    fn points_become_exactly_their_voxels(
        points in prop::collection::btree_set((0u32..4, 0u32..9, 0u32..9), 1..60),
    ) {
        let survey = survey();
        let grid = &survey.grid;
        let line = |(i, x, t): &(u32, u32, u32)| {
            let value = |axis: &Axis, at: u32| axis.value(at as usize);
            format!("{} {} {} 2\n", value(&grid.inlines, *i), value(&grid.crosslines, *x), value(&grid.samples, *t))
        };
        let text: String = points.iter().map(line).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.points");
        std::fs::write(&path, text).unwrap();
        let options = OutlineOptions {
            classes: vec!["salt".into(), "mtd".into()],
            ..OutlineOptions::default()
        };
        let (files, warnings) = read_outlines(&path, &survey, &options).unwrap();
        prop_assert!(warnings.is_empty());
        prop_assert_eq!(files.len(), 1);
        prop_assert_eq!(&files[0].facies.name, "mtd");
        let mut voxels: Vec<Voxel> = Vec::new();
        for polygon in &files[0].polygons {
            prop_assert_eq!(polygon.slice.direction(), Direction::Inline);
            voxels.extend(polygon.voxels(grid, 0).unwrap());
        }
        let found: BTreeSet<_> = voxels.iter().map(|v| (v.inline, v.crossline, v.sample)).collect();
        prop_assert_eq!(found.len(), voxels.len(), "each voxel once");
        prop_assert_eq!(found, points);
    }
}

/// The files of xtgeo-testdata, where `OUTCROP_TESTDATA` names a folder with them.
#[test]
fn real_files_are_read() {
    let Ok(folder) = std::env::var("OUTCROP_TESTDATA") else {
        eprintln!("OUTCROP_TESTDATA is not set: skipped");
        return;
    };
    let folder = Path::new(&folder).join("xtgeo_testdata");
    let corners = [
        [0.0, 0.0, 450_000.0, 5_925_000.0],
        [0.0, 1000.0, 475_000.0, 5_925_000.0],
        [1000.0, 0.0, 450_000.0, 5_950_000.0],
        [1000.0, 1000.0, 475_000.0, 5_950_000.0],
    ];
    let axis = |step, n| Axis::new(0.0, step, n);
    let survey = Survey {
        grid: Grid {
            inlines: axis(1.0, 1001),
            crosslines: axis(1.0, 1001),
            samples: axis(4.0, 1001),
            ..survey().grid
        },
        map: SurveyMap::of(&corners),
    };
    let read = |name: &str| {
        let (files, warnings) =
            read_outlines(&folder.join(name), &survey, &OutlineOptions::default()).unwrap();
        (
            files.iter().map(|f| f.polygons.len()).sum::<usize>(),
            warnings,
        )
    };
    assert_eq!(read("closedpoly1.pol").0, 1);
    assert_eq!(read("polset2.pol").0, 2);
    assert_eq!(read("emerald2.pol").0, 2);
    let (n, warnings) = read("messypol.pol");
    assert!(n >= 2, "{n} {warnings:?}");
    let (table, _) = read("top_upper_reek_faultpoly.csv");
    assert!(table > 5, "{table}");
}
