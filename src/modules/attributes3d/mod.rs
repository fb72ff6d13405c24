//! `attributes3d`: candidate attributes out of an amplitude volume.

mod job;
mod picks;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    Job, Kind, Module, ModuleError, OutputFile, Parameter, Place, Reads, Request, Training, Values,
    open_inputs, volumes::container,
};
use crate::attributes::{
    Attribute, AttributeOptions, Bandwidth, DipUnit, Energy, Footprint, Interpolation, Kernel,
    Taper,
};
use job::Compute;
use picks::AtPicks;

/// The module.
pub static MODULE: Attributes3d = Attributes3d;

/// See the module's documentation.
pub struct Attributes3d;

const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "attributes",
        Kind::Words,
        "all",
        "",
        "all (those up to coherent_energy; at polygons those before the dips), everything, first_look (the last four), or some of coherence, spectral_bandwidth, spectral_roughness, glcm_entropy, glcm_variance, dip_deviation, energy_deviation, dip_energy_covariance, reflector_convergence, inline_dip, crossline_dip, coherent_energy, eigenstructure_coherence, convergence_azimuth, inline_convergence, crossline_convergence, reflector_rotation, envelope, instantaneous_frequency, rms_amplitude, sweetness",
    ),
    Parameter::new(
        "at",
        Kind::Choice(&["volume", "polygons"]),
        "volume",
        "",
        "polygons: only what the picked voxels need, into a training file for attribute_selection and rfc3d",
    ),
    Parameter::new(
        "max_dip",
        Kind::Real(0.0, 89.0),
        "2",
        "",
        "steepest dip in dip_unit, samples per trace unless changed; steeper ones are clipped",
    ),
    Parameter::new(
        "dip_unit",
        Kind::Choice(&["samples/trace", "degrees", "s/m"]),
        "samples/trace",
        "",
        "what max_dip is told in; degrees are those of depth, s/m those of two-way time",
    ),
    Parameter::new(
        "dip_height",
        Kind::Real(0.0, 20.0),
        "2.5",
        "samples",
        "standard deviation of the smoothing of dips, along traces",
    ),
    Parameter::new(
        "dip_width",
        Kind::Real(0.0, 8.0),
        "1",
        "traces",
        "standard deviation of the smoothing of dips, across traces",
    ),
    Parameter::new(
        "refined_dips",
        Kind::Flag,
        "no",
        "",
        "dips of the most planar window that overlaps: sharp where dips change at once",
    ),
    Parameter::new(
        "steered",
        Kind::Flag,
        "yes",
        "",
        "windows follow the dip; without it they lie flat",
    ),
    Parameter::new(
        "interpolation",
        Kind::Choice(&["linear", "sinc"]),
        "linear",
        "",
        "how windows of coherence and co-occurrence read between samples; sinc takes eight of them, and longer",
    ),
    Parameter::new(
        "footprint",
        Kind::Choice(&["cross5", "square9"]),
        "cross5",
        "",
        "traces compared for coherence: a cross, or a square",
    ),
    Parameter::new(
        "footprint_radius",
        Kind::Whole(1, 2),
        "1",
        "traces",
        "how far they reach: 2 makes nine of cross5 and twenty-five of square9",
    ),
    Parameter::new(
        "half_height",
        Kind::Whole(0, 31),
        "5",
        "samples",
        "half-height of the coherence window",
    ),
    Parameter::new(
        "analytic",
        Kind::Flag,
        "yes",
        "",
        "coherence of the analytic trace, not of the real one alone",
    ),
    Parameter::new(
        "spectral_window",
        Kind::Real(1.0, 2000.0),
        "128",
        "ms",
        "length of the window of local spectra",
    ),
    Parameter::new(
        "taper",
        Kind::Choice(&["hann", "gaussian"]),
        "hann",
        "",
        "how that window fades towards its ends; gaussian to two and a half standard deviations",
    ),
    Parameter::new(
        "lowest_frequency",
        Kind::Real(0.0, 10_000.0),
        "5",
        "Hz",
        "lowest frequency of local spectra",
    ),
    Parameter::new(
        "highest_frequency",
        Kind::Real(1.0, 10_000.0),
        "120",
        "Hz",
        "highest frequency of local spectra, at most 0.8 of Nyquist",
    ),
    Parameter::new(
        "bandwidth",
        Kind::Choice(&["percentiles", "rms"]),
        "percentiles",
        "",
        "bandwidth from 15 to 85 percent of the power, or as a standard deviation",
    ),
    Parameter::new(
        "levels",
        Kind::Whole(3, 63),
        "17",
        "",
        "grey levels of co-occurrence; odd",
    ),
    Parameter::new(
        "clip",
        Kind::Real(0.1, 100.0),
        "2.5",
        "rms",
        "amplitude of the highest grey level",
    ),
    Parameter::new(
        "pooled",
        Kind::Flag,
        "yes",
        "",
        "pairs in all directions make one co-occurrence matrix; without it, the mean over one matrix a direction",
    ),
    Parameter::new(
        "glcm_radius",
        Kind::Whole(1, 8),
        "2",
        "traces",
        "lateral radius of the co-occurrence window",
    ),
    Parameter::new(
        "glcm_half_height",
        Kind::Whole(0, 31),
        "3",
        "samples",
        "half-height of the co-occurrence window",
    ),
    Parameter::new(
        "deviation_radius",
        Kind::Whole(1, 8),
        "2",
        "traces",
        "lateral radius of the window of dip_deviation, energy_deviation and their covariance",
    ),
    Parameter::new(
        "deviation_half_height",
        Kind::Whole(0, 31),
        "5",
        "samples",
        "half-height of that window",
    ),
    Parameter::new(
        "energy",
        Kind::Choice(&["coherent", "rms"]),
        "coherent",
        "",
        "energy of energy_deviation and of its covariance with dip: of what traces share, or the mean square of all",
    ),
    Parameter::new(
        "relative_energy",
        Kind::Flag,
        "no",
        "",
        "divide energy_deviation by the energy: per metre, whatever the amplitude",
    ),
    Parameter::new(
        "correlation",
        Kind::Flag,
        "no",
        "",
        "divide dip_energy_covariance by the two deviations: from -1 to 1",
    ),
    Parameter::new(
        "amplitude_half_height",
        Kind::Whole(0, 500),
        "8",
        "samples",
        "half-height of the window of rms_amplitude",
    ),
    Parameter::new(
        "velocity",
        Kind::Real(100.0, 10_000.0),
        "3000",
        "m/s",
        "turns depth into time for spectra, and time into depth for convergence",
    ),
    Parameter::new(
        "bin_size",
        Kind::Text,
        "auto",
        "m",
        "distance between crosslines and between inlines, as in 12.5,25; auto = from the file, else 25",
    ),
];

