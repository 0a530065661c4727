//! Text as people write it, made comparable: phone numbers, white space, invisible characters.

/// Spaces that people paste without seeing them: ASCII and full-width spaces, zero-width characters, byte-order marks.
#[must_use]
pub const fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The text without blank characters at its ends.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Control, zero-width and direction characters, which belong in no name.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The digits of a phone number in one form: separators dropped, `00` as `+`, a mainland number without `+86`.
#[must_use]
pub fn phone_digits(text: &str) -> String {
    let mut digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if let Some(rest) = digits.strip_prefix("00") {
        digits = format!("+{rest}");
    }
    if let Some(rest) = digits.strip_prefix("+86").or_else(|| digits.strip_prefix("86"))
        && rest.len() == 11
        && rest.starts_with('1')
    {
        return rest.to_string();
    }
    digits
}

/// An address of the shape `local@host.tld`; not more is promised by any system we write to.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '(' | ')' | '"' | '\\');
    !local.is_empty()
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_compare_without_country_code() {
        for text in ["15498000015", "+86 154-9800-0015", "86 15498000015", "0086 15498000015"] {
            assert_eq!(phone_digits(text), "15498000015");
        }
        assert_eq!(phone_digits("+1 (555) 010-0199"), "+15550100199");
    }

    #[test]
    fn addresses() {
        for good in ["a@b.cn", "x.y+z@mail.example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["a", "a@b", "@b.cn", "a@.cn", "a b@c.cn", "a@b..cn", "a@-b.cn", ".a@b.cn"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
