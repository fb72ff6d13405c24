//! Who drew a polygon, when, and how sure they were.

use serde::{Deserialize, Serialize};

/// Where a polygon comes from. Nothing here changes a result: runs take the
/// outline alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Origin {
    /// Who drew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The day it was drawn, as `2026-11-22`, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// How sure its author is, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// True where it was interpolated between others, and nobody has touched it
    /// since.
    #[serde(skip_serializing_if = "is_false")]
    pub interpolated: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the shape that serde asks for
fn is_false(value: &bool) -> bool {
    !*value
}

impl Origin {
    /// True where nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Origin::default()
    }
}

/// Year, month and day of a number of days after 1970-01-01 (civil calendar by
/// Hinnant 2013, `chrono`-compatible low-level date algorithms).
///
/// ```
/// assert_eq!(outcrop::model::civil_date(11_016), (2000, 2, 29));
/// ```
pub fn civil_date(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}