/// What `attributes3d --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttributeVolumes {
    /// One entry an attribute.
    pub outputs: Vec<AttributeVolume>,
}

/// An attribute volume that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeVolume {
    /// The attribute.
    pub attribute: String,
    /// The file.
    pub path: PathBuf,
    /// Voxels without a value, those without an amplitude included.
    pub nulls: u64,
    /// Voxels with a value.
    pub live: u64,
}

impl AttributeVolumes {
    /// The same with paths below `out`.
    pub(super) fn below(&self, out: &Path) -> Self {
        let mut volumes = self.clone();
        for output in &mut volumes.outputs {
            output.path = out.join(&output.path);
        }
        volumes
    }
}

impl Module for Attributes3d {
    fn name(&self) -> &'static str {
        "attributes3d"
    }

    fn summary(&self) -> &'static str {
        "compute candidate attributes from an amplitude volume"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn reads(&self) -> Reads {
        Reads::Amplitude
    }

    fn learns(&self) -> bool {
        false
    }

    fn makes(&self, request: &Request) -> Result<Vec<OutputFile>, ModuleError> {
        let values = request.values(&MODULE)?;
        let (Some(input), "volume") = (request.volumes.first(), values.text("at")) else {
            return Ok(Vec::new());
        };
        let extension = container(&input.path);
        let file = |attribute: Attribute| OutputFile {
            name: attribute.name().into(),
            path: format!("{}.{extension}", values.file_stem(attribute.name())).into(),
            role: job::role(attribute),
        };
        Ok(wanted(&values)?.into_iter().map(file).collect())
    }

    fn prepare(&self, request: &Request, place: &Place) -> Result<Box<dyn Job>, ModuleError> {
        let values = request.values(&MODULE)?;
        let wanted = wanted(&values)?;
        let options = options(&values)?;
        let [input] = &request.volumes[..] else {
            return Err(ModuleError::Input(format!(
                "attributes3d reads one amplitude volume; {} were given",
                request.volumes.len()
            )));
        };
        let volumes = open_inputs(std::slice::from_ref(input))?;
        let [amplitude] = &volumes[..] else {
            return Err(ModuleError::Input("the amplitude volume is gone".into()));
        };
        if values.text("at") == "polygons" {
            if request.training != Training::Polygons {
                return Err(ModuleError::parameter(
                    "at",
                    "polygons are those of a session; give --session SESSION.ron",
                ));
            }
            let picks = place.picks()?;
            return Ok(Box::new(AtPicks::plan(
                amplitude, wanted, options, &picks, &values, place,
            )?));
        }
        Ok(Box::new(Compute::plan(
            amplitude, wanted, options, &values, place,
        )?))
    }
}

