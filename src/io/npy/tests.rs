//! Headers of every version, arrays of every type and order.

use super::*;

#[test]
fn headers_are_aligned_and_parse_again() {
    for shape_ in [vec![3usize, 4, 5], vec![7], vec![1000, 2000]] {
        let bytes = header_bytes("<f4", &shape_);
        assert_eq!(bytes.len() % 64, 0);
        let text = String::from_utf8_lossy(&bytes[10..]).into_owned();
        assert_eq!(value(&text, "descr").unwrap().get(..5), Some("'<f4'"));
        let expected: Vec<u64> = shape_.iter().map(|&n| n as u64).collect();
        assert_eq!(shape(value(&text, "shape").unwrap()), Some(expected));
    }
}

/// Arrays as numpy.save writes them, of every type that is read.
#[test]
fn arrays_are_volumes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        crate::io::open(&path, &crate::io::OpenOptions::default())
    };
    for (descr, array) in [
        ("<i2", [1i16, -2, 3, 4].map(i16::to_le_bytes).concat()),
        (">i4", [1i32, -2, 3, 4].map(i32::to_be_bytes).concat()),
        (">i8", [1i64, -2, 3, 4].map(i64::to_be_bytes).concat()),
        ("<f8", [1f64, -2.0, 3.0, 4.0].map(f64::to_le_bytes).concat()),
        ("|i1", vec![1, 254, 3, 4]),
    ] {
        let mut bytes = header_bytes(descr, &[2, 1, 2]);
        bytes.extend(&array);
        let volume = open(&bytes).unwrap();
        assert_eq!(volume.grid().shape(), [2, 1, 2]);
        assert_eq!(
            crate::io::evidence::read_all(volume.as_ref()),
            [1.0, -2.0, 3.0, 4.0]
        );
        let error = open(&bytes[..bytes.len() - 1]).err().unwrap();
        assert!(matches!(error, IoError::Truncated { .. }), "{error}");
    }
    let big = 1 << 40;
    for shape in [&[4][..], &[1, 1, 2, 2], &[0, 1, 1], &[big, big, big]] {
        let mut bytes = header_bytes("<f4", shape);
        bytes.extend([0; 16]);
        assert!(open(&bytes).is_err(), "{shape:?}");
    }
    assert!(open(b"\x93NUMPY\x01\x00\xff\xff").is_err());
}

/// An array of i32 with a header of any version.
fn array(version: u8, dictionary: &str, values: &[i32]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([version, 0]);
    let length = dictionary.len() as u32;
    if version == 1 {
        bytes.extend((length as u16).to_le_bytes());
    } else {
        bytes.extend(length.to_le_bytes());
    }
    bytes.extend(dictionary.bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

#[test]
fn every_version_and_both_orders_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let (n3, n2, n1) = (3, 4, 5);
    let voxel = |i: usize, x: usize, s: usize| (100 * i + 10 * x + s) as i32;
    let mut c_order = Vec::new();
    for i in 0..n3 {
        for x in 0..n2 {
            c_order.extend((0..n1).map(|s| voxel(i, x, s)));
        }
    }
    let mut fortran = Vec::new();
    for s in 0..n1 {
        for x in 0..n2 {
            fortran.extend((0..n3).map(|i| voxel(i, x, s)));
        }
    }
    let expected: Vec<f32> = c_order.iter().map(|&v| v as f32).collect();
    for version in [1, 2, 3] {
        for (order, values) in [("False", &c_order), ("True", &fortran)] {
            let dictionary =
                format!("{{'descr': '<i4', 'fortran_order': {order}, 'shape': (3L, 4, 5), }}\n");
            std::fs::write(&path, array(version, &dictionary, values)).unwrap();
            let volume = crate::io::open(&path, &crate::io::OpenOptions::default()).unwrap();
            assert_eq!(crate::io::evidence::read_all(volume.as_ref()), expected);
            let pick = |start, step, count| crate::model::Pick { start, step, count };
            let block = Block {
                inlines: pick(0, 2, 2),
                crosslines: pick(1, 2, 2),
                samples: pick(1, 3, 2),
            };
            let mut part = vec![0.0; 8];
            volume.read(&block, &mut part).unwrap();
            assert_eq!(part, [11.0, 14.0, 31.0, 34.0, 211.0, 214.0, 231.0, 234.0]);
            let copy = folder.path().join("copy.npy");
            crate::io::convert(
                volume.as_ref(),
                &volume.grid().all(),
                &copy,
                &crate::io::evidence::recipe(),
                true,
                &crate::task::Task::silent(),
            )
            .unwrap();
            let copy = crate::io::open(&copy, &crate::io::OpenOptions::default()).unwrap();
            assert_eq!(crate::io::evidence::read_all(copy.as_ref()), expected);
        }
    }
    for (version, dictionary) in [
        (
            4,
            "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 4, 5)}",
        ),
        (
            1,
            "{'descr': '<i4', 'fortran_order': 1, 'shape': (3, 4, 5)}",
        ),
        (
            1,
            "{'descr': '<i4', 'fortran_order': True, 'shape': (3, 4, 5",
        ),
        (
            1,
            "{'descr': '<i4', 'fortran_order': True, 'shape': (3, -4, 5)}",
        ),
        (
            1,
            "{'descr': [('x', '<i4')], 'fortran_order': True, 'shape': (3, 4, 5)}",
        ),
    ] {
        std::fs::write(&path, array(version, dictionary, &c_order)).unwrap();
        let opened = crate::io::open(&path, &crate::io::OpenOptions::default());
        assert!(opened.is_err(), "{dictionary}");
    }
}

#[test]
fn unsigned_numbers_have_no_sign() {
    for (descr, width) in [("u1", 1), ("<u2", 2), (">u4", 4), ("<u8", 8)] {
        let (format, order) = sample_format(descr).unwrap();
        assert_eq!(format.width(), width);
        let decoder = Decoder {
            format,
            order,
            null: None,
        };
        let mut out = [0.0];
        decoder.decode(&vec![0xff; width], 1, &mut out);
        assert_eq!(out[0], 2f32.powi(8 * width as i32) - f32::from(width < 3));
    }
}

#[test]
fn odd_dictionaries_are_refused() {
    assert_eq!(shape("(3, x)"), None);
    assert_eq!(shape("3"), None);
    assert_eq!(shape("()"), Some(vec![]));
    assert_eq!(sample_format("<c8"), None);
    assert_eq!(sample_format(""), None);
    assert_eq!(
        sample_format(">f4"),
        Some((SampleFormat::F32, ByteOrder::Big))
    );
}
