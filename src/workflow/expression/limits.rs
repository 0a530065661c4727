//! How long and how deep may an expression be? More would exhaust the stack while it is parsed, or take too long for each object.

const MAX_BYTES: usize = 4_096;
const MAX_SIGNS: usize = 150;
const MAX_NESTING: usize = 16;
const MAX_LOOPS: usize = 4;
const MACROS: &[&str] = &[".exists(", ".exists_one(", ".existsOne(", ".all(", ".filter(", ".map("];

/// Whether the text is refused before the parser sees it.
pub fn too_much(text: &str) -> bool {
    let (mut depth, mut deepest, mut signs) = (0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '!' | '<' | '>' | '=' | '&' | '|' | '?' | '.' => signs += 1,
            _ => {}
        }
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| *word == "in").count();
    let loops: usize = MACROS.iter().map(|name| text.matches(name).count()).sum();
    text.len() > MAX_BYTES || deepest > MAX_NESTING || signs + words > MAX_SIGNS || loops > MAX_LOOPS
}
