//! Small whole files of every kind that is read, to be spoilt.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outcrop::io::{OpenOptions, SampleKind, VolumeWriter, convert, open};
use outcrop::model::{Axis, Grid, Recipe, SampleUnit, Spacing};
use outcrop::modules::{Request, Training};
use outcrop::runs::{Frozen, Quiet, RunDirectory, Turn, work};
use outcrop::task::Task;

/// What reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Volume,
    Polygons,
    Horizon,
    Well,
    Training,
    Session,
    Run,
}

/// A folder of files of which one is to be spoilt.
#[derive(Clone)]
pub struct Seed {
    pub name: &'static str,
    pub kind: Kind,
    /// What is opened, below the folder.
    pub opened: &'static str,
    /// What is spoilt, below the folder.
    pub spoilt: &'static str,
    /// All files of the folder.
    pub files: Vec<(PathBuf, Vec<u8>)>,
}

impl Seed {
    /// The bytes of the file that is spoilt.
    pub fn bytes(&self) -> &[u8] {
        let file = self
            .files
            .iter()
            .find(|(name, _)| name == Path::new(self.spoilt));
        &file.unwrap().1
    }

    /// Writes the whole folder.
    pub fn lay_out(&self, folder: &Path) {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

fn recipe() -> Recipe {
    Recipe {
        module: "mutation".into(),
        version: "1".into(),
        request: String::new(),
    }
}

/// Every file below a folder.
fn files(folder: &Path, below: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join(below)).unwrap() {
        let name = below.join(entry.unwrap().file_name());
        if folder.join(&name).is_dir() {
            found.extend(files(folder, &name));
        } else {
            found.push((name.clone(), std::fs::read(folder.join(&name)).unwrap()));
        }
    }
    found.sort();
    found
}

const KINDS: [(&str, Kind, &str, &str); 18] = [
    ("segy", Kind::Volume, "a.sgy", "a.sgy"),
    ("segy classes", Kind::Volume, "c.sgy", "c.sgy"),
    ("segy revision 2", Kind::Volume, "r2.sgy", "r2.sgy"),
    ("segy with holes", Kind::Volume, "h.sgy", "h.sgy"),
    (".H history", Kind::Volume, "a.H", "a.H"),
    (".H samples", Kind::Volume, "a.H", "a.H@"),
    (".H header format", Kind::Volume, "a.H", "a.H@@"),
    (".H headers", Kind::Volume, "a.H", "a.H@@@"),
    (".H grid format", Kind::Volume, "g.H", "g.H@@@@"),
    (".rsf", Kind::Volume, "i.rsf", "i.rsf"),
    (".npy", Kind::Volume, "a.npy", "a.npy"),
    (".npy of Fortran", Kind::Volume, "f.npy", "f.npy"),
    ("polygons", Kind::Polygons, "salt.txt", "salt.txt"),
    ("horizon", Kind::Horizon, "top.dat", "top.dat"),
    ("well", Kind::Well, "a1.txt", "a1.txt"),
    ("training text", Kind::Training, "t.txt", "t.txt"),
    ("groups", Kind::Training, "t.txt", "t.groups.txt"),
    ("session", Kind::Session, "s.ron", "s.ron"),
];

/// One seed of each kind, the same every time.
pub fn all() -> Vec<Seed> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    volumes(folder);
    texts(folder);
    let run = run(folder);
    let every = files(folder, Path::new(""));
    let mut seeds: Vec<Seed> = KINDS
        .into_iter()
        .map(|(name, kind, opened, spoilt)| {
            let stem = |name: &Path| name.to_string_lossy().split('.').next().map(str::to_owned);
            let own = every
                .iter()
                .filter(|(file, _)| stem(file) == stem(Path::new(opened)));
            Seed {
                name,
                kind,
                opened,
                spoilt,
                files: own.cloned().collect(),
            }
        })
        .collect();
    for (name, spoilt) in [
        ("run request", "request.ron"),
        ("run progress", "progress.ron"),
        ("run result", "result.ron"),
    ] {
        seeds.push(Seed {
            name,
            kind: Kind::Run,
            opened: "",
            spoilt,
            files: run.clone(),
        });
    }
    seeds
}

