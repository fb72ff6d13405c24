//! The README's key table is the command table: `UPDATE_README=1 cargo test --test readme` writes it.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may fail

const BEGIN: &str = "<!-- keys: begin (made from the command table by tests/readme.rs) -->\n";
const END: &str = "<!-- keys: end -->";

#[test]
fn the_key_table_is_the_command_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text
        .split_once(BEGIN)
        .unwrap_or_else(|| panic!("README.md has no `{BEGIN}`"));
    let (table, after) = rest
        .split_once(END)
        .unwrap_or_else(|| panic!("README.md has no `{END}`"));
    let fresh = outcrop::tui::key_table();
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{fresh}{END}{after}")).unwrap();
    } else {
        assert!(
            table == fresh,
            "the key table of README.md is old; run UPDATE_README=1 cargo test --test readme"
        );
    }
}
