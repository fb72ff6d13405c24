//! Facies: choosing, making, renaming.

use super::{Command, Group, command, facies_names, with_facies};
use crate::model::{Facies, candidate_name};
use crate::session::Edit;
use crate::tui::Mode;
use crate::tui::action::After;
use crate::tui::layers::{Ask, Layer, Prompt};
use crate::tui::step::Step;

pub(super) const COMMANDS: &[Command] = &[
    command(
        Group::Always,
        "facies",
        "make a facies the active one, by number or name",
        choose,
    )
    .on(Mode::PICTURE, &["\" 1-9"])
    .takes("NUMBER|NAME")
    .offers(facies_names)
    .row("facies")
    .hint("facies", "choose facies")
    .when(with_facies),
    command(Group::Always, "facies add", "make a new facies", add)
        .on(Mode::PICTURE, &["\"+"])
        .takes("[NAME]")
        .row("new facies"),
    command(
        Group::Line,
        "facies rename",
        "give a facies another name",
        rename,
    )
    .takes("OLD NEW")
    .offers(facies_names),
    command(
        Group::Line,
        "facies colour",
        "give a facies another colour, 1 to 7",
        recolour,
    )
    .takes("FACIES COLOUR")
    .offers(facies_names),
    command(
        Group::Line,
        "facies delete",
        "delete a facies and its polygons",
        delete,
    )
    .takes("FACIES")
    .offers(facies_names),
];

fn choose(step: &mut Step) {
    let text = step.argument.to_owned();
    match step.facies_named(&text) {
        Some(name) => step.app.facies = Some(name),
        None => step.fail(format!("there is no facies {text}; \"+ makes one")),
    }
}

fn add(step: &mut Step) {
    if step.argument.is_empty() {
        let prompt = Prompt::new(Ask::NewFacies, "new facies: ", "");
        step.app.layers.push(Layer::Prompt(prompt));
    } else {
        let name = step.argument.to_owned();
        step.new_facies(&name);
    }
}

fn rename(step: &mut Step) {
    let text = step.argument.to_owned();
    let Some((old, new)) = text.split_once(' ') else {
        return step.fail("facies rename takes two names: :facies rename 2 channel");
    };
    let Some(name) = step.facies_named(old) else {
        return step.fail(format!("there is no facies {old}"));
    };
    let to = candidate_name(new);
    let after = After::Facies(to.clone());
    step.edit(Edit::RenameFacies { name, to }, after);
}

fn recolour(step: &mut Step) {
    let text = step.argument.to_owned();
    let asked = text.split_once(' ').and_then(|(facies, colour)| {
        Some((step.facies_named(facies)?, colour.trim().parse().ok()?))
    });
    match asked {
        Some((name, colour @ 1..=7)) => {
            step.edit(Edit::RecolourFacies { name, colour }, After::Stay);
        }
        _ => step.fail("facies colour takes a facies and 1 to 7: :facies colour salt 3"),
    }
}

fn delete(step: &mut Step) {
    let text = step.argument.to_owned();
    let Some(name) = step.facies_named(&text) else {
        return step.fail(format!("there is no facies {text}"));
    };
    let n = step.session.polygons_of(&name).count();
    let said = format!("deleted facies {name} and its {n} polygons; u brings them back");
    step.edit(Edit::RemoveFacies { name }, After::Say(said));
}

impl Step<'_> {
    /// A facies by its number or name.
    fn facies_named(&self, text: &str) -> Option<String> {
        let facies = &self.session.facies;
        let by_number = || facies.get(text.parse::<usize>().ok()?.checked_sub(1)?);
        let found = self.session.facies(text).or_else(by_number)?;
        Some(found.name.clone())
    }

    /// Adds a facies and makes it the active one.
    pub fn new_facies(&mut self, name: &str) {
        if name.is_empty() {
            return;
        }
        let facies = Facies::new(candidate_name(name), self.session.free_colour());
        let after = After::Facies(facies.name.clone());
        self.edit(Edit::AddFacies { facies, at: None }, after);
    }
}
