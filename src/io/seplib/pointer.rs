//! From a key that names another file (`in`, `hff`, `gff`) to that file: where
//! the key says, below the data path, or beside the text (files that were moved
//! together).

use std::path::{Path, PathBuf};

use crate::io::IoError;
use crate::io::source::Source;
use crate::model::printable;

use super::history::{History, parse};

/// Values of `in` that say the binary follows in the same file.
const FOLLOWING: [&str; 2] = ["stdin", "follow_hdr"];
/// Longest `.datapath` file that is read.
const LONGEST: usize = 64 << 10;

/// The binary of a text and the byte where it begins.
pub(super) fn binary(
    history: &History,
    text: &Source,
    notes: &mut Vec<String>,
) -> Result<(Source, u64), IoError> {
    let name = history
        .get("in")
        .ok_or_else(|| history.wrong("in", "missing; is this a SEPlib history?"))?;
    let following = FOLLOWING.contains(&name);
    let named = if following {
        None
    } else {
        Some(follow(history, "in", notes)?).filter(|named| !named.is_same(text))
    };
    match (named, history.after) {
        (Some(named), _) => Ok((named, 0)),
        (None, Some(after)) => Ok((text.clone(), after)),
        (None, None) => Err(history.wrong(
            "in",
            if following {
                "samples should follow in the same file, but no EOT mark ends the text"
            } else {
                "it names the history itself, and no EOT mark ends the text"
            },
        )),
    }
}

/// Opens the file that a key names; a note where it lies elsewhere.
pub(super) fn follow(
    history: &History,
    key: &str,
    notes: &mut Vec<String>,
) -> Result<Source, IoError> {
    let name = history.get(key).unwrap_or("");
    if name.is_empty() {
        return Err(history.wrong(key, "it names no file"));
    }
    let places = places(history.path(), name);
    let shown = |path: &Path| printable(&path.display().to_string());
    for (i, place) in places.iter().enumerate() {
        let Ok(found) = std::fs::metadata(place) else {
            continue;
        };
        if !found.is_file() {
            let kind = if found.is_dir() {
                "a folder"
            } else {
                "a device or a pipe"
            };
            return Err(history.wrong(key, format!("{} is {kind}, not a file", shown(place))));
        }
        if i > 0 {
            notes.push(format!(
                "`{key}` read from {}: nothing lies where it points",
                shown(place)
            ));
        }
        return Source::open(place);
    }
    let tried: Vec<String> = places.iter().map(|place| shown(place)).collect();
    Err(history.wrong(key, format!("no file at {}", tried.join(" or "))))
}

/// Where a file may lie.
fn places(history: &Path, name: &str) -> Vec<PathBuf> {
    let folder = history.parent().unwrap_or(Path::new(""));
    let name = Path::new(name);
    let mut places = vec![folder.join(name)];
    let beside = name.file_name();
    if let Some(data) = data_path(folder) {
        let below = if name.is_relative() {
            Some(name)
        } else {
            beside.map(Path::new)
        };
        places.extend(below.map(|name| data.join(name)));
    }
    places.extend(beside.map(|name| folder.join(name)));
    places.dedup();
    places
}

/// The folder for binaries as SEPlib and Madagascar find it: `$DATAPATH`, else a
/// file `.datapath` beside the history, else one in the home folder.
fn data_path(folder: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("DATAPATH").filter(|path| !path.is_empty());
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".datapath"));
    let files = [Some(folder.join(".datapath")), home];
    named.map(PathBuf::from).or_else(|| {
        let mut found = files.into_iter().flatten();
        found.find_map(|path| {
            let text = Source::open(&path).ok()?.bytes(0, LONGEST).ok()?;
            chosen(&String::from_utf8_lossy(&text), &host())
        })
    })
}

fn host() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

/// The path of a `.datapath` file: that of a line which begins with the name of
/// this host, else that of the line without a host.
fn chosen(text: &str, host: &str) -> Option<PathBuf> {
    let line = |first: &str| {
        let mut lines = text.lines().map(str::trim_start);
        let rest = lines.find_map(|line| match line.split_once(char::is_whitespace) {
            Some((word, rest)) if word == first && !first.is_empty() => Some(rest),
            _ => line
                .starts_with("datapath=")
                .then_some(line)
                .filter(|_| first.is_empty()),
        })?;
        parse(rest)
            .remove("datapath")
            .filter(|path| !path.is_empty())
    };
    line(host).or_else(|| line("")).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_their_own_data_path() {
        let text = "# where binaries go\ndatapath=/all/\nspitz datapath=/scr1/spitz/\n";
        assert_eq!(chosen(text, "spitz"), Some("/scr1/spitz/".into()));
        assert_eq!(chosen(text, "oas"), Some("/all/".into()));
        assert_eq!(chosen("spitz datapath=/scr1/", "oas"), None);
        assert_eq!(chosen("datapath=", ""), None);
    }
}
