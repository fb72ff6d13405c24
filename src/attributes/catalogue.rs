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
    /// Apparent dip on an inline section.
    InlineDip,
    /// Apparent dip on a crossline section.
    CrosslineDip,
    /// Energy of the coherent part of the data along structure.
    CoherentEnergy,
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
const CATALOGUE: &[Entry] = &[
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
];

impl Attribute {
    /// All attributes, candidates for facies and by-products alike.
    pub fn all() -> impl Iterator<Item = Attribute> {
        CATALOGUE.iter().map(|e| e.attribute)
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

    /// What computes it.
    pub fn kernel(self) -> Kernel {
        self.entry().kernel
    }

    /// True where it may tell facies apart. Dips depend on where a facies lies
    /// on the structure, not on what it is.
    pub fn is_candidate(self) -> bool {
        self.entry().candidate
    }

    fn entry(self) -> &'static Entry {
        let at = CATALOGUE.iter().position(|e| e.attribute == self);
        // Every variant has a row: a test says so.
        &CATALOGUE[at.unwrap_or(0)]
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
        use Attribute::{
            Coherence, CoherentEnergy, CrosslineDip, GlcmEntropy, GlcmVariance, InlineDip,
            SpectralBandwidth, SpectralRoughness,
        };
        let variants = [
            Coherence,
            SpectralBandwidth,
            SpectralRoughness,
            GlcmEntropy,
            GlcmVariance,
            InlineDip,
            CrosslineDip,
            CoherentEnergy,
        ];
        assert_eq!(CATALOGUE.len(), variants.len());
        for attribute in variants {
            assert_eq!(attribute.entry().attribute, attribute);
            assert_eq!(Attribute::named(attribute.name()).unwrap(), attribute);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = Attribute::named("chaos\u{1b}").unwrap_err().to_string();
        assert!(error.starts_with("there is no attribute `chaos`; there are coherence, "));
    }
}
