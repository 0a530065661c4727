//! Is this a phone number, and which one? A text is read whole or not at all: what is left over (an extension, a second
//! number, a word) makes it no number, never another number.
//!
//! Judged by shape and country only: which country codes there are, how many digits a mobile or fixed line of that country
//! has, and which digit goes before a number at home. Ranges of carriers are not looked at; they change, and numbers made
//! for tests lie outside them. The table of countries is made from that of the crate `phonenumber`, which takes thousands of
//! patterns apart before it answers the first question. Its parser is not used either: it looks for a number *in* a text and
//! takes prefixes of carriers away, which is what must not happen here.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Where a number without a country code is at home, unless somebody says otherwise.
pub const HOME: &str = "CN";
/// Longer than any number with all its separators.
const LONGEST: usize = 64;
/// The most digits of a number with its country code (E.164).
const MOST_DIGITS: usize = 15;

/// What is known of a country or region: a line of the table. Those that share a code stand together, the main one first.
struct Country {
    region: &'static str,
    code: &'static str,
    /// What goes before a number inside the country.
    prefix: Option<&'static str>,
    /// How many digits its mobiles and fixed lines have, without country code and prefix.
    digits: Vec<usize>,
}

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let country = |line: &'static str| {
        let mut cells = line.split(',');
        let mut cell = || cells.next().unwrap_or_default();
        let (code, region, prefix) = (cell(), cell(), Some(cell()).filter(|prefix| !prefix.is_empty()));
        Country { region, code, prefix, digits: cell().split(' ').filter_map(|digits| digits.parse().ok()).collect() }
    };
    include_str!("countries.csv").lines().skip(1).map(country).collect()
});

fn country(region: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.region == region)
}

/// Whether this names a country or region that has phone numbers: `CN`, `HK`, `DE`.
#[must_use]
pub fn is_region(region: &str) -> bool {
    region.len() == 2 && country(region).is_some()
}

/// The number in one form: mainland mobiles as 11 digits, mainland fixed lines as they are dialled there (`01012345678`),
/// all others with `+` and country code. A number without country code is at home in `region`.
#[must_use]
pub fn read(text: &str, region: &str) -> Option<String> {
    if region == HOME && is_mainland_mobile(text) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.into());
    }
    let digits = digits(text)?;
    if let Some(rest) = digits.strip_prefix('+') {
        return abroad(rest);
    }
    if let Some(rest) = digits.strip_prefix("00") {
        return abroad(rest);
    }
    if region == HOME { at_home(&digits) } else { inside(&digits, country(region)?) }
}

/// Whether a number as [`read`] gives it can be that of a mobile: a mainland mobile, or a number abroad, where mobiles and
/// fixed lines cannot be told apart by their shape.
#[must_use]
pub fn is_mobile(number: &str) -> bool {
    number.starts_with('+') || is_mainland_mobile(number)
}

/// The digits with a leading `+`, without what may stand between them; `None` when anything else is there.
fn digits(text: &str) -> Option<String> {
    let text = crate::text::trim(text);
    if text.len() > LONGEST {
        return None;
    }
    let (mut digits, mut open, mut closed) = (String::with_capacity(text.len()), None, false);
    for c in text.nfkc() {
        match c {
            '0'..='9' => {
                digits.push(c);
                closed = false;
            }
            '+' if digits.is_empty() => digits.push(c),
            '(' if open.is_none() => open = Some(digits.len()),
            // Something in brackets at the end is an extension or a note.
            ')' if open.is_some_and(|before| before < digits.len()) => (open, closed) = (None, true),
            ' ' | '-' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => return None,
        }
    }
    let count = digits.trim_start_matches('+').len();
    (open.is_none() && !closed && (1..=MOST_DIGITS + 2).contains(&count)).then_some(digits)
}

/// A number of the mainland without `+`.
fn at_home(digits: &str) -> Option<String> {
    if is_mainland_mobile(digits) {
        return Some(digits.into());
    }
    // Long-distance calls to mobiles once began with a 0, as those to fixed lines do.
    let rest =
        digits.strip_prefix('0').or_else(|| digits.strip_prefix("86").filter(|rest| is_mainland_mobile(rest)))?;
    mainland(rest)
}

/// A mainland number without its 0 or +86.
fn mainland(rest: &str) -> Option<String> {
    if is_mainland_mobile(rest) {
        return Some(rest.into());
    }
    // Area codes are 10, 2x and 3xx to 9xx.
    let fixed = matches!(rest.len(), 9..=11) && (rest.starts_with("10") || !rest.starts_with(['0', '1']));
    fixed.then(|| format!("0{rest}"))
}

fn is_mainland_mobile(digits: &str) -> bool {
    digits.len() == 11 && digits.starts_with('1') && matches!(digits.as_bytes()[1], b'3'..=b'9')
}

