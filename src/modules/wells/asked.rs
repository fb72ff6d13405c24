//! How wells are asked for: on the command line, and typed in a form.

use std::path::PathBuf;

use super::Wells;
use crate::io::{Survey, read_logged_well};
use crate::model::printable;
use crate::modules::{Input, ModuleError};

/// Files of logs, and how these become classes.
///
/// In words it is `a1.las b2.las --log PHIE --cutoffs 0.1,0.2`; names with blanks
/// stand in quotes. [`words`](Self::words) writes what [`parse`](Self::parse) reads.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedWells {
    /// Logs: LAS, or text.
    pub files: Vec<PathBuf>,
    /// The curve to learn; not needed where there is one only.
    pub log: Option<String>,
    /// See [`Wells::cutoffs`].
    pub cutoffs: Vec<f64>,
    /// See [`Wells::min_purity`].
    pub min_purity: f64,
    /// See [`Wells::radius`].
    pub radius: f64,
}

impl Default for AskedWells {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            log: None,
            cutoffs: Vec::new(),
            min_purity: Wells::MIN_PURITY,
            radius: 0.0,
        }
    }
}

impl AskedWells {
    /// True where a text names wells and no other file: it begins with `--wells`, or
    /// with a LAS file.
    pub fn are_meant(text: &str) -> bool {
        let first = split(text).into_iter().next().unwrap_or_default();
        first == "--wells" || first.to_lowercase().ends_with(".las")
    }

    /// Reads a text of such words.
    pub fn parse(text: &str) -> Result<Self, ModuleError> {
        Self::of_words(split(text))
    }

    /// Takes the words of a command line; `--wells` before the files may be left out.
    pub fn of_words(words: Vec<String>) -> Result<Self, ModuleError> {
        let mut asked = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix("--") else {
                asked.files.push(word.into());
                continue;
            };
            if option == "wells" {
                continue;
            }
            let mut value = || {
                let value = words.next();
                value.ok_or_else(|| ModuleError::parameter(option, "needs a value"))
            };
            match option {
                "log" => asked.log = Some(value()?),
                "cutoffs" => {
                    let value = value()?;
                    let numbers = value.split(',').map(|word| number(option, word));
                    asked.cutoffs = numbers.collect::<Result<_, _>>()?;
                }
                "min-purity" => asked.min_purity = number(option, &value()?)?,
                "radius" => asked.radius = number(option, &value()?)?,
                _ => {
                    return Err(ModuleError::parameter(
                        "wells",
                        format!(
                            "`--{}` is no option of wells; there are --log, --cutoffs, --min-purity and --radius",
                            printable(option)
                        ),
                    ));
                }
            }
        }
        asked.check()?;
        Ok(asked)
    }

    fn check(&self) -> Result<(), ModuleError> {
        let (share, traces) = (self.min_purity, self.radius);
        if self.files.is_empty() {
            return Err(ModuleError::Input("no wells were given".into()));
        }
        if !(0.0..=1.0).contains(&share) {
            let reason = format!("{share} is no share from 0 to 1");
            return Err(ModuleError::parameter("min-purity", reason));
        }
        if !(0.0..=1000.0).contains(&traces) {
            let reason = format!("{traces} is not a number of traces from 0 to 1000");
            return Err(ModuleError::parameter("radius", reason));
        }
        Ok(())
    }

    /// The words of a command line that asks for the same.
    pub fn words(&self) -> Vec<String> {
        let mut words = vec!["--wells".to_owned()];
        words.extend(self.files.iter().map(|file| file.display().to_string()));
        if let Some(log) = &self.log {
            words.extend(["--log".to_owned(), log.clone()]);
        }
        if !self.cutoffs.is_empty() {
            let cutoffs: Vec<String> = self.cutoffs.iter().map(f64::to_string).collect();
            words.extend(["--cutoffs".to_owned(), cutoffs.join(",")]);
        }
        let defaults = Self::default();
        for (name, value, default) in [
            ("--min-purity", self.min_purity, defaults.min_purity),
            ("--radius", self.radius, defaults.radius),
        ] {
            if value.to_bits() != default.to_bits() {
                words.extend([name.to_owned(), value.to_string()]);
            }
        }
        words
    }

    /// Reads the wells into the survey of the first of some volumes; the notes say
    /// what of them could not be used.
    ///
    /// # Errors
    /// Without a volume, where a number is out of its range, and where a file cannot
    /// be read as a log.
    pub fn read(&self, volumes: &[Input]) -> Result<(Wells, Vec<String>), ModuleError> {
        self.check()?;
        let volume = volumes.first().ok_or_else(|| {
            ModuleError::Input(
                "wells are learnt from at the samples of volumes; choose some (--volumes)".into(),
            )
        })?;
        let survey = Survey::of(&volume.path, &volume.open)?;
        let (mut wells, mut notes) = (Vec::new(), Vec::new());
        for file in &self.files {
            let (well, said) = read_logged_well(file, self.log.as_deref(), &survey)?;
            let file = printable(&file.display().to_string());
            notes.extend(said.into_iter().map(|note| format!("{file}: {note}")));
            wells.push(well);
        }
        let wells = Wells {
            wells,
            log: printable(self.log.as_deref().unwrap_or("log")),
            cutoffs: self.cutoffs.clone(),
            min_purity: self.min_purity,
            radius: self.radius,
        };
        Ok((wells, notes))
    }
}

fn number(option: &str, word: &str) -> Result<f64, ModuleError> {
    let number = word.trim().parse::<f64>();
    number.map_err(|_| {
        let reason = format!("`{}` is no number", printable(word));
        ModuleError::parameter(option, reason)
    })
}

/// Words between blanks; those in quotes may hold blanks.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut begun) = (String::new(), None, false);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => (quote, begun) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        let text = "'a 1.las' b2.LAS --log PHIE --cutoffs -0.1,0.2 --radius 1.5";
        let asked = AskedWells::parse(text).unwrap();
        assert_eq!(asked.files, [PathBuf::from("a 1.las"), "b2.LAS".into()]);
        assert_eq!(asked.cutoffs, [-0.1, 0.2]);
        assert_eq!((asked.min_purity, asked.radius), (0.6, 1.5));
        assert_eq!(AskedWells::of_words(asked.words()).unwrap(), asked);
        assert!(AskedWells::are_meant(text) && AskedWells::are_meant("--wells log.txt"));
        assert!(!AskedWells::are_meant("training.txt") && !AskedWells::are_meant(""));
    }

    #[test]
    fn what_cannot_be_taken_is_named() {
        for (text, said) in [
            ("--wells", "no wells"),
            ("a.las --cutoffs 1,x", "`x` is no number"),
            ("a.las --log", "needs a value"),
            ("a.las --depth 3", "`--depth` is no option"),
            ("a.las --radius -1", "not a number of traces"),
            ("a.las --min-purity 2", "no share"),
        ] {
            let error = AskedWells::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
        let asked = AskedWells::parse("a.las").unwrap();
        assert!(asked.read(&[]).unwrap_err().to_string().contains("volumes"));
    }
}
