//! How sure the best of each size are, where not all combinations were tried.

use crate::ml::selection::{Proof, Selection};
use crate::modules::{Cell, Table};

/// One sentence: proven for all sizes, or for which not and what is left.
pub(super) fn sentence(proofs: &[Proof]) -> String {
    let visited: u64 = proofs.iter().map(|p| p.visited).sum();
    let open: Vec<String> = (proofs.iter().filter(|p| !p.is_proven()))
        .map(|p| format!("{} (up to {:.1} % more)", p.size, gap(p)))
        .collect();
    if open.is_empty() {
        format!(
            "Proven: no better combination of any size exists for these mixtures ({visited} sets looked at)."
        )
    } else {
        format!(
            "warning: not proven for sizes {}: a better combination may exist there; raise --visits or exclude attributes",
            open.join(", ")
        )
    }
}

/// By how many percent a combination that was not looked at may score more.
fn gap(proof: &Proof) -> f64 {
    100.0 * (proof.bound / proof.best.score - 1.0)
}

/// One row a size: sets looked at, given up unseen, out of how many.
pub(super) fn table(proofs: &[Proof], selection: &Selection) -> Table {
    let columns = [
        "n",
        "combinations",
        "visited",
        "pruned",
        "proven",
        "gap_percent",
    ];
    let mut table = Table::new("proof", &columns);
    for proof in proofs {
        let count = selection.counts.iter().find(|c| c.size == proof.size);
        table.push(vec![
            Cell::Whole(proof.size as i64),
            Cell::Whole(count.map_or(0, |c| c.combinations as i64)),
            Cell::Whole(proof.visited as i64),
            Cell::Whole(proof.pruned as i64),
            Cell::Text(if proof.is_proven() { "yes" } else { "no" }.into()),
            Cell::Real(gap(proof), 2),
        ]);
    }
    table
}
