//! When two mobile numbers or mail addresses are the same, and which are well formed.

/// The form in which mobile numbers are compared, or nothing for a malformed one.
///
/// Mainland numbers may come with or without +86; every other region needs its country code. Spaces
/// and hyphens do not count.
pub(crate) fn comparable_mobile(mobile: &str) -> Option<String> {
    if mobile.is_empty() || mobile.len() > 32 {
        return None;
    }
    let mut comparable = String::with_capacity(mobile.len());
    for (index, letter) in mobile.char_indices() {
        match letter {
            '0'..='9' => comparable.push(letter),
            '+' if index == 0 => comparable.push(letter),
            '-' | ' ' if index > 0 => {}
            _ => return None,
        }
    }
    let mainland = |digits: &str| digits.len() == 11 && digits.starts_with('1');
    match comparable.strip_prefix('+') {
        Some(rest) => match rest.strip_prefix("86") {
            Some(national) => mainland(national).then(|| national.to_owned()),
            None => (5..=20).contains(&rest.len()).then_some(comparable),
        },
        None => mainland(&comparable).then_some(comparable),
    }
}

/// The form in which mail addresses are compared.
pub(crate) fn comparable_email(email: &str) -> String {
    email.to_ascii_lowercase()
}

/// Whether a mail address is 6 to 64 bytes of the usual form.
pub(crate) fn is_email(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return false };
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'@';
    (6..=64).contains(&email.len())
        && !local.is_empty()
        && email.bytes().filter(|byte| *byte == b'@').count() == 1
        && local.bytes().all(plain)
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mainland_numbers_compare_without_country_code() {
        for same in ["13900001111", "+8613900001111", "+86 13900001111", "+86-139-0000-1111", "139 0000 1111"] {
            assert_eq!(comparable_mobile(same).as_deref(), Some("13900001111"), "{same}");
        }
        assert_eq!(comparable_mobile("+852 9123-4567").as_deref(), Some("+85291234567"));
    }

    #[test]
    fn malformed_numbers_are_refused() {
        for bad in [
            "",
            "abc",
            "1390000111",
            "139000011112",
            "91234567",
            "+86 1390000",
            "13900001111x",
            "1+3900001111",
            "-13900001111",
        ] {
            assert_eq!(comparable_mobile(bad), None, "{bad}");
        }
        assert_eq!(comparable_mobile(&format!("+1{}", "2".repeat(32))), None);
    }

    #[test]
    fn mail_addresses() {
        assert!(is_email("a@b.cn"));
        for bad in
            ["", "a@b.c", "plain", "a@b@c.com", "a b@c.com", "@example.com", "a@example", "a@.com.", "甲@example.com"]
        {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(!is_email(&format!("{}@example.com", "a".repeat(60))));
    }
}
