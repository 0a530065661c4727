//! What the template parser may be given: it recurses, so what could exhaust its stack is refused before; and where its
//! lines and columns are.

const MAX_BYTES: usize = 16 << 10;
const MAX_TAGS: usize = 200;
const MAX_NESTING: usize = 12;

/// The byte of a line and column, both from 1, columns in characters.
pub fn offset(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        start = text[start..].find('\n').map_or(text.len(), |place| start + place + 1);
    }
    text[start..].char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(place, _)| start + place)
}

/// The parser recurses; what could exhaust its stack is refused before.
pub fn too_much(text: &str) -> Option<(&'static str, &'static str)> {
    if text.len() > MAX_BYTES {
        return Some(("模板太长（上限 16 KiB）", "the template is too long (at most 16 KiB)"));
    }
    if text.matches("{{").count() > MAX_TAGS {
        return Some(("模板里的 `{{…}}` 太多（上限 200）", "the template has too many `{{…}}` (at most 200)"));
    }
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '(' | '[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' => depth = 0,
            _ => {}
        }
    }
    let braces = longest_run(text, '{');
    let blocks = text.matches("{{#").count() + text.matches("{{~#").count() + text.matches("{{^").count();
    (deepest > MAX_NESTING || blocks > MAX_NESTING * 3 || braces > MAX_NESTING)
        .then_some(("模板嵌套太深", "the template is nested too deeply"))
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (mut run, mut longest) = (0, 0);
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
