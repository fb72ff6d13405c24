//! Ways to spoil a file, each with a name that says how to do it again.

use outcrop::task::{Stream, stream};

/// A spoilt file.
pub struct Spoilt {
    pub how: String,
    pub bytes: Vec<u8>,
}

/// Numbers that headers should not hold.
const ABSURD: [u32; 8] = [0, 1, 255, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000];

/// Words that keys and columns should not hold.
const WORDS: [&str; 20] = [
    "0",
    "-1",
    "1e3",
    "10^12",
    "1000000000000",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "1e-320",
    "0x10",
    "",
    "\u{1b}[31m",
    "\"",
    "(",
    "\u{0}",
    "\u{202e}\u{fffd}",
];

/// Every truncation of a short file; of a long one those near its parts' ends.
pub fn truncations(bytes: &[u8]) -> Vec<Spoilt> {
    let near = [80, 240, 400, 3200, 3600, 3840, 3876, bytes.len()];
    (0..bytes.len())
        .filter(|&n| n < 300 || n % 97 == 0 || near.iter().any(|&b| n.abs_diff(b) <= 2))
        .map(|n| Spoilt {
            how: format!("cut to {n} bytes"),
            bytes: bytes[..n].to_vec(),
        })
        .collect()
}

/// Absurd numbers of two and four bytes, in both orders, wherever a header is.
pub fn numbers(bytes: &[u8]) -> Vec<Spoilt> {
    // The binary header and the first trace header of SEG-Y, which are the only
    // long binary files; of others the beginning.
    let places: Vec<usize> = if bytes.len() > 3600 {
        (3212..3228)
            .chain(3500..3508)
            .chain(3600..3840)
            .step_by(2)
            .chain([3260, 3264, 3268, 3288, 3296, 3304, 3520, 3528])
            .collect()
    } else {
        (0..bytes.len().min(160)).step_by(2).collect()
    };
    let mut spoilt = Vec::new();
    for at in places {
        for value in ABSURD {
            for width in [2usize, 4] {
                if at + width > bytes.len() || (width == 2 && value > 0xffff) {
                    continue;
                }
                let word = value.to_be_bytes();
                let mut new = bytes.to_vec();
                new[at..at + width].copy_from_slice(&word[4 - width..]);
                spoilt.push(Spoilt {
                    how: format!("{value} in {width} bytes at {at}"),
                    bytes: new,
                });
            }
        }
    }
    spoilt
}

/// Every number or quoted word of a text replaced by every absurd one.
pub fn words(bytes: &[u8]) -> Vec<Spoilt> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_ascii_digit() || (start.is_some() && (c == '.' || c == '-'));
        match (start, inside) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                places.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    // Enough of a long table: its rows are alike.
    places.truncate(60);
    let mut spoilt = Vec::new();
    for place in places {
        for word in WORDS {
            let new = format!("{}{word}{}", &text[..place.start], &text[place.end..]);
            spoilt.push(Spoilt {
                how: format!("{word:?} for {:?} at {}", &text[place.clone()], place.start),
                bytes: new.into_bytes(),
            });
        }
    }
    spoilt
}

/// A million times the same, alone and after the beginning of the file.
pub fn huge(bytes: &[u8]) -> Vec<Spoilt> {
    let start = &bytes[..bytes.len().min(80)];
    ["(", "[", "a=1 ", "\n", "9", "\"", "-1 ", "\u{1b}", "\0"]
        .iter()
        .flat_map(|piece| [(piece, false), (piece, true)])
        .map(|(piece, after)| {
            let mut new = if after { start.to_vec() } else { Vec::new() };
            new.extend(piece.repeat(1_000_000).bytes());
            Spoilt {
                how: format!("a million of {piece:?}, after its start: {after}"),
                bytes: new,
            }
        })
        .collect()
}

/// `count` random ones: flipped bits, pieces moved, doubled, dropped or filled.
pub fn random(seed: u64, name: &str, bytes: &[u8], count: u64) -> Vec<Spoilt> {
    (0..count)
        .map(|i| {
            let mut random = stream(seed, name, &[i]);
            let mut new = bytes.to_vec();
            for _ in 0..=random.below(4) {
                once(&mut random, &mut new);
            }
            Spoilt {
                how: format!("random {i}"),
                bytes: new,
            }
        })
        .collect()
}

fn once(random: &mut Stream, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    let at = random.below(length);
    let end = length.min(at + 1 + random.below(64));
    match random.below(6) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at..end].fill([0, 0xff, b' ', b'9'][random.below(4)]),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            let to = random.below(length);
            bytes.splice(to..to, piece);
        }
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            bytes.splice(at..at, word.bytes());
        }
    }
}
