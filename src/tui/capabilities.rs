//! What the terminal can show.
//!
//! The first picture goes by the environment alone. Over SSH only TERM arrives for
//! certain, so 256 colours are the main path and 24 bits the exception. A terminal
//! of which TERM says no more than that is asked once; that it does not answer is
//! normal.

use crate::picture::Depth;

use super::TuiError;

/// What the user said about colours on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourChoice {
    /// Find out.
    #[default]
    Auto,
    /// No colours.
    Never,
    /// The sixteen ANSI colours.
    Sixteen,
    /// 256 colours.
    Indexed,
    /// 24 bits.
    True,
}

impl std::str::FromStr for ColourChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "never" | "none" => Ok(Self::Never),
            "16" => Ok(Self::Sixteen),
            "256" => Ok(Self::Indexed),
            "always" | "truecolor" | "24bit" => Ok(Self::True),
            _ => Err("try auto, never, 16, 256 or truecolor".to_owned()),
        }
    }
}

/// The environment that decides.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `NO_COLOR`, where set to anything but nothing.
    pub no_color: bool,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
    /// True where the terminal's entry in terminfo has `RGB` or `Tc`.
    pub direct: bool,
    /// `TMUX` or `STY`, where tmux or screen set one of them.
    pub multiplexer: Option<String>,
    /// True where both ends are a terminal.
    pub tty: bool,
}

impl Environment {
    /// The environment of this process.
    pub fn here() -> Self {
        use std::io::IsTerminal;
        let text = |name| std::env::var(name).ok().filter(|v: &String| !v.is_empty());
        Self {
            no_color: text("NO_COLOR").is_some(),
            colorterm: text("COLORTERM"),
            term: text("TERM"),
            direct: termini::TermInfo::from_env().is_ok_and(|entry| {
                ["RGB", "Tc"]
                    .iter()
                    .any(|&name| entry.extended_cap(name).is_some())
            }),
            multiplexer: text("TMUX").or_else(|| text("STY")),
            tty: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        }
    }

    /// How many colours to use: the flag, then `NO_COLOR`, `COLORTERM`, terminfo,
    /// `TERM`.
    ///
    /// ```
    /// use outcrop::{picture::Depth, tui::{ColourChoice, Environment}};
    /// let ssh = Environment { term: Some("xterm-256color".into()), tty: true, ..Environment::default() };
    /// assert_eq!(ssh.depth(ColourChoice::Auto), Depth::Indexed);
    /// ```
    pub fn depth(&self, choice: ColourChoice) -> Depth {
        let term = self.term.as_deref().unwrap_or("");
        match choice {
            ColourChoice::Never => return Depth::Plain,
            ColourChoice::Sixteen => return Depth::Sixteen,
            ColourChoice::Indexed => return Depth::Indexed,
            ColourChoice::True => return Depth::True,
            ColourChoice::Auto if self.no_color => return Depth::Plain,
            ColourChoice::Auto => {}
        }
        if matches!(self.colorterm.as_deref(), Some("truecolor" | "24bit"))
            || self.direct
            || term.ends_with("-direct")
        {
            return Depth::True;
        }
        if term.contains("256color")
            || ["xterm-kitty", "xterm-ghostty", "alacritty"].contains(&term)
        {
            return Depth::Indexed;
        }
        match term {
            "" | "dumb" | "vt100" | "vt102" | "vt220" => Depth::Plain,
            _ => Depth::Sixteen,
        }
    }

    /// Whether to ask the terminal for its colours: what is known of it allows 256,
    /// and nobody stands between who would not pass the answer on.
    pub(super) fn asks(&self, choice: ColourChoice) -> bool {
        choice == ColourChoice::Auto && !self.multiplexed() && self.depth(choice) == Depth::Indexed
    }

    /// True where tmux or screen stands between the program and the terminal.
    pub fn multiplexed(&self) -> bool {
        let term = self.term.as_deref().unwrap_or("");
        self.multiplexer.is_some() || term.starts_with("tmux") || term.starts_with("screen")
    }

    /// True where the terminal is known to show a frame only when all of it is there
    /// (private mode 2026).
    pub fn synchronizes(&self) -> bool {
        const KNOWN: [&str; 6] = [
            "kitty",
            "ghostty",
            "alacritty",
            "foot",
            "wezterm",
            "contour",
        ];
        let term = self.term.as_deref().unwrap_or("");
        !self.multiplexed() && KNOWN.iter().any(|name| term.contains(name))
    }

    /// An error where no picture can be drawn at all.
    pub fn check(&self) -> Result<(), TuiError> {
        if !self.tty {
            return Err(TuiError::NoTerminal);
        }
        match self.term.as_deref() {
            None | Some("dumb") => Err(TuiError::Dumb {
                term: crate::model::printable(self.term.as_deref().unwrap_or("not set")),
            }),
            Some(_) => Ok(()),
        }
    }
}

