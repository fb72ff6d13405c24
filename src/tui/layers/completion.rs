//! What may stand next on a command line: commands by their names, then what a
//! command takes.

use crate::session::Session;
use crate::tui::app::App;
use crate::tui::commands::{commands, find};

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The whole line.
    pub line: String,
    /// What it is: the command's doc; empty for what a command takes.
    pub doc: &'static str,
}

/// Ways to go on that were shown, and the one that was chosen last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// All of them.
    pub offers: Vec<Offer>,
    /// The one that stands on the line.
    pub at: Option<usize>,
}

/// What may stand on a line that begins so, in the order of the command table.
pub fn offers(line: &str, app: &App, session: &Session) -> Vec<Offer> {
    let named = commands().filter(|c| c.name.starts_with(line));
    let mut offers: Vec<Offer> = named
        .map(|command| Offer {
            line: command.name.to_owned(),
            doc: command.doc,
        })
        .collect();
    // A command that takes something, and a blank behind its name.
    if let Some((command, typed)) = find(line)
        && let Some(head) = line.strip_suffix(typed)
        && head.ends_with(' ')
    {
        let taken = (command.offers)(app, session).into_iter();
        let fitting = taken.filter(|word| word.starts_with(typed));
        offers.extend(fitting.map(|word| Offer {
            line: format!("{head}{word}"),
            doc: "",
        }));
    }
    offers
}

impl Offered {
    /// The next step from a line: as far as all ways agree, then one after the
    /// other. Gives the new line.
    pub fn next(&mut self, line: &str, found: impl FnOnce() -> Vec<Offer>) -> String {
        if self.offers.is_empty() {
            self.offers = found();
            let common = common(&self.offers);
            if common.len() > line.len() {
                if self.offers.len() == 1 {
                    self.offers.clear();
                }
                return common;
            }
        }
        if self.offers.is_empty() {
            return line.to_owned();
        }
        let at = self.at.map_or(0, |at| (at + 1) % self.offers.len());
        self.at = Some(at);
        self.offers[at].line.clone()
    }
}

/// The beginning that all lines share.
fn common(offers: &[Offer]) -> String {
    let mut lines = offers.iter().map(|offer| offer.line.as_str());
    let first = lines.next().unwrap_or_default();
    let shared = lines.fold(first, |common, line| {
        let same = common.chars().zip(line.chars()).take_while(|(a, b)| a == b);
        &common[..same.map(|(c, _)| c.len_utf8()).sum()]
    });
    shared.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Depth;
    use crate::tui::tests::Bench;

    fn lines(line: &str) -> Vec<String> {
        let bench = Bench::new(Depth::Indexed, (80, 24));
        let found = offers(line, &bench.app, bench.work.session());
        found.into_iter().map(|offer| offer.line).collect()
    }

    #[test]
    fn commands_and_what_they_take_are_offered() {
        assert_eq!(lines("polygons w"), ["polygons write"]);
        assert_eq!(lines("volume co"), ["volume coherence"]);
        assert_eq!(lines("run rf"), ["run rfc3d"]);
        assert!(lines("colour map vir").contains(&"colour map viridis".to_owned()));
        assert!(lines("facies ").contains(&"facies rename".to_owned()));
        assert!(lines("zzz").is_empty());
    }

    #[test]
    fn tab_goes_as_far_as_all_agree_and_then_through_them() {
        let offer = |line: &str| Offer {
            line: line.to_owned(),
            doc: "",
        };
        let all = || vec![offer("polygons read"), offer("polygons write")];
        let mut offered = Offered::default();
        assert_eq!(offered.next("pol", all), "polygons ");
        assert_eq!(offered.next("polygons ", all), "polygons read");
        assert_eq!(offered.next("polygons read", all), "polygons write");
        assert_eq!(offered.next("polygons write", all), "polygons read");
        let mut offered = Offered::default();
        assert_eq!(offered.next("zzz", Vec::new), "zzz");
    }
}
