//! The attributes there are: names, units, what each needs.

use serde::{Deserialize, Serialize};

use super::AttributeError;

/// An attribute of amplitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Attribute {
    /// Energy ratio of the coherent part of the data along structure.
    Coherence,
    /// Width of the local spectrum.
    SpectralBandwidth,
    /// Deviation of the local spectrum from a straight line.
    SpectralRoughness,
    /// Disorder of neighbouring amplitudes.
    GlcmEntropy,
    /// Spread of neighbouring amplitudes.
    GlcmVariance,
    /// Spread of the dip vector around a voxel.
    DipDeviation,
    /// Spread of the lateral gradient of coherent energy around a voxel.
    EnergyDeviation,
    /// How dip and the gradient of coherent energy vary together.
    DipEnergyCovariance,
    /// Size of the convergence vector of reflectors.
    ReflectorConvergence,
    /// Apparent dip on an inline section.
    InlineDip,
    /// Apparent dip on a crossline section.
    CrosslineDip,
    /// Energy of the coherent part of the data along structure.
    CoherentEnergy,
    /// Coherence of the real trace alone.
    EigenstructureCoherence,
    /// Direction of the convergence vector.
    ConvergenceAzimuth,
    /// Component of the convergence vector along increasing crosslines.
    InlineConvergence,
    /// Component of the convergence vector along increasing inlines.
    CrosslineConvergence,
    /// Rotation of reflectors about their normal.
    ReflectorRotation,
    /// Size of the analytic trace.
    Envelope,
    /// Rate of change of the analytic trace's phase.
    InstantaneousFrequency,
    /// Root mean square amplitude in a sliding window.
    RmsAmplitude,
    /// Envelope over the root of the frequency.
    Sweetness,
}

/// What one computation yields; attributes of one kernel share its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kernel {
    /// Gradient structure tensor and its eigenvectors.
    Dip,
    /// Covariance of the traces around a voxel.
    Coherence,
    /// Local spectra.
    Spectrum,
    /// Grey-level co-occurrence matrices.
    Glcm,
    /// Spread of dips and of gradients of energy.
    Deviation,
    /// Curl of the reflectors' normal.
    Convergence,
    /// The analytic trace.
    Instantaneous,
}

/// A row of the catalogue.
struct Entry {
    attribute: Attribute,
    name: &'static str,
    unit: &'static str,
    kernel: Kernel,
    candidate: bool,
    doc: &'static str,
}

