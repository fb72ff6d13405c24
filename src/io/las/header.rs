//! What stands before the data: sections of lines `MNEM.UNIT  VALUE : DESCRIPTION`.

/// A section, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Version,
    Well,
    Curves,
    Data,
    /// Parameters, remarks, and the sections of other data in LAS 3.0.
    Other,
}

/// What separates the values of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Delimiter {
    #[default]
    Blank,
    Comma,
    Tab,
}

/// What the sections before the data tell.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) version: Option<f64>,
    pub(super) wrapped: bool,
    pub(super) delimiter: Delimiter,
    pub(super) null: Option<f64>,
    /// Name and identifier of the well.
    pub(super) well: [String; 2],
    /// Name and unit of each curve.
    pub(super) curves: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
}

/// The parts of a line.
struct Item<'a> {
    name: &'a str,
    unit: &'a str,
    value: &'a str,
    description: &'a str,
}

impl Header {
    /// The section that a title opens, given without its `~`.
    pub(super) fn section(&self, title: &str) -> Section {
        let word = title.split_whitespace().next().unwrap_or("");
        let word = word.to_uppercase();
        // `~Log_Data[1] | Log_Definition[1]`: the number counts runs.
        let plain = word.split(['[', '|']).next().unwrap_or("");
        match plain {
            "LOG_DEFINITION" => Section::Curves,
            "LOG_DATA" => Section::Data,
            _ if plain.contains('_') => Section::Other,
            // A bare `~` before the names of the columns.
            _ if title.starts_with(char::is_whitespace) && !self.curves.is_empty() => Section::Data,
            _ if plain.starts_with('V') => Section::Version,
            _ if plain.starts_with('W') => Section::Well,
            _ if plain == "C" || plain.starts_with("CURVE") => Section::Curves,
            _ if plain == "A" || plain.starts_with("ASC") => Section::Data,
            _ => Section::Other,
        }
    }

    /// Takes up a line of a section.
    pub(super) fn item(&mut self, section: Section, number: usize, line: &str) {
        if !matches!(section, Section::Version | Section::Well | Section::Curves) {
            return;
        }
        let Some(item) = Item::of(line) else {
            if section == Section::Curves {
                self.notes
                    .push(format!("line {number} names no curve: passed over"));
            }
            return;
        };
        let name = item.name.to_uppercase();
        match section {
            Section::Version => self.version_item(&name, item.value),
            Section::Well => self.well_item(&name, &item),
            _ => {
                let unit = item.unit.trim_matches(['[', ']', '(', ')']);
                self.curves.push((item.name.to_owned(), unit.to_owned()));
            }
        }
    }

    fn version_item(&mut self, name: &str, value: &str) {
        let word = value.to_uppercase();
        match name {
            "VERS" => self.version = value.parse().ok(),
            "WRAP" => self.wrapped = word.starts_with('Y'),
            "DLM" => {
                self.delimiter = match word.as_str() {
                    "COMMA" => Delimiter::Comma,
                    "TAB" => Delimiter::Tab,
                    _ => Delimiter::Blank,
                }
            }
            _ => {}
        }
    }

    fn well_item(&mut self, name: &str, item: &Item) {
        // Before 2.0 the value of all but the numbers stands behind the colon.
        let old = self.version.is_some_and(|v| v < 2.0);
        let text = match (old, item.description) {
            (true, text) if !text.is_empty() => text,
            _ => item.value,
        };
        match name {
            "NULL" => self.null = item.value.replace(',', ".").parse().ok(),
            "WELL" => text.clone_into(&mut self.well[0]),
            "UWI" | "API" => text.clone_into(&mut self.well[1]),
            _ => {}
        }
    }
}

impl Item<'_> {
    /// The parts of a line; nothing where it has neither point nor colon.
    fn of(line: &str) -> Option<Item<'_>> {
        let (head, description) = line.rsplit_once(':').unwrap_or((line, ""));
        let head = head.trim();
        // A stray point before the name, unless it is all that comes before the unit.
        let head = match head.strip_prefix('.') {
            Some(rest)
                if rest
                    .split_whitespace()
                    .next()
                    .is_some_and(|w| w.contains('.')) =>
            {
                rest
            }
            Some(rest)
                if rest
                    .trim_start()
                    .split_once(char::is_whitespace)
                    .is_some_and(|(_, after)| after.trim_start().starts_with('.')) =>
            {
                rest
            }
            _ => head,
        };
        // `Cond..MS/M`: the name ends with a point of its own.
        let point = match head.rfind("..") {
            Some(at) => Some(at + 1),
            None => head.find('.'),
        };
        let (name, rest) = match point {
            Some(at) => (&head[..at], &head[at + 1..]),
            None if line.contains(':') => {
                let (name, rest) = head.split_once(char::is_whitespace).unwrap_or((head, ""));
                return Some(Item {
                    name,
                    unit: "",
                    value: rest.trim(),
                    description: description.trim(),
                });
            }
            None => return None,
        };
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        Some(Item {
            name: name.trim(),
            unit: &rest[..end],
            value: rest[end..].trim(),
            description: description.trim(),
        })
    }
}