/// A small cube in every container, with trace headers where there are some.
fn volumes(folder: &Path) {
    let grid = Grid {
        inlines: Axis::new(100.0, 2.0, 4),
        crosslines: Axis::new(20.0, 1.0, 5),
        samples: Axis::new(0.0, 4.0, 9),
        unit: SampleUnit::Milliseconds,
        spacing: Some(Spacing {
            inline: 25.0,
            crossline: 12.5,
        }),
    };
    let data: Vec<f32> = (0..grid.len()).map(|i| (i % 3) as f32 - 0.5).collect();
    for (name, kind) in [
        ("a.sgy", SampleKind::Continuous),
        ("c.sgy", SampleKind::Classes),
    ] {
        let path = folder.join(name);
        let writer = VolumeWriter::fresh(&path, &grid, kind, &recipe(), false).unwrap();
        writer.write(&grid.all(), &data).unwrap();
        writer.finish().unwrap();
    }
    let volume = open(&folder.join("a.sgy"), &OpenOptions::default()).unwrap();
    for name in ["a.H", "a.npy"] {
        let silent = Task::silent();
        let path = folder.join(name);
        convert(
            volume.as_ref(),
            &grid.all(),
            &path,
            &recipe(),
            false,
            &silent,
        )
        .unwrap();
    }
    let segy = std::fs::read(folder.join("a.sgy")).unwrap();
    // Revision 2 with samples counted in the extended field, one text more that
    // ends the texts, and an unsigned format.
    let mut second = segy.clone();
    second[..3200].fill(b' ');
    let mut set = |byte: usize, value: &[u8]| {
        second[byte - 1..byte - 1 + value.len()].copy_from_slice(value);
    };
    set(3501, &[2, 0]);
    set(3269, &9i32.to_be_bytes());
    set(3505, &(-1i16).to_be_bytes());
    let mut text = b"((SEG: EndText))".to_vec();
    text.resize(3200, b' ');
    second.splice(3600..3600, text);
    std::fs::write(folder.join("r2.sgy"), second).unwrap();
    // Without some traces, with one twice and one dead.
    let stride = 240 + 4 * 9;
    let trace = |i: usize| segy[3600 + i * stride..3600 + (i + 1) * stride].to_vec();
    let mut holes = segy[..3600].to_vec();
    for i in [
        0, 1, 2, 4, 5, 6, 6, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19,
    ] {
        let mut trace = trace(i);
        trace[29] = if i == 8 { 2 } else { 1 };
        holes.extend(trace);
    }
    std::fs::write(folder.join("h.sgy"), holes).unwrap();
    let samples = std::fs::read(folder.join("a.H@")).unwrap();
    let mut inline = b"sfwindow:\n\tn1=9 n2=5 n3=4 d1=0.004 o1=0 unit1=\"s\" label1=\"Time\"\n\
        \tdata_format=\"xdr_float\" esize=4 in=\"stdin\"\n\n\x0c\x0c\x04"
        .to_vec();
    inline.extend(&samples);
    std::fs::write(folder.join("i.rsf"), inline).unwrap();
    let text =
        "n1=9 n2=20 n3=1 in=g.H@ hff=g.H@@ gff=g.H@@@@ data_format=xdr_float null_value=-1\n";
    std::fs::write(folder.join("g.H"), text).unwrap();
    std::fs::write(folder.join("g.H@"), &samples).unwrap();
    let text = "n1=1 n2=20 in=g.H@@@ hdrkey1=data_record_number hdrtype1=scalar_int \
        hdrfmt1=xdr_int same_record_number=0\n";
    std::fs::write(folder.join("g.H@@"), text).unwrap();
    let numbers = |n: i32| {
        (1..=n)
            .rev()
            .flat_map(i32::to_be_bytes)
            .collect::<Vec<u8>>()
    };
    std::fs::write(folder.join("g.H@@@"), numbers(20)).unwrap();
    let text = "n1=1 n2=4 n3=4 o2=10 o3=20 d2=1 d3=2 in=g.H@@@@@@ data_format=xdr_int\n";
    std::fs::write(folder.join("g.H@@@@"), text).unwrap();
    std::fs::write(folder.join("g.H@@@@@@"), numbers(16)).unwrap();
    let dictionary = "{'descr': '>i2', 'fortran_order': True, 'shape': (3, 4, 5), }\n";
    let mut fortran = b"\x93NUMPY\x02\x00".to_vec();
    fortran.extend((dictionary.len() as u32).to_le_bytes());
    fortran.extend(dictionary.bytes());
    fortran.extend((0..60i16).flat_map(i16::to_be_bytes));
    std::fs::write(folder.join("f.npy"), fortran).unwrap();
}

fn texts(folder: &Path) {
    std::fs::write(
        folder.join("salt.txt"),
        "# facies polygons v1\nfacies = \"salt \\\"dome\\\"\"\ncolor = 1\n\
         polygon inline 430\n  name = \"first\"\n  512 1204\n  530.5 1310\n  541 1190\nend\n\
         polygon time 1220.5\n  -1 -2\n  9 1e2\n  9 9\n  4 4\nend\n",
    )
    .unwrap();
    std::fs::write(
        folder.join("top.dat"),
        "! Horizon \"top\"\n# Inline Crossline Z(s)\nInline Crossline Z\n10 1 0.500\n\
         10,2,0.504\n11\t1\t1e30\n11;2;0.51\n999 999 999\n",
    )
    .unwrap();
    std::fs::write(
        folder.join("a1.txt"),
        "inline crossline time class\n10 20 0\n10 20 400 shale\n10.5 21 480 \"sand\"\n10 21 500 -\n",
    )
    .unwrap();
    let row = |i: i32| {
        let (class, b) = (1 + i / 12, 10 - i);
        format!("{} 200 1.2{i} {} {b} {class}", 100 + i, i % 5)
    };
    let rows = (0..24).map(row).collect::<Vec<_>>().join("\n");
    let text = format!(
        "# training file v1  nvec=24 nattr=2 nclass=2\n\
         # attributes: coherence entropy ; classes: 1=salt 2=mtd\n{rows}\n"
    );
    std::fs::write(folder.join("t.txt"), text).unwrap();
    let label = |i: i32| format!("p{}", i / 4);
    let groups = (0..24).map(label).collect::<Vec<_>>().join("\n");
    std::fs::write(folder.join("t.groups.txt"), groups).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions/demo.ron");
    std::fs::copy(sample, folder.join("s.ron")).unwrap();
}

/// The files of a small run that is done.
fn run(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let module = outcrop::modules::find("rfc3d").unwrap();
    let settings =
        BTreeMap::from([("trees", "2"), ("folds", "0")].map(|(a, b)| (a.into(), b.into())));
    let request = Request::new(module, &settings, Vec::new(), Training::File).unwrap();
    let frozen = Frozen {
        training: Some(folder.join("t.txt")),
        ..Frozen::default()
    };
    let runs = tempfile::tempdir().unwrap();
    let run = RunDirectory::create(runs.path(), &request, &frozen).unwrap();
    work(&run, Turn::Now, &Quiet).unwrap();
    files(run.path(), Path::new(""))
}
