//! Models applied elsewhere, classes compared, inputs that do not do.

use super::*;

#[test]
fn a_model_applied_gives_the_volumes_it_was_made_with() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), &[]).unwrap();
    let model = folder.path().join(&found(&outcome).model);
    let copy = folder.path().join("frozen").join(MODEL);
    std::fs::copy(&model, &copy).unwrap();
    for training in [Training::None, Training::Polygons] {
        // Others that are known by now, in any order: the model names its own.
        let mut inputs = write_inputs(folder.path());
        let mut other = inputs[0].clone();
        other.name = "kuwahara_depth".into();
        inputs.insert(0, other);
        inputs.reverse();
        let pairs = [&FAST[..4], &[("name", "again"), ("force", "yes")]].concat();
        let request = asked(inputs, &pairs, training);
        let job = MODULE.prepare(&request, &place(folder.path())).unwrap();
        let again = work(job.as_ref()).unwrap();
        for name in ["gtm_probability_middle", "gtm_class", "gtm_latent_1"] {
            let (a, b) = (
                output(folder.path(), &outcome, name),
                output(folder.path(), &again, name),
            );
            assert!(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        let models = [&outcome, &again].map(|o| folder.path().join(&found(o).model));
        let [first, second] = models.map(|path| std::fs::read_to_string(path).unwrap());
        assert_eq!(first, second);
    }
}

#[test]
fn a_model_of_other_attributes_and_a_damaged_one_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(folder.path(), &[]).unwrap();
    let text = std::fs::read_to_string(folder.path().join(&found(&outcome).model)).unwrap();
    let copy = folder.path().join("frozen").join(MODEL);
    let refused = |text: &str, inputs: Vec<Input>| {
        std::fs::write(&copy, text).unwrap();
        let pairs = [&FAST[..4], &[("name", "again")]].concat();
        let request = asked(inputs, &pairs, Training::None);
        let prepared = MODULE.prepare(&request, &place(folder.path()));
        prepared.err().unwrap().to_string()
    };
    let inputs = write_inputs(folder.path());
    let error = refused(&text, inputs[..2].to_vec());
    assert!(error.contains("depth, bend, noise"), "{error}");
    assert!(
        error.contains("noise is not among the volumes (depth, bend)"),
        "{error}"
    );
    let edited = text.replacen("beta: ", "beta: -", 1);
    assert!(refused(&edited, inputs.clone()).contains("damaged: beta"));
    let edited = text.replacen("version: 1", "version: 9", 1);
    assert!(refused(&edited, inputs.clone()).contains("version 9"));
    assert!(refused(&text[..text.len() / 2], inputs).contains("no model of gtm3d"));
}

#[test]
fn two_classifications_are_compared_voxel_by_voxel() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = write_inputs(folder.path());
    write_picks(folder.path(), &FACIES);
    // Upper and lower as they are, the middle called lower.
    let other: Vec<f32> = (0..grid().len())
        .map(|v| [1.0, 3.0, 3.0][truth(v)])
        .collect();
    inputs.insert(
        1,
        write_volume(folder.path(), "other", SampleKind::Classes, &other),
    );
    let pairs = [&FAST[..], &[("compare", "other")]].concat();
    let request = asked(inputs.clone(), &pairs, Training::Polygons);
    let job = MODULE.prepare(&request, &place(folder.path())).unwrap();
    let outcome = work(job.as_ref()).unwrap();
    let agreement = found(&outcome).agreement.clone().unwrap();
    assert_eq!((agreement.codes, agreement.counts.len()), (vec![1, 3], 3));
    let (class, difference) = (
        output(folder.path(), &outcome, "gtm_class"),
        output(folder.path(), &outcome, "gtm_difference"),
    );
    let mut same = 0;
    for v in (0..class.len()).filter(|v| !is_null(*v)) {
        let expected = if class[v] == other[v] { 1.0 } else { 2.0 };
        assert_eq!(difference[v], expected);
        same += usize::from(class[v] == other[v]);
    }
    assert!((agreement.share - same as f64 / 2129.0).abs() < 1e-12);
    assert!((0.6..0.72).contains(&agreement.share));
    assert!(
        (0.4..0.65).contains(&agreement.kappa),
        "{}",
        agreement.kappa
    );

    let pairs = [&FAST[..], &[("compare", "absent")]].concat();
    let request = asked(inputs, &pairs, Training::Polygons);
    let error = MODULE.prepare(&request, &place(folder.path()));
    let error = error.err().unwrap().to_string();
    assert!(error.starts_with("compare: there is no volume `absent`"));
}

#[test]
fn all_that_stands_in_the_way_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = write_inputs(folder.path());
    write_picks(folder.path(), &FACIES);
    let path = folder.path().join("frozen").join(PICKS);
    let mut picks = place(folder.path()).picks().unwrap();
    picks.polygons.retain(|p| p.facies == "middle");
    std::fs::write(&path, ron::to_string(&picks).unwrap()).unwrap();
    let small = Grid {
        inlines: Axis::new(100.0, 1.0, 4),
        ..grid()
    };
    let cut = folder.path().join("cut.sgy");
    let recipe = &place(folder.path()).recipe;
    let writer = VolumeWriter::fresh(&cut, &small, SampleKind::Continuous, recipe, false).unwrap();
    writer.write(&small.all(), &vec![1.0; small.len()]).unwrap();
    writer.finish().unwrap();
    let mut volumes = inputs.clone();
    volumes.push(Input::new("cut", cut, OpenOptions::default()));
    let request = asked(volumes, &FAST, Training::Polygons);
    let error = MODULE.prepare(&request, &place(folder.path()));
    let error = error.err().unwrap().to_string();
    for part in [
        "3 things",
        "cut lies on another grid",
        "facies upper",
        "facies lower",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn volumes_that_nothing_can_be_fitted_to_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    write_picks(folder.path(), &FACIES);
    let n = grid().len();
    // Live only in the first 12 samples of one trace, and the same in both.
    let mut data = vec![f32::NAN; n];
    data[..12].fill(3.0);
    let inputs = ["one", "two"]
        .map(|name| write_volume(folder.path(), name, SampleKind::Continuous, &data))
        .to_vec();
    let request = asked(inputs, &FAST, Training::Polygons);
    let job = MODULE.prepare(&request, &place(folder.path())).unwrap();
    let error = work(job.as_ref()).unwrap_err().to_string();
    for part in [
        "3 things",
        "12 voxels are live in all of 2 attributes, and a map needs 20",
        "no variance: one, two are constant",
        "facies upper has no voxel where all attributes are known",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_constant_attribute_is_left_out_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = write_inputs(folder.path());
    write_picks(folder.path(), &FACIES);
    let data = vec![2.5; grid().len()];
    inputs.push(write_volume(
        folder.path(),
        "same",
        SampleKind::Continuous,
        &data,
    ));
    let request = asked(inputs, &FAST, Training::Polygons);
    let job = MODULE.prepare(&request, &place(folder.path())).unwrap();
    let outcome = work(job.as_ref()).unwrap();
    assert_eq!(found(&outcome).constant, ["same"]);
    let told = |s: &String| s.contains("attribute same is constant over the volume");
    assert!(outcome.sentences.iter().any(told));
}