/// Candidates for facies first, in the order in which they are shown; then the
/// by-products.
const CATALOGUE: &[Entry; Attribute::COUNT] = &[
    Entry {
        attribute: Attribute::Coherence,
        name: "coherence",
        unit: "",
        kernel: Kernel::Coherence,
        candidate: true,
        doc: "energy ratio similarity of neighbouring traces along dip; 1 where they share one waveform",
    },
    Entry {
        attribute: Attribute::SpectralBandwidth,
        name: "spectral_bandwidth",
        unit: "Hz",
        kernel: Kernel::Spectrum,
        candidate: true,
        doc: "width of the local power spectrum between its 15 and 85 percent points",
    },
    Entry {
        attribute: Attribute::SpectralRoughness,
        name: "spectral_roughness",
        unit: "",
        kernel: Kernel::Spectrum,
        candidate: true,
        doc: "scatter of the local amplitude spectrum about a straight line over its bandwidth",
    },
    Entry {
        attribute: Attribute::GlcmEntropy,
        name: "glcm_entropy",
        unit: "nat",
        kernel: Kernel::Glcm,
        candidate: true,
        doc: "disorder of neighbouring grey levels along dip; 0 for a constant",
    },
    Entry {
        attribute: Attribute::GlcmVariance,
        name: "glcm_variance",
        unit: "level^2",
        kernel: Kernel::Glcm,
        candidate: true,
        doc: "spread of grey levels along dip",
    },
    Entry {
        attribute: Attribute::DipDeviation,
        name: "dip_deviation",
        unit: "s/m",
        kernel: Kernel::Deviation,
        candidate: true,
        doc: "standard deviation of the dip vector around a voxel; high where layers are broken up",
    },
    Entry {
        attribute: Attribute::EnergyDeviation,
        name: "energy_deviation",
        unit: "amplitude^2/m",
        kernel: Kernel::Deviation,
        candidate: true,
        doc: "standard deviation of the lateral gradient of coherent energy around a voxel",
    },
    Entry {
        attribute: Attribute::DipEnergyCovariance,
        name: "dip_energy_covariance",
        unit: "s amplitude^2/m^2",
        kernel: Kernel::Deviation,
        candidate: true,
        doc: "how dip and the gradient of coherent energy vary together around a voxel",
    },
    Entry {
        attribute: Attribute::ReflectorConvergence,
        name: "reflector_convergence",
        unit: "1/m",
        kernel: Kernel::Convergence,
        candidate: true,
        doc: "size of the vector along which reflectors converge; 0 for parallel layers",
    },
    Entry {
        attribute: Attribute::InlineDip,
        name: "inline_dip",
        unit: "samples/trace",
        kernel: Kernel::Dip,
        candidate: false,
        doc: "apparent dip seen on an inline section; positive where events get later with increasing crossline index",
    },
    Entry {
        attribute: Attribute::CrosslineDip,
        name: "crossline_dip",
        unit: "samples/trace",
        kernel: Kernel::Dip,
        candidate: false,
        doc: "apparent dip seen on a crossline section; positive where events get later with increasing inline index",
    },
    Entry {
        attribute: Attribute::CoherentEnergy,
        name: "coherent_energy",
        unit: "amplitude^2",
        kernel: Kernel::Coherence,
        candidate: true,
        doc: "mean energy of the part of neighbouring traces that shares one waveform, along dip",
    },
    Entry {
        attribute: Attribute::EigenstructureCoherence,
        name: "eigenstructure_coherence",
        unit: "",
        kernel: Kernel::Coherence,
        candidate: false,
        doc: "coherence of the real traces alone, without their quadrature",
    },
    Entry {
        attribute: Attribute::ConvergenceAzimuth,
        name: "convergence_azimuth",
        unit: "degrees",
        kernel: Kernel::Convergence,
        candidate: false,
        doc: "direction in which reflectors converge, from increasing inlines towards increasing crosslines",
    },
    Entry {
        attribute: Attribute::InlineConvergence,
        name: "inline_convergence",
        unit: "1/m",
        kernel: Kernel::Convergence,
        candidate: false,
        doc: "convergence seen on an inline section, positive towards increasing crosslines",
    },
    Entry {
        attribute: Attribute::CrosslineConvergence,
        name: "crossline_convergence",
        unit: "1/m",
        kernel: Kernel::Convergence,
        candidate: false,
        doc: "convergence seen on a crossline section, positive towards increasing inlines",
    },
    Entry {
        attribute: Attribute::ReflectorRotation,
        name: "reflector_rotation",
        unit: "1/m",
        kernel: Kernel::Convergence,
        candidate: false,
        doc: "rotation of reflectors about their normal, as across a strike-slip fault",
    },
    Entry {
        attribute: Attribute::Envelope,
        name: "envelope",
        unit: "amplitude",
        kernel: Kernel::Instantaneous,
        candidate: false,
        doc: "size of the analytic trace, whatever its phase",
    },
    Entry {
        attribute: Attribute::InstantaneousFrequency,
        name: "instantaneous_frequency",
        unit: "Hz",
        kernel: Kernel::Instantaneous,
        candidate: false,
        doc: "rate at which the phase of the analytic trace turns",
    },
    Entry {
        attribute: Attribute::RmsAmplitude,
        name: "rms_amplitude",
        unit: "amplitude",
        kernel: Kernel::Instantaneous,
        candidate: false,
        doc: "root mean square amplitude in a window along the trace",
    },
    Entry {
        attribute: Attribute::Sweetness,
        name: "sweetness",
        unit: "amplitude/Hz^0.5",
        kernel: Kernel::Instantaneous,
        candidate: false,
        doc: "envelope over the square root of instantaneous frequency; high in strong, slow events",
    },
];

