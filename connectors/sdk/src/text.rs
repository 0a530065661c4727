//! Text as people write it, made comparable: phone numbers, white space, invisible characters.

/// Spaces that people paste without seeing them: ASCII and full-width spaces, zero-width characters, byte-order marks.
#[must_use]
pub const fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The text without blank characters at its ends.
#[must_use]
pub fn trim(text: &str) -> &str {
    // Most texts have nothing to take away, and show it by their first and last byte.
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(is_blank),
    }
}

/// Whether every character is a visible one of ASCII or a blank between them: nothing is to be taken out, composed or
/// made plain. Most values are so, and one look at their bytes tells.
#[must_use]
pub fn is_simple(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Control, zero-width and direction characters, and letters that show nothing (soft hyphens, fillers, the blank of Braille, tags),
/// which belong in no name. What chooses the look of the character before it stays: emoji are written so.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    let zero_width =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let fillers =
        matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || zero_width || fillers || matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}')
}

/// A phone number in the form in which equal ones are identical; what is none stays as it is written.
#[must_use]
pub fn phone_digits(text: &str) -> String {
    crate::phone::read(text, crate::phone::HOME).unwrap_or_else(|| trim(text).into())
}

/// The text composed (NFC): a Mac writes `ü` as two characters, which look the same and are not.
#[must_use]
pub fn composed(text: &str) -> std::borrow::Cow<'_, str> {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.into();
    }
    text.nfc().collect::<String>().into()
}

/// The text with wide and other compatible characters in their plain form (NFKC): `１Ａ` is `1A`.
#[must_use]
pub fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    use unicode_normalization::UnicodeNormalization;
    if text.is_ascii() { text.into() } else { text.nfkc().collect::<String>().into() }
}

/// An address of the shape `local@host.tld`; not more is promised by any system we write to.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '@' | ',' | ';' | ':' | '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\\')
    };
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
        assert_eq!(phone_digits(" 15498000015转8001 "), "15498000015转8001");
    }

    #[test]
    fn decomposed_text_is_composed() {
        for (text, composed_text) in [("Zu\u{308}rich", "Zürich"), ("カ\u{3099}ス", "ガス"), ("王", "王"), ("a", "a")]
        {
            assert_eq!(composed(text), composed_text);
        }
        assert_eq!(plain("１Ａ　㎏"), "1A kg");
    }

    #[test]
    fn what_shows_nothing_is_invisible() {
        for nothing in
            ['\n', '\u{ad}', '\u{34f}', '\u{180e}', '\u{200b}', '\u{2800}', '\u{3164}', '\u{ffa0}', '\u{e0020}']
        {
            assert!(is_invisible(nothing), "{nothing:?}");
        }
        assert!(!"张 é\u{fe0f}·-".chars().any(is_invisible));
    }

    #[test]
    fn addresses() {
        for good in ["a@b.cn", "x.y+z@mail.example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["a", "a@b", "@b.cn", "a@.cn", "a b@c.cn", "a@b..cn", "a@-b.cn", ".a@b.cn", "mailto:a@b.cn", "[a@b.cn"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
