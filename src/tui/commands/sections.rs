//! Vertical sections along a line of the map.

use std::sync::Arc;

use super::guides::browsing;
use super::{Command, Group, command, with_slice};
use crate::model::{Cut, Grid, SECTION_NODES, SectionLine};
use crate::tui::Mode;
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Slices,
        "section node",
        "a node of the section's line here; again: not any more",
        node,
    )
    .on(&[Mode::Normal], &["ga"])
    .row("node of a section; its line")
    .when(with_slice),
    command(
        Group::Slices,
        "section",
        "along the nodes, marks 'a 'b, or 1010,2020 1050,2100",
        section,
    )
    .on(&[Mode::Normal], &["gl"])
    .takes("[NODES | clear]")
    .row("node of a section; its line")
    .when(browsing),
];

fn node(step: &mut Step) {
    let Some((inline, crossline, _)) = step.app.view.position() else {
        return step.refuse("no trace lies here");
    };
    let nodes = &mut step.app.view.nodes;
    let at = nodes.iter().position(|n| *n == (inline, crossline));
    match at {
        Some(at) => {
            nodes.remove(at);
        }
        None if nodes.len() >= SECTION_NODES => {
            return step.refuse("a section has 64 nodes at most; :section clear begins anew");
        }
        None => nodes.push((inline, crossline)),
    }
    let n = step.app.view.nodes.len();
    step.say(match n {
        0 => "no nodes; ga puts one".to_owned(),
        1 => "1 node; ga puts the next, gl shows the section".to_owned(),
        n => format!("{n} nodes; gl shows the section"),
    });
}

fn section(step: &mut Step) {
    let Some(grid) = step.app.view.survey_grid() else {
        return;
    };
    if step.argument == "clear" {
        step.app.view.nodes.clear();
        if step.app.view.on_section() {
            step.leave_cut();
        }
        return step.say("the section's nodes are cleared");
    }
    if !step.argument.is_empty() {
        match step.nodes_of(step.argument, &grid) {
            Ok(nodes) => step.app.view.nodes = nodes,
            Err(text) => return step.fail(text),
        }
    } else if step.app.view.on_section() {
        // The same key leads there and back.
        return step.leave_cut();
    }
    match SectionLine::through(&step.app.view.nodes, &grid) {
        Some(line) => step.show_cut(Cut::Section(Arc::new(line))),
        None => step.refuse("a section needs two nodes; ga puts one here"),
    }
}

impl Step<'_> {
    /// Nodes as they are written: `inline,crossline`, or the letter of a mark.
    fn nodes_of(&self, text: &str, grid: &Grid) -> Result<Vec<(f64, f64)>, String> {
        let mut nodes = Vec::new();
        for word in text.split_whitespace() {
            let letter = word.trim_start_matches(['\'', '`']);
            let mut letters = letter.chars();
            if let (Some(c @ 'a'..='z'), None) = (letters.next(), letters.next()) {
                let mark = self.app.picking.marks.get(&c);
                let mark = mark.ok_or_else(|| format!("there is no mark {c}; m{c} sets it"))?;
                nodes.push((mark.position.0, mark.position.1));
                continue;
            }
            let number = |word: &str| word.trim().replace('−', "-").parse::<f64>().ok();
            let both = word.split_once([',', '/']);
            let node = both.and_then(|(i, x)| Some((number(i)?, number(x)?)));
            let (inline, crossline) = node.ok_or_else(|| {
                format!("`{word}` is no node; write inline,crossline, or the letter of a mark")
            })?;
            if grid.inlines.index(inline).is_none() || grid.crosslines.index(crossline).is_none() {
                return Err(format!(
                    "{word} is outside the survey, which holds {},{} to {},{}",
                    grid.inlines.low(),
                    grid.crosslines.low(),
                    grid.inlines.high(),
                    grid.crosslines.high()
                ));
            }
            nodes.push((inline, crossline));
        }
        if nodes.len() < 2 || nodes.len() > SECTION_NODES {
            return Err(format!("a section has 2 to {SECTION_NODES} nodes"));
        }
        Ok(nodes)
    }
}