/// A number with its country code.
fn abroad(digits: &str) -> Option<String> {
    if digits.len() > MOST_DIGITS + 1 {
        return None;
    }
    // No country code begins with another one.
    let (code, rest) = (1..=3).find_map(|length| {
        let split = digits.split_at_checked(length)?;
        COUNTRIES.iter().any(|country| country.code == split.0).then_some(split)
    })?;
    if code == "86" {
        return mainland(rest.strip_prefix('0').unwrap_or(rest));
    }
    let mut countries = COUNTRIES.iter().filter(|country| country.code == code);
    let rest = countries.find_map(|country| {
        // `+44 (0)20 …`: the 0 is for calls inside the country.
        let rest = if country.prefix == Some("0") { rest.strip_prefix('0').unwrap_or(rest) } else { rest };
        fits(country, rest).then_some(rest)
    })?;
    international(code, rest)
}

/// A number of this country as it is written there.
fn inside(digits: &str, country: &Country) -> Option<String> {
    let bare = country.prefix.and_then(|prefix| digits.strip_prefix(prefix));
    let rest = bare.filter(|rest| fits(country, rest)).or_else(|| fits(country, digits).then_some(digits))?;
    international(country.code, rest)
}

fn international(code: &str, rest: &str) -> Option<String> {
    (code.len() + rest.len() <= MOST_DIGITS).then(|| format!("+{code}{rest}"))
}

/// Whether mobiles or fixed lines of the country have so many digits.
fn fits(country: &Country, rest: &str) -> bool {
    country.digits.contains(&rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole() {
        for (text, number) in [
            ("15400000001", "15400000001"),
            ("19900000032", "19900000032"),
            (" 154-0000-0001 ", "15400000001"),
            ("154.0000.0033", "15400000033"),
            ("+86 15400000001", "15400000001"),
            ("+86-154-0000-0027", "15400000027"),
            ("8615400000026", "15400000026"),
            ("0086 15400000029", "15400000029"),
            ("(+86)15400000028", "15400000028"),
            ("015400000030", "15400000030"),
            ("１５４００００００２１", "15400000021"),
            ("+８６ 15400000022", "15400000022"),
            ("154\u{a0}0000\u{2011}0001", "15400000001"),
            ("021-12345678", "02112345678"),
            ("+86 010-88880001", "01088880001"),
            ("+852 5123 4567", "+85251234567"),
            ("+852 ５123 4567", "+85251234567"),
            ("00852 51234569", "+85251234569"),
            ("+886 0912 345 678", "+886912345678"),
            ("+1 (310) 555-0129", "+13105550129"),
            ("+1 (555) 010-0199", "+15550100199"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("+49 (0) 151 23456781", "+4915123456781"),
            ("+4915123456780", "+4915123456780"),
            ("+39 06 1234 5678", "+390612345678"),
        ] {
            assert_eq!(read(text, HOME).as_deref(), Some(number), "{text}");
            assert_eq!(read(number, HOME).as_deref(), Some(number), "{number} stays what it is");
        }
    }

    #[test]
    fn what_is_more_or_less_than_a_number_is_none() {
        for text in [
            "",
            "-",
            "无",
            "+",
            "+12",
            "12345",
            "51234567",
            "852-51234570",
            "5551234567",
            "11111111111",
            "12345678901",
            "154000000011",
            "1540000000",
            "1540000O023",
            "tel:15400000036",
            "15400000021转8001",
            "15400000021-8001",
            "15400000024 15400000025",
            "15400000025,15400000026",
            "15400000027、15400000028",
            "154 0000 0023/010-88880000",
            "+1 (555) 010-0199 ext. 23",
            "+1 (555) 010-0199 x23",
            "+852 5123 4567转12",
            "+852 5123 4567-12",
            "+852 5123 4567-1",
            "+852 5123 4568 (2)",
            "+65 9123 4567 / 4568",
            "+86 +86 15400000001",
            "+86 1549800",
            "+999 12345678",
            "+0 12345678",
            "1.54E10",
            "15400000001.0",
            "154000000(01",
            "15400000001()",
            "١٥٤٠٠٠٠٠٠٢٤",
        ] {
            assert_eq!(read(text, HOME), None, "{text}");
        }
    }

    #[test]
    fn a_country_gives_numbers_their_home() {
        for (text, region, number) in [
            ("(415) 555-0100", "US", Some("+14155550100")),
            ("1 415 555 0100", "US", Some("+14155550100")),
            ("13800000001", "US", Some("+13800000001")),
            ("+86 13800000001", "US", Some("13800000001")),
            ("5123 4567", "HK", Some("+85251234567")),
            ("07400 123456", "GB", Some("+447400123456")),
            ("0151 23456789", "DE", Some("+4915123456789")),
            ("51234567", "CN", None),
            ("51234567", "XX", None),
        ] {
            assert_eq!(read(text, region).as_deref(), number, "{text} {region}");
        }
        assert!(is_region("CN") && is_region("HK"));
        assert!(!is_region("XX") && !is_region("China") && !is_region("cn") && !is_region(""));
    }

    #[test]
    fn fixed_lines_at_home_are_no_mobiles() {
        for (number, mobile) in
            [("15400000001", true), ("+85251234567", true), ("01088880001", false), ("not", false), ("", false)]
        {
            assert_eq!(is_mobile(number), mobile, "{number}");
        }
    }
}
