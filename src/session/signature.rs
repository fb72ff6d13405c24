//! Who is at work, and what day it is: what a new polygon says of its origin.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::{Origin, civil_date, printable};

/// The user's name as the shell knows it, else as the system does, and the day in
/// UTC.
pub fn signature() -> Origin {
    let name = ["USER", "LOGNAME"]
        .iter()
        .find_map(|key| std::env::var(key).ok())
        .or_else(|| whoami::username().ok())
        .map(|name| printable(name.trim()))
        .filter(|name| !name.is_empty());
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let date = since.map(|d| {
        let (year, month, day) = civil_date(d.as_secs() / 86_400);
        format!("{year:04}-{month:02}-{day:02}")
    });
    Origin {
        author: name,
        date,
        ..Origin::default()
    }
}