/// Names of all attributes, in the order of the catalogue.
pub fn attribute_names() -> impl Iterator<Item = &'static str> {
    Attribute::all().map(Attribute::name)
}

/// An attribute and the options that a request for this module names, for a look
/// at what it does.
pub fn attribute_of(
    request: &Request,
    name: &str,
) -> Result<(Attribute, AttributeOptions), ModuleError> {
    Ok((Attribute::named(name)?, options(&request.values(&MODULE)?)?))
}

/// True where the values of an attribute depend on a parameter of this module.
pub fn parameters_of(name: &str, parameter: &str) -> bool {
    /// Of dips, which windows follow.
    const DIP: [&str; 5] = [
        "max_dip",
        "dip_unit",
        "dip_height",
        "dip_width",
        "refined_dips",
    ];
    /// Of coherence and coherent energy.
    const COHERENCE: [&str; 5] = [
        "footprint",
        "footprint_radius",
        "half_height",
        "analytic",
        "interpolation",
    ];
    let Ok(attribute) = Attribute::named(name) else {
        return false;
    };
    let among = |names: &[&str]| names.contains(&parameter);
    let along = among(&DIP) || parameter == "steered";
    match attribute.kernel() {
        Kernel::Dip => among(&DIP),
        Kernel::Coherence => {
            let real = attribute == Attribute::EigenstructureCoherence;
            along || among(&COHERENCE) && !(real && parameter == "analytic")
        }
        Kernel::Spectrum => {
            let shared = [
                "spectral_window",
                "taper",
                "lowest_frequency",
                "highest_frequency",
            ];
            let width = attribute == Attribute::SpectralBandwidth;
            among(&shared) || parameter == "velocity" || width && parameter == "bandwidth"
        }
        Kernel::Glcm => {
            let own = [
                "levels",
                "clip",
                "pooled",
                "glcm_radius",
                "glcm_half_height",
                "interpolation",
            ];
            along || among(&own)
        }
        Kernel::Deviation => {
            let window = [
                "deviation_radius",
                "deviation_half_height",
                "bin_size",
                "velocity",
            ];
            let own = match attribute {
                Attribute::EnergyDeviation => parameter == "relative_energy",
                Attribute::DipEnergyCovariance => among(&["relative_energy", "correlation"]),
                _ => false,
            };
            let energy = attribute != Attribute::DipDeviation;
            let energy = energy && (among(&COHERENCE) || parameter == "energy");
            along || among(&window) || own || energy
        }
        Kernel::Convergence => among(&DIP) || among(&["velocity", "bin_size"]),
        Kernel::Instantaneous => match attribute {
            Attribute::RmsAmplitude => parameter == "amplitude_half_height",
            Attribute::Envelope => false,
            Attribute::Sweetness => among(&["lowest_frequency", "velocity"]),
            _ => parameter == "velocity",
        },
    }
}

