//! What people without the right to see it are shown of a phone number, an address, a number of an identity card.
//!
//! The class of a field decides ([`Privacy`]). Texts of other fields and the arguments of problems are searched for what
//! can only be such a value: a mainland mobile number, a fixed line there with a hyphen behind its area code, a number with its
//! country code, an e-mail address, a resident identity number with a right check digit. Keys stay as they are: they are what
//! people search by. Nothing that is stored is changed here.

use idflow_sdk::{Field, FieldSpec, Privacy, Problem, Record, Schema};
use serde_json::Value;

const HIDDEN: &str = "***";
/// The digits of a number with its country code (E.164), and how many make one that is whole where groups follow.
const LEAST_ABROAD: usize = 7;
const MOST_ABROAD: usize = 15;
const LEAST_WHOLE: usize = 10;

/// `110***********002X`.
fn identity(value: &str) -> String {
    match (value.get(..3), value.get(14..)) {
        (Some(head), Some(tail)) => format!("{head}***********{tail}"),
        _ => HIDDEN.into(),
    }
}

/// A resident identity number of the mainland: 17 digits and a check digit by GB 11643 (ISO 7064 MOD 11-2).
fn is_identity(value: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let bytes = value.as_bytes();
    let Some((last, digits)) = bytes.split_last().filter(|(_, digits)| digits.len() == 17) else { return false };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize] == last.to_ascii_uppercase()
}

fn is_mobile(value: &str) -> bool {
    let digits = value.strip_prefix("+86").unwrap_or(value).as_bytes();
    digits.len() == 11
        && digits[0] == b'1'
        && (b'3'..=b'9').contains(&digits[1])
        && digits.iter().all(u8::is_ascii_digit)
}

/// A fixed line of the mainland as it is written: area code, number and perhaps an extension, with hyphens between. Without
/// them it looks like any other number.
fn is_fixed_line(value: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = value.split('-');
    let (Some(area), Some(number)) = (parts.next(), parts.next()) else { return false };
    let lengths = match area.as_bytes() {
        b"010" | [b'0', b'2', b'0'..=b'9'] => 8..=8,
        [b'0', b'3'..=b'9', b'0'..=b'9', b'0'..=b'9'] => 7..=8,
        _ => return false,
    };
    let extension = parts.next().is_none_or(|text| is_digits(text) && text.len() <= 6);
    let dialled = number.starts_with(|c: char| ('2'..='9').contains(&c)) && is_digits(number);
    dialled && lengths.contains(&number.len()) && extension && parts.next().is_none()
}

/// The length of the number with a country code that a text begins with, with its separators; nothing where it begins with none.
fn abroad(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('+')?;
    if !rest.starts_with(|c: char| ('1'..='9').contains(&c)) {
        return None;
    }
    let (mut digits, mut end, mut gap) = (0, 0, 0);
    for (place, c) in text.char_indices().skip(1) {
        match c {
            '0'..='9' => (digits, end, gap) = (digits + 1, place + 1, 0),
            // What is long enough ends with its group: another number may follow.
            ' ' | '-' | '(' | ')' | '.' if digits < LEAST_WHOLE && gap < 2 => gap += 1,
            _ => break,
        }
    }
    (LEAST_ABROAD..=MOST_ABROAD).contains(&digits).then_some(end)
}

/// What a word is shown as when it can only be a private value.
fn word(value: &str) -> Option<String> {
    if is_mobile(value) || is_fixed_line(value) {
        Some(Privacy::Phone.mask(value))
    } else if is_identity(value) {
        Some(identity(value))
    } else if idflow_sdk::text::is_email(value) {
        Some(Privacy::Email.mask(value))
    } else {
        None
    }
}

/// A text in which every word that can only be a private value is masked, but for these words.
fn words(value: &str, but: &[&str]) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '_' | '+' | '-' | '%');
    let mut shown = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(begin) = rest.find(part) {
        let (before, from) = rest.split_at(begin);
        if let Some(number) = abroad(from).filter(|end| !but.contains(&&from[..*end])) {
            shown.push_str(before);
            shown.push_str(&Privacy::Phone.mask(&from[..number]));
            rest = &from[number..];
            continue;
        }
        let (found, after) = from.split_at(from.find(|c| !part(c)).unwrap_or(from.len()));
        // The full stop of a sentence is no part of an address.
        let bare = found.trim_end_matches(['.', '-']);
        shown.push_str(before);
        match word(bare).filter(|_| !but.contains(&bare)) {
            Some(masked) => {
                shown.push_str(&masked);
                shown.push_str(&found[bare.len()..]);
            }
            None => shown.push_str(found),
        }
        rest = after;
    }
    shown + rest
}

/// A text of another system, in which every word that can only be a private value is masked.
#[must_use]
pub fn text(value: &str) -> String {
    words(value, &[])
}

