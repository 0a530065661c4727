//! "Did you mean …?": the nearest of some known words.

/// The candidate that differs from `word` in the fewest letters, if few enough that a slip of the hand explains it.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(word);
    let allowed = match wanted.len() {
        0 => return None,
        1..=3 => 1,
        4..=7 => 2,
        8..=64 => 3,
        _ => return None,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &folded(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The snake_case spelling of a kebab-case or camelCase word; other characters become `_`.
#[must_use]
pub fn snake_case(word: &str) -> String {
    let mut snake = String::with_capacity(word.len() + 4);
    let mut before = '_';
    for c in word.chars() {
        if c.is_ascii_uppercase() {
            if before.is_ascii_lowercase() || before.is_ascii_digit() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        } else if c.is_ascii_alphanumeric() {
            snake.push(c);
        } else if !snake.ends_with('_') {
            snake.push('_');
        }
        before = c;
    }
    snake.trim_matches('_').to_string()
}

fn folded(word: &str) -> Vec<char> {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours.
fn distance(left: &[char], right: &[char]) -> usize {
    if left.len().abs_diff(right.len()) > 3 {
        return usize::MAX;
    }
    let mut older: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, l) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, r) in right.iter().enumerate() {
            let mut best = (above[column] + usize::from(l != r)).min(above[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && *l == right[column - 1] && left[row - 1] == *r {
                best = best.min(older[column - 1] + 1);
            }
            line.push(best);
        }
        older = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let words = ["mobile", "email", "name", "departments", "create_user"];
        for (typed, meant) in [
            ("mobil", Some("mobile")),
            ("emial", Some("email")),
            ("nam", Some("name")),
            ("creat_user", Some("create_user")),
            ("createUser", Some("create_user")),
            ("departement", Some("departments")),
            ("salary", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, words), meant, "{typed}");
        }
    }

    #[test]
    fn spellings() {
        for (typed, snake) in
            [("createUser", "create_user"), ("create-user", "create_user"), ("Read HR", "read_hr"), ("x2Y", "x2_y")]
        {
            assert_eq!(snake_case(typed), snake);
        }
    }
}