impl Attribute {
    /// How many there are.
    const COUNT: usize = Attribute::Sweetness as usize + 1;

    /// All attributes, candidates for facies and by-products alike.
    pub fn all() -> impl Iterator<Item = Attribute> {
        CATALOGUE.iter().map(|e| e.attribute)
    }

    /// The attributes that are meant where nothing else is said: candidates, dips
    /// and coherent energy.
    pub fn standard() -> impl Iterator<Item = Attribute> {
        let last = CATALOGUE
            .iter()
            .position(|e| e.attribute == Attribute::CoherentEnergy);
        Attribute::all().take(last.map_or(0, |last| last + 1))
    }

    /// The attributes that a first look needs: those of single traces.
    pub fn first_look() -> impl Iterator<Item = Attribute> {
        Attribute::all().filter(|a| a.kernel() == Kernel::Instantaneous)
    }

    /// The attribute of a name; hyphens are accepted for underscores.
    ///
    /// ```
    /// use outcrop::attributes::Attribute;
    /// assert_eq!(Attribute::named("glcm-entropy").unwrap(), Attribute::GlcmEntropy);
    /// assert!(Attribute::named("colour").is_err());
    /// ```
    pub fn named(name: &str) -> Result<Attribute, AttributeError> {
        let wanted = name.trim().replace('-', "_");
        CATALOGUE
            .iter()
            .find(|e| e.name.eq_ignore_ascii_case(&wanted))
            .map(|e| e.attribute)
            .ok_or_else(|| AttributeError::Unknown {
                name: crate::model::printable(name),
                known: CATALOGUE
                    .iter()
                    .map(|e| e.name)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// Its name, in files, tables and sessions.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The unit of its values; empty where they have none.
    pub fn unit(self) -> &'static str {
        self.entry().unit
    }

    /// What it shows, in one line.
    pub fn doc(self) -> &'static str {
        self.entry().doc
    }

    /// Why a live voxel may have no value, in one line.
    pub fn gap(self) -> &'static str {
        match self.kernel() {
            Kernel::Dip | Kernel::Convergence => "none: every live voxel has one",
            Kernel::Coherence => "silence, or fewer than three traces in the window",
            Kernel::Spectrum => "silence, or a band of fewer than four frequencies",
            Kernel::Glcm => "fewer than eight pairs of samples in the window",
            Kernel::Deviation => "less than half of the window is live",
            Kernel::Instantaneous => "silence has no frequency",
        }
    }

    /// What computes it.
    pub fn kernel(self) -> Kernel {
        self.entry().kernel
    }

    /// True where it may tell facies apart. Dips depend on where a facies lies
    /// on the structure, not on what it is.
    pub fn is_candidate(self) -> bool {
        self.entry().candidate
    }

    /// Its place in the catalogue, which lists the variants in their order.
    fn slot(self) -> usize {
        self as usize
    }

    fn entry(self) -> &'static Entry {
        &CATALOGUE[self.slot()]
    }
}

impl std::fmt::Display for Attribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_has_its_own_row() {
        for (i, entry) in CATALOGUE.iter().enumerate() {
            assert_eq!(entry.attribute.entry().name, entry.name);
            assert_eq!(Attribute::named(entry.name).unwrap(), entry.attribute);
            assert_eq!(entry.attribute.slot(), i);
        }
        assert_eq!(Attribute::standard().count(), 12);
        assert_eq!(
            Attribute::standard().filter(|a| a.is_candidate()).count(),
            10
        );
        assert_eq!(Attribute::first_look().count(), 4);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Attribute::named("chaos\u{1b}").unwrap_err().to_string();
        assert!(error.starts_with("there is no attribute `chaos`; there are coherence, "));
    }
}