/// The attributes asked for, each once, in the order of the words.
fn wanted(values: &Values) -> Result<Vec<Attribute>, ModuleError> {
    let mut wanted = Vec::new();
    for word in values.words("attributes") {
        let named = match word.replace('-', "_").as_str() {
            // Dips depend on where a facies lies on the structure: rows to rank hold
            // them only where they are named.
            "all" if values.text("at") == "polygons" => {
                Attribute::standard().filter(|a| a.is_candidate()).collect()
            }
            "all" => Attribute::standard().collect(),
            "everything" => Attribute::all().collect(),
            "first_look" => Attribute::first_look().collect(),
            _ => vec![Attribute::named(&word)?],
        };
        for attribute in named {
            if !wanted.contains(&attribute) {
                wanted.push(attribute);
            }
        }
    }
    if wanted.is_empty() {
        return Err(ModuleError::parameter(
            "attributes",
            "name at least one attribute, or say all",
        ));
    }
    Ok(wanted)
}

/// Metres between crosslines and between inlines; one number stands for both.
pub(super) fn bin_size(text: &str) -> Result<Option<[f64; 2]>, ModuleError> {
    if text.is_empty() || text == "auto" {
        return Ok(None);
    }
    let numbers = text.split(',').map(|n| n.trim().parse().ok());
    match numbers.collect::<Option<Vec<f64>>>().as_deref() {
        Some([both]) => Ok(Some([*both, *both])),
        Some([crossline, inline]) => Ok(Some([*crossline, *inline])),
        _ => Err(ModuleError::parameter(
            "bin_size",
            "is neither auto nor two numbers such as 12.5,25",
        )),
    }
}

/// The options that the parameters name; `auto` and nothing mean the default.
fn options(values: &Values) -> Result<AttributeOptions, ModuleError> {
    let standard = AttributeOptions::default();
    let real = |name, otherwise| values.real(name).unwrap_or(otherwise);
    let whole = |name, otherwise| values.whole(name).unwrap_or(otherwise);
    let options = AttributeOptions {
        max_dip: real("max_dip", standard.max_dip),
        dip_unit: match values.text("dip_unit") {
            "degrees" => DipUnit::Degrees,
            "s/m" => DipUnit::Slowness,
            _ => DipUnit::Samples,
        },
        dip_height: real("dip_height", standard.dip_height),
        dip_width: real("dip_width", standard.dip_width),
        refined: values.flag("refined_dips"),
        interpolation: match values.text("interpolation") {
            "sinc" => Interpolation::Sinc,
            _ => Interpolation::Linear,
        },
        steered: values.flag("steered"),
        footprint: match values.text("footprint") {
            "square9" => Footprint::Square9,
            _ => Footprint::Cross5,
        },
        footprint_radius: whole("footprint_radius", standard.footprint_radius),
        half_height: whole("half_height", standard.half_height),
        analytic: values.flag("analytic"),
        spectral_window: values
            .real("spectral_window")
            .map_or(standard.spectral_window, |ms| ms / 1000.0),
        taper: match values.text("taper") {
            "gaussian" => Taper::Gaussian,
            _ => Taper::Hann,
        },
        lowest_frequency: real("lowest_frequency", standard.lowest_frequency),
        highest_frequency: real("highest_frequency", standard.highest_frequency),
        bandwidth: match values.text("bandwidth") {
            "rms" => Bandwidth::Rms,
            _ => Bandwidth::Percentiles,
        },
        levels: whole("levels", standard.levels),
        clip: real("clip", standard.clip),
        pooled: values.flag("pooled"),
        glcm_radius: whole("glcm_radius", standard.glcm_radius),
        glcm_half_height: whole("glcm_half_height", standard.glcm_half_height),
        deviation_radius: whole("deviation_radius", standard.deviation_radius),
        deviation_half_height: whole("deviation_half_height", standard.deviation_half_height),
        energy: match values.text("energy") {
            "rms" => Energy::Total,
            _ => Energy::Coherent,
        },
        relative_energy: values.flag("relative_energy"),
        correlation: values.flag("correlation"),
        amplitude_half_height: whole("amplitude_half_height", standard.amplitude_half_height),
        velocity: real("velocity", standard.velocity),
        bin: bin_size(values.text("bin_size"))?,
    };
    options.check()?;
    Ok(options)
}
