//! "Did you mean …?": the nearest of some known words.

/// More words are not compared: typos are unlikely among so many, and a hostile file could make it expensive.
const MAX_CANDIDATES: usize = 1_000;
/// A row of more words is not read by anybody.
const MAX_SHOWN: usize = 40;
/// Longer words are not compared.
const MAX_LETTERS: usize = 64;

/// The candidate that differs from `word` in the fewest letters, if few enough that a slip of the hand explains it; of
/// several, one of the same length. Otherwise the only one that begins like it (`desc` for `description`).
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
    let mut best: Option<((usize, usize), &str)> = None;
    let (mut begins, mut several) = (None, false);
    for candidate in candidates.into_iter().take(MAX_CANDIDATES) {
        let letters = folded(candidate);
        let apart = distance(&wanted, &letters, allowed);
        if apart <= allowed && apart < letters.len().max(wanted.len()) {
            let rank = (apart, wanted.len().abs_diff(letters.len()));
            if best.is_none_or(|(known, _)| rank < known) {
                best = Some((rank, candidate));
            }
        } else if wanted.len() >= 3
            && (letters.starts_with(&wanted) || (letters.len() >= 3 && wanted.starts_with(&letters)))
        {
            several |= begins.is_some();
            begins = Some(candidate);
        }
    }
    best.map(|(_, candidate)| candidate).or(if several { None } else { begins })
}

/// The candidate that other products, or people who have no other word for it, call by this word.
#[must_use]
pub fn alias<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let meant = match word {
        "success" | "successful" | "ok" | "completed" | "passed" => "succeeded",
        "failure" | "error" | "errored" => "failed",
        "canceled" | "aborted" | "stopped" => "cancelled",
        "paused" | "waiting" | "suspended" => "held",
        "429" | "throttled" | "too_many_requests" => "rate_limited",
        "5xx" | "500" | "502" | "503" | "504" | "unavailable" => "server_error",
        "404" => "not_found",
        "none" | "never" | "off" | "false" | "ignore" => "skip",
        _ => return None,
    };
    candidates.into_iter().find(|candidate| *candidate == meant)
}

/// Whether `word` is `typed` with its spelling put right, and nothing else can have been meant: the same letters in another
/// case or with other joints, or one slip of the hand inside a part of at least four letters. A first letter, a digit and a
/// short part (`_a`, `_b`) tell names apart, and `inactive` is no slip of `active`.
#[must_use]
pub fn is_spelling<'a>(typed: &str, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> bool {
    let wanted = folded(typed);
    let others: Vec<Vec<char>> =
        candidates.into_iter().take(MAX_CANDIDATES).filter(|other| *other != word).map(folded).collect();
    let letters = folded(word);
    if letters == wanted {
        return others.iter().all(|other| *other != wanted);
    }
    let digits = |letters: &[char]| letters.iter().filter(|c| c.is_numeric()).copied().collect::<Vec<_>>();
    if wanted.first() != letters.first()
        || digits(&wanted) != digits(&letters)
        || !near(&wanted, &letters)
        || !in_a_long_part(typed, word)
    {
        return false;
    }
    others.iter().all(|other| !near(&wanted, other))
}

/// Whether only case and joints differ: a value of one's own is never taken for another, however near they are.
#[must_use]
pub fn is_same_but_case(typed: &str, word: &str) -> bool {
    folded(typed) == folded(word)
}

/// Whether one word is the other with at most one letter too many, missing, wrong, or changed with its neighbour.
#[must_use]
pub fn is_slip(left: &str, right: &str) -> bool {
    near(&folded(left), &folded(right))
}

fn near(left: &[char], right: &[char]) -> bool {
    distance(left, right, 1) <= 1
}

/// Whether the only part in which the words differ has at least four letters.
fn in_a_long_part(typed: &str, word: &str) -> bool {
    let parts = |text: &str| snake_case(text).split('_').map(str::to_string).collect::<Vec<_>>();
    let (typed, word) = (parts(typed), parts(word));
    typed.len() == word.len()
        && typed.iter().zip(&word).filter(|(left, right)| left != right).all(|(_, right)| right.chars().count() >= 4)
}

/// The words in a row, the first of many.
#[must_use]
pub fn row<'a>(words: impl IntoIterator<Item = &'a str>, between: &str) -> String {
    let mut words = words.into_iter();
    let first: Vec<&str> = words.by_ref().take(MAX_SHOWN).collect();
    let more = if words.next().is_some() { format!("{between}…") } else { String::new() };
    first.join(between) + &more
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

/// Insertions, deletions, replacements and swaps of neighbours; anything above `allowed` is as good as infinite.
fn distance(left: &[char], right: &[char], allowed: usize) -> usize {
    // Rows of the usual table, without a place in memory of their own: names are short, and compared by the thousand.
    let mut rows = [[0_usize; MAX_LETTERS + 1]; 3];
    if left.len().abs_diff(right.len()) > allowed || left.len().max(right.len()) > MAX_LETTERS {
        return usize::MAX;
    }
    for (column, cell) in rows[0].iter_mut().enumerate().take(right.len() + 1) {
        *cell = column;
    }
    for (row, l) in left.iter().enumerate() {
        let [above, line, older] = &mut rows;
        line[0] = row + 1;
        let mut least = row + 1;
        for (column, r) in right.iter().enumerate() {
            let mut best = (above[column] + usize::from(l != r)).min(above[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && *l == right[column - 1] && left[row - 1] == *r {
                best = best.min(older[column - 1] + 1);
            }
            line[column + 1] = best;
            least = least.min(best);
        }
        if least > allowed + 1 {
            return usize::MAX;
        }
        // The line becomes the one above, that one the older.
        rows.rotate_left(1);
    }
    rows[0].get(right.len()).copied().unwrap_or(usize::MAX)
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
            ("depart", Some("departments")),
            ("create", Some("create_user")),
            ("e", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, words), meant, "{typed}");
        }
    }

    #[test]
    fn words_of_others_are_known() {
        let words = ["timeout", "rate_limited", "server_error", "not_found"];
        for (typed, meant) in [("429", Some("rate_limited")), ("5xx", Some("server_error")), ("success", None)] {
            assert_eq!(alias(typed, words), meant, "{typed}");
        }
        assert_eq!(alias("success", ["succeeded", "failed"]), Some("succeeded"));
    }

    #[test]
    fn spelling_is_not_meaning() {
        let words =
            ["active", "disabled", "name", "create_user", "remove_user", "wecom_a", "level_1", "jun", "jan", "hold"];
        for (typed, word, certain) in [
            ("Active", "active", true),
            ("activ", "active", true),
            ("actvie", "active", true),
            ("nam", "name", true),
            ("createUser", "create_user", true),
            ("creat_user", "create_user", true),
            ("inactive", "active", false),
            ("enabled", "disabled", false),
            ("wecom_b", "wecom_a", false),
            ("level_2", "level_1", false),
            ("jn", "jan", false),
            ("mame", "name", false),
            ("hod", "hold", true),
        ] {
            assert_eq!(is_spelling(typed, word, words), certain, "{typed}");
        }
        // As near to the one as to the other.
        assert!(!is_spelling("read_hrx", "read_hr", ["read_hr", "read_hry"]));
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