/// Sets a colour of 24 bits, asks what colours are set (DECRQSS), takes it back. A
/// terminal that knows such colours tells of this one.
pub(super) const QUESTION: &[u8] = b"\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m";

/// Whether a report of what is set holds the colour that [`QUESTION`] sets. Its
/// numbers are parted by `;` or `:`, and the space of colours may stand between.
pub(super) fn tells_of_colours(report: &str) -> bool {
    let numbers: Vec<&str> = report.split([';', ':', 'm', 'r']).collect();
    let at = |i: usize, number: &str| numbers.get(i) == Some(&number);
    report.starts_with("1$r")
        && (0..numbers.len()).any(|i| {
            let rest = if at(i + 2, "1") { i + 2 } else { i + 3 };
            at(i, "48") && at(i + 1, "2") && at(rest, "1") && at(rest + 1, "2") && at(rest + 2, "3")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(term: &str, colorterm: &str, no_color: bool) -> Environment {
        Environment {
            no_color,
            colorterm: Some(colorterm.to_owned()).filter(|c| !c.is_empty()),
            term: Some(term.to_owned()).filter(|t| !t.is_empty()),
            direct: false,
            multiplexer: None,
            tty: true,
        }
    }

    #[test]
    fn frames_are_marked_only_where_the_terminal_is_known_to_understand() {
        assert!(environment("xterm-kitty", "", false).synchronizes());
        assert!(!environment("xterm-256color", "", false).synchronizes());
        let within = Environment {
            multiplexer: Some("/tmp/tmux-0/default,1,0".into()),
            ..environment("xterm-kitty", "", false)
        };
        assert!(within.multiplexed() && !within.synchronizes());
        assert!(environment("screen-256color", "", false).multiplexed());
    }

    #[test]
    fn the_flag_wins_then_no_color_then_colorterm_then_term() {
        use ColourChoice::{Auto, Indexed, Never};
        let cases = [
            (Indexed, "xterm", "truecolor", true, Depth::Indexed),
            (Never, "xterm-256color", "truecolor", false, Depth::Plain),
            (Auto, "xterm-256color", "truecolor", true, Depth::Plain),
            (Auto, "xterm-256color", "truecolor", false, Depth::True),
            (Auto, "tmux-256color", "", false, Depth::Indexed),
            (Auto, "xterm-direct", "", false, Depth::True),
            (Auto, "linux", "", false, Depth::Sixteen),
            (Auto, "screen", "", false, Depth::Sixteen),
            (Auto, "vt100", "", false, Depth::Plain),
        ];
        for (choice, term, colorterm, no_color, depth) in cases {
            let found = environment(term, colorterm, no_color).depth(choice);
            assert_eq!(found, depth, "{choice:?} {term} {colorterm} {no_color}");
        }
    }

    #[test]
    fn terminfo_counts_before_the_name_and_after_no_color() {
        let direct = |no_color| Environment {
            direct: true,
            ..environment("xterm-256color", "", no_color)
        };
        assert_eq!(direct(false).depth(ColourChoice::Auto), Depth::True);
        assert_eq!(direct(true).depth(ColourChoice::Auto), Depth::Plain);
        assert_eq!(direct(false).depth(ColourChoice::Indexed), Depth::Indexed);
    }

    #[test]
    fn only_who_may_know_more_is_asked() {
        let auto = ColourChoice::Auto;
        assert!(environment("xterm-256color", "", false).asks(auto));
        for (environment, choice) in [
            (environment("xterm-256color", "truecolor", false), auto),
            (environment("xterm-256color", "", true), auto),
            (
                environment("xterm-256color", "", false),
                ColourChoice::Indexed,
            ),
            (environment("tmux-256color", "", false), auto),
            (environment("linux", "", false), auto),
        ] {
            assert!(!environment.asks(choice), "{environment:?}");
        }
    }

    #[test]
    fn reports_of_terminals_are_read() {
        for report in [
            "1$r48;2;1;2;3m",
            "1$r0;48;2;1;2;3m",
            "1$r48:2:1:2:3m",
            "1$r0;48:2::1:2:3m",
        ] {
            assert!(tells_of_colours(report), "{report}");
        }
        for report in [
            "1$r0m",
            "0$r",
            "",
            "1$r48;5;16m",
            "1$r0;48;2;1;2;4m",
            "48;2;1;2;3m",
        ] {
            assert!(!tells_of_colours(report), "{report}");
        }
    }

    #[test]
    fn a_terminal_that_cannot_be_drawn_on_is_refused_with_a_way_out() {
        for (environment, word) in [
            (environment("dumb", "", false), "dumb"),
            (environment("", "", false), "not set"),
            (
                Environment {
                    tty: false,
                    ..environment("xterm", "", false)
                },
                "terminal",
            ),
        ] {
            let text = environment.check().unwrap_err().to_string();
            assert!(text.contains(word) && text.contains("view"), "{text}");
        }
        assert!(environment("xterm", "", false).check().is_ok());
    }
}
