//! Where the words of a `{{…}}` stand. Handlebars' tree has no positions below a tag; this finds them again.

use std::ops::Range;

/// A word of a tag: a name, a path, a literal, a bracket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its bytes in the template's text.
    pub range: Range<usize>,
    /// Whether it is a bracket, `=` or `|`.
    pub punctuation: bool,
}

/// The words of the tag that begins at `start`, and the byte after its end.
pub fn tokens(text: &str, start: usize) -> (Vec<Token>, usize) {
    let mut tokens = Vec::new();
    let mut at = start;
    while text[at..].starts_with('{') {
        at += 1;
    }
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            '}' => {
                let rest = &text[at..];
                return (tokens, at + (rest.len() - rest.trim_start_matches('}').len()).min(3));
            }
            '"' | '\'' => {
                let end = string_end(text, at, c);
                tokens.push(Token { range: at..end, punctuation: false });
                at = end;
            }
            '(' | ')' | '=' | '|' => {
                tokens.push(Token { range: at..at + 1, punctuation: true });
                at += 1;
            }
            '~' | '#' | '&' | '^' | '/' | '>' | '*' | '!' => at += 1,
            _ if c.is_whitespace() => at += c.len_utf8(),
            _ => {
                let end = word_end(text, at);
                tokens.push(Token { range: at..end, punctuation: false });
                at = end;
            }
        }
    }
    (tokens, at)
}

fn string_end(text: &str, start: usize, quote: char) -> usize {
    let mut escaped = false;
    for (place, c) in text[start..].char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return start + place + 1,
            _ => {}
        }
    }
    text.len()
}

fn word_end(text: &str, start: usize) -> usize {
    let mut brackets = false;
    for (place, c) in text[start..].char_indices() {
        match c {
            '[' => brackets = true,
            ']' => brackets = false,
            _ if brackets => {}
            '}' | '(' | ')' | '=' | '|' | '"' | '\'' | '~' => return start + place.max(1),
            _ if c.is_whitespace() => return start + place,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found() {
        let text = "a{{ default (lower source.名字) 'x }} y' }}b";
        let (tokens, end) = tokens(text, 1);
        let words: Vec<&str> = tokens.iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(words, ["default", "(", "lower", "source.名字", ")", "'x }} y'"]);
        assert_eq!(&text[end..], "b");
    }
}
