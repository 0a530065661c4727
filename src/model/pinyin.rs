//! How is this name written in letters? The answer becomes accounts, which a target may never change again, so it is ASCII
//! or nothing, and surnames are read as surnames.

use idflow_sdk::text;
use pinyin::ToPinyin;

/// Surnames of two characters whose reading is another than that of the characters.
const COMPOUND: [(&str, &str); 16] = [
    ("尉迟", "yuchi"),
    ("万俟", "moqi"),
    ("单于", "chanyu"),
    ("长孙", "zhangsun"),
    ("澹台", "tantai"),
    ("皇甫", "huangfu"),
    ("宰父", "zaifu"),
    ("濮阳", "puyang"),
    ("亓官", "qiguan"),
    ("令狐", "linghu"),
    ("乐正", "yuezheng"),
    ("子车", "ziju"),
    ("颛孙", "zhuansun"),
    ("闾丘", "lyuqiu"),
    ("呼延", "huyan"),
    ("拓跋", "tuoba"),
];

/// Surnames of one character that are read otherwise than the character usually is (GB/T 28039).
const SINGLE: [(char, &str); 45] = [
    ('单', "shan"),
    ('曾', "zeng"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('查', "zha"),
    ('朴', "piao"),
    ('区', "ou"),
    ('盖', "ge"),
    ('缪', "miao"),
    ('乐', "yue"),
    ('种', "chong"),
    ('员', "yun"),
    ('任', "ren"),
    ('尉', "wei"),
    ('秘', "bi"),
    ('冼', "xian"),
    ('洗', "xian"),
    ('折', "she"),
    ('黑', "he"),
    ('逄', "pang"),
    ('繁', "po"),
    ('句', "gou"),
    ('翟', "zhai"),
    ('晟', "cheng"),
    ('召', "shao"),
    ('宓', "mi"),
    ('薄', "bo"),
    ('逯', "lu"),
    ('钭', "tou"),
    ('乜', "nie"),
    ('祭', "zhai"),
    ('盛', "sheng"),
    ('宿', "su"),
    ('訾', "zi"),
    ('阚', "kan"),
    ('佴', "nai"),
    ('厍', "she"),
    ('宁', "ning"),
    ('应', "ying"),
    ('臧', "zang"),
    ('卜', "bu"),
    ('车', "che"),
    ('冯', "feng"),
    ('褚', "chu"),
    ('沈', "shen"),
];

/// What stands between the parts of a name and is not read.
const fn separates(c: char) -> bool {
    matches!(c, '·' | '•' | '‧' | '∙' | '⋅' | '・')
}

/// A name in letters: characters by their reading, the surname by that of surnames, `ü` as `yu`, letters with marks without
/// them, all other ASCII as it is.
///
/// # Errors
/// The first character that cannot be written so.
pub fn letters(name: &str) -> Result<String, char> {
    let name = text::plain(text::trim(name));
    let mut rest: &str = &name;
    let mut letters = String::with_capacity(name.len());
    let family = COMPOUND.iter().find(|(written, _)| rest.starts_with(written)).copied();
    let single = || {
        let first = rest.chars().next()?;
        let (_, read) = SINGLE.iter().find(|(written, _)| *written == first)?;
        Some((first.len_utf8(), *read))
    };
    if let Some((length, read)) = family.map(|(written, read)| (written.len(), read)).or_else(single) {
        letters.push_str(read);
        rest = &rest[length..];
    }
    for c in rest.chars() {
        if c.is_ascii() {
            letters.push(c);
        } else if let Some(syllable) = c.to_pinyin() {
            syllable.plain().chars().try_for_each(|letter| push(&mut letters, letter).ok_or(c))?;
        } else if !separates(c) {
            unmarked(c).and_then(|letter| push(&mut letters, letter)).ok_or(c)?;
        }
    }
    Ok(letters)
}

/// How somebody who looks for a name may type it: the syllables of its characters, letters as they are. Two answers where
/// the first character is read otherwise in surnames; none for a name without any character that has a reading.
#[must_use]
pub fn syllables(name: &str) -> Vec<Vec<String>> {
    let name = text::plain(text::trim(name)).to_lowercase();
    let read = |c: char| {
        let mut letters = String::new();
        let syllable = c.to_pinyin()?;
        syllable.plain().chars().try_for_each(|letter| push(&mut letters, letter))?;
        Some(letters)
    };
    let (mut parts, mut any, mut word) = (Vec::new(), false, String::new());
    for c in name.chars() {
        match read(c) {
            Some(syllable) => {
                any = true;
                parts.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                parts.push(syllable);
            }
            None if c.is_alphanumeric() => word.push(c),
            None => parts.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
        }
    }
    parts.extend((!word.is_empty()).then_some(word));
    if !any {
        return Vec::new();
    }
    let family = SINGLE.iter().find(|(written, _)| name.starts_with(*written)).map(|(_, read)| *read);
    let mut all = vec![parts];
    if let Some(read) = family.filter(|read| all[0].first().is_some_and(|first| first != read)) {
        let mut other = all[0].clone();
        other[0] = read.into();
        all.push(other);
    }
    all
}

fn push(letters: &mut String, c: char) -> Option<()> {
    match c {
        'ü' => letters.push_str("yu"),
        'ê' => letters.push('e'),
        c if c.is_ascii() => letters.push(c),
        _ => return None,
    }
    Some(())
}

/// A letter without the marks on it: `é` is `e`.
fn unmarked(c: char) -> Option<char> {
    use unicode_normalization::UnicodeNormalization;
    let mut parts = std::iter::once(c).nfd();
    let letter = parts.next().filter(char::is_ascii_alphabetic)?;
    parts.all(|mark| matches!(mark, '\u{300}'..='\u{36f}')).then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_letters() {
        for (name, written) in [
            ("王小明 Li2", "wangxiaoming Li2"),
            ("单雄", "shanxiong"),
            ("曾静", "zengjing"),
            ("解晓", "xiexiao"),
            ("仇英", "qiuying"),
            ("查良", "zhaliang"),
            ("朴真", "piaozhen"),
            ("尉迟恭", "yuchigong"),
            ("万俟卨", "moqixie"),
            ("吕布", "lyubu"),
            ("王女", "wangnyu"),
            ("张伟", "zhangwei"),
            ("欧阳娜娜", "ouyangnana"),
            ("区小明", "ouxiaoming"),
            ("帕尔·艾合", "paeraihe"),
            ("O'Brien", "O'Brien"),
            ("José Núñez", "Jose Nunez"),
            ("Müller", "Muller"),
            ("王单", "wangdan"),
            ("Ａnna", "Anna"),
            ("", ""),
        ] {
            assert_eq!(letters(name).as_deref(), Ok(written), "{name}");
        }
    }

    #[test]
    fn names_are_typed_in_syllables() {
        let typed = |name: &str| syllables(name).into_iter().map(|parts| parts.join(" ")).collect::<Vec<_>>();
        assert_eq!(typed("张三丰"), ["zhang san feng"]);
        assert_eq!(typed("单雄"), ["dan xiong", "shan xiong"]);
        assert_eq!(typed("研发部2组B"), ["yan fa bu 2 zu b"]);
        assert_eq!(typed("Anna"), Vec::<String>::new());
        assert_eq!(typed(""), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        for (name, bad) in [("𠮷野", '𠮷'), ("ひろ", 'ひ'), ("王🙂", '🙂'), ("Иван", 'И'), ("Weiß", 'ß')]
        {
            assert_eq!(letters(name), Err(bad), "{name}");
        }
    }

    #[test]
    fn every_reading_is_one_that_an_account_may_have() {
        for (written, read) in COMPOUND {
            assert!(written.chars().count() == 2 && read.bytes().all(|byte| byte.is_ascii_lowercase()), "{written}");
        }
        for (place, (written, read)) in SINGLE.iter().enumerate() {
            assert!(read.bytes().all(|byte| byte.is_ascii_lowercase()), "{written}");
            assert!(!SINGLE[..place].iter().any(|(other, _)| other == written), "{written} twice");
        }
        // Every character that has a reading gives ASCII.
        for c in ('\u{3400}'..='\u{9fff}').filter(|c| c.to_pinyin().is_some()) {
            let written = letters(&format!("a{c}")).unwrap_or_else(|_| panic!("{c}"));
            assert!(written.is_ascii() && written.len() > 1, "{c}");
        }
    }
}