/// A field as it is shown, and whether something was hidden.
#[must_use]
pub fn field(spec: &FieldSpec, field: &Field) -> (Value, bool) {
    let plain = field.to_json();
    let shown = json(&plain, &|text| match spec.privacy {
        Privacy::Open if text.contains(['@', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) && !is_key(spec) => {
            if is_identity(text) {
                identity(text)
            } else {
                text.to_string()
            }
        }
        privacy => privacy.mask(text),
    });
    let hidden = shown != plain;
    (shown, hidden)
}

/// Fields whose values are references are keys.
const fn is_key(spec: &FieldSpec) -> bool {
    use idflow_sdk::Type;
    matches!(spec.ty, Type::Id | Type::Ref(_) | Type::Refs { .. } | Type::Members { .. } | Type::Flags { .. })
}

fn json(value: &Value, mask: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => mask(text).into(),
        Value::Array(items) => items.iter().map(|item| json(item, mask)).collect(),
        Value::Object(map) => map.iter().map(|(name, item)| (name.clone(), json(item, mask))).collect(),
        other => other.clone(),
    }
}

/// The private values of some records, with what they are shown as.
#[must_use]
pub fn private(schema: &Schema, records: impl IntoIterator<Item = Record>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for record in records {
        for (id, value) in record.iter() {
            let spec = schema.spec(id);
            if spec.privacy == Privacy::Open {
                continue;
            }
            if let Value::String(plain) = value.to_json()
                && let (Value::String(shown), true) = field(spec, value)
            {
                found.push((plain, shown));
            }
        }
    }
    found
}

/// A problem whose arguments show no private value: neither one of these nor what can only be one. `but` are words that
/// are keys.
#[must_use]
pub fn problem(problem: &Problem, private: &[(String, String)], but: &[&str]) -> Problem {
    let mut shown = problem.clone();
    for (_, value) in &mut shown.args {
        for (plain, masked) in private {
            if value.contains(plain.as_str()) {
                *value = value.replace(plain.as_str(), masked);
            }
        }
        *value = words(value, but);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_class() {
        for (plain, shown) in [
            ("13912341111", "139****1111"),
            ("+86 139 1234 1111", "139****1111"),
            ("+1 555 010 0199", "+15****0199"),
            ("5501", "***"),
        ] {
            assert_eq!(Privacy::Phone.mask(plain), shown);
        }
        assert_eq!(Privacy::Email.mask("zhang.san@x.cn"), "z***@x.cn");
        assert_eq!(Privacy::Email.mask("张三@x.cn"), "张***@x.cn");
        assert_eq!(Privacy::Email.mask("nothing"), "***");
        assert_eq!(Privacy::Email.mask(""), "***");
    }

    #[test]
    fn words_of_texts() {
        // The example number of GB 11643.
        assert!(is_identity("11010519491231002X"));
        assert!(!is_identity("110105194912310021"));
        let text = "手机号 13912341111 属于 lisi (li.si@x.cn). 证件 11010519491231002X，编号 10086";
        let shown = "手机号 139****1111 属于 lisi (l***@x.cn). 证件 110***********002X，编号 10086";
        assert_eq!(words(text, &[]), shown);
        assert_eq!(words("see a@b.cn.", &[]), "see a***@b.cn.");
        assert_eq!(words("13912341111", &["13912341111"]), "13912341111", "a key");
        for (text, shown) in [
            ("“+85291234567”已被占用", "“+85****4567”已被占用"),
            ("+1 555 010 0199 belongs to li, 3 of 4", "+15****0199 belongs to li, 3 of 4"),
            ("+33 1 23 45 67 89.", "+33****6789."),
            ("+8613912341111 2", "139****1111 2"),
        ] {
            assert_eq!(words(text, &[]), shown);
        }
        assert_eq!(words("+85291234567", &["+85291234567"]), "+85291234567", "a key");
        for fixed in ["0755-88888888", "010-62345678", "0571-8765432", "0755-88888888-801"] {
            assert!(is_fixed_line(fixed), "{fixed}");
            let shown = words(&format!("{{\"x-tel\":\"{fixed}\"}}"), &[]);
            assert!(!shown.contains(fixed) && shown.contains("****"), "{shown}");
        }
        for text in ["0755-8888", "010-6234567", "2026-03-02", "0012-12345678", "0755-18888888", "0755-88888888-1-2"] {
            assert_eq!(words(text, &[]), text);
        }
        for text in ["+1", "+12 of 3", "a+b", "+0852912345", "1+852912"] {
            assert_eq!(words(text, &[]), text);
        }
        for text in ["", "é", "1391234111", "139123411112", "…@", "-._"] {
            assert_eq!(words(text, &[]), text);
        }
    }

    #[test]
    fn arguments_of_problems() {
        let taken = Problem::new("x").arg("value", "+1 555 010 0199").arg("by", "lisi");
        let private = [("+1 555 010 0199".to_string(), "+15****0199".to_string())];
        let shown = problem(&taken, &private, &[]);
        assert_eq!((shown.get("value"), shown.get("by")), (Some("+15****0199"), Some("lisi")));
    }
}
