//! What was surely meant by text that is nearly a template: forgotten or single braces, `${…}` and `${{…}}` of other
//! languages, pipes and calls with brackets. Each is told with the spelling that is right here, and only if that can be read.

use handlebars::Template as Parsed;

use super::limits::too_much;
use crate::workflow::{
    helpers,
    names::Names,
    suggest::{is_spelling, nearest},
};

const ROOTS: &[&str] = &["source", "inputs", "vars", "steps", "connections", "run", "trigger"];
/// Longer texts are not looked at.
const MAX_BYTES: usize = 2_000;

/// The template that a text without `{{` was meant to be.
pub fn bare(text: &str, names: &Names<'_>) -> Option<String> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let whole = text.trim().trim_start_matches('$');
    if is_name(whole, names) {
        return Some(format!("{{{{{whole}}}}}"));
    }
    // `lower source.email` without any brace.
    if let Some((helper, rest)) = whole.split_once(' ')
        && helpers::find(helper).is_some()
        && rest.split(' ').next().is_some_and(|name| is_name(name, names))
    {
        return Some(format!("{{{{{whole}}}}}"));
    }
    let (mut meant, mut rest, mut any) = (String::new(), text, false);
    while let Some(open) = rest.find(['{', '[', '<', '}']) {
        let after = rest[open..].trim_start_matches(['{', '[', '<', '%', '=']);
        let end = after.find(['}', ']', '>', '%']).unwrap_or(after.len());
        let inner = after[..end].trim();
        let first = inner.split([' ', '|', '(']).find(|word| is_name(word, names));
        if rest[open..].starts_with('}') || first.is_none() {
            let step = rest[open..].chars().next().map_or(1, char::len_utf8);
            meant.push_str(&rest[..open + step]);
            rest = &rest[open + step..];
            continue;
        }
        any = true;
        meant.push_str(rest[..open].trim_end_matches(['$', '#', '%']));
        meant.push_str(&format!("{{{{{inner}}}}}"));
        rest = after[end..].trim_start_matches(['}', ']', '>', '%']);
    }
    meant.push_str(rest);
    if any {
        return spelled(&meant).or(Some(meant));
    }
    // `source.name}}`: the closing half only.
    let inner = whole.trim_end_matches('}').trim();
    (whole.ends_with('}') && is_name(inner, names)).then(|| format!("{{{{{inner}}}}}"))
}

fn is_name(word: &str, names: &Names<'_>) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let Some((root, rest)) = word.split_once('.') else { return false };
    if rest.is_empty() || !word.chars().all(plain) || word.ends_with('.') {
        return false;
    }
    if names.object.is_some_and(|object| object.variable == root) {
        return true;
    }
    let path: Vec<&str> = word.split('.').collect();
    ROOTS.contains(&root) && path.len() > 1 && root != "source" && names.knows(&path)
}

/// The same in our spelling, when only the spelling is wrong. `None` when that cannot be read either.
pub fn spelled(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let meant = braces(text).replace("${{", "{{");
    let mut out = String::with_capacity(meant.len());
    let mut rest = meant.as_str();
    while let Some(open) = rest.find("{{") {
        let close = rest[open..].find("}}").map(|place| open + place)?;
        out.push_str(&rest[..open]);
        out.push_str("{{");
        out.push_str(&tag(&straight(&rest[open + 2..close])));
        out.push_str("}}");
        rest = &rest[close + 2..];
    }
    out.push_str(rest);
    (out != text && too_much(&out).is_none() && Parsed::compile(&out).is_ok()).then_some(out)
}

/// Every run of braces as a pair.
fn braces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if matches!(c, '{' | '}') {
            out.push(c);
            while chars.peek() == Some(&c) {
                chars.next();
            }
        }
    }
    // An opened tag that is never closed.
    if let Some(open) = out.rfind("{{")
        && !out[open..].contains("}}")
    {
        let end = out.trim_end().len();
        out.insert_str(end, "}}");
    }
    out
}

/// The inside of a tag with the quotes that stand in prose as ours, except in a text that is quoted already.
fn straight(inner: &str) -> String {
    let mut quote = None;
    let each = |c: char| match (c, quote) {
        ('\'' | '"', None) => {
            quote = Some(c);
            c
        }
        (_, Some(open)) if c == open => {
            quote = None;
            c
        }
        ('“' | '”' | '‘' | '’', None) => '\'',
        _ => c,
    };
    inner.chars().map(each).collect()
}

/// The parts between separators that stand in no quotes, without blanks around them.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut quote) = (Vec::new(), 0, None);
    for (place, c) in text.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (_, None) if place >= start && text[place..].starts_with(separator) => {
                parts.push(text[start..place].trim());
                start = place + separator.len();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// The inside of a tag: `a | lower`, `lower(a)`, `default(a, 'x')`.
fn tag(inner: &str) -> String {
    let piped = split(inner, "|");
    if piped.len() > 1 {
        let mut parts = piped.into_iter();
        let mut value = parts.next().unwrap_or_default().to_string();
        for part in parts {
            let (name, arguments) = part.split_once('(').unwrap_or((part, ""));
            let arguments = split(arguments.trim_end_matches(')'), ",").join(" ");
            let name = known(name.trim());
            let nested = if value.contains(' ') { format!("({value})") } else { value };
            value = format!("{name} {nested} {}", arguments.trim()).trim_end().to_string();
        }
        return value;
    }
    if let Some((name, rest)) = inner.trim().split_once('(')
        && let Some(arguments) = rest.strip_suffix(')')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        return format!("{} {}", known(name), split(arguments, ",").join(" ")).trim_end().to_string();
    }
    if let [left, right] = split(inner, "==").as_slice() {
        return format!("eq {left} {right}");
    }
    match split(inner, ", ").as_slice() {
        [_] => inner.to_string(),
        parts => parts.join(" "),
    }
}

fn known(name: &str) -> &str {
    let names = || helpers::HELPERS.iter().map(|row| row.name);
    let near = || nearest(name, names()).filter(|word| is_spelling(name, word, names()));
    other_name(name).filter(|(_, certain)| *certain).map(|(name, _)| name).or_else(near).unwrap_or(name)
}

/// Our helper for what other template languages call so.
pub fn other_name(name: &str) -> Option<(&'static str, bool)> {
    let ours = match name {
        "downcase" | "lowercase" | "toLowerCase" | "to_lower" | "lcase" => "lower",
        "upcase" | "uppercase" | "toUpperCase" | "to_upper" | "ucase" => "upper",
        "strip" => "trim",
        "substring" | "slice" | "substr" | "left" => "truncate",
        "toJson" | "tojson" | "to_json" | "stringify" => "json",
        "equals" | "equal" | "is" => "eq",
        "ifnull" | "nvl" | "or" => "coalesce",
        "concat" => "join",
        "format_date" | "dateFormat" | "strftime" => "date",
        _ => return None,
    };
    // The arguments of these mean something else.
    let certain = !matches!(ours, "truncate" | "join" | "date");
    Some((ours, certain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_are_read() {
        for (text, meant) in [
            ("{{source.name}", Some("{{source.name}}")),
            ("{{source.name", Some("{{source.name}}")),
            ("{source.name}}", Some("{{source.name}}")),
            ("${{ source.name }}", Some("{{ source.name }}")),
            ("{{ source.name | lower }}", Some("{{lower source.name}}")),
            ("{{ source.name | trim | lower }}", Some("{{lower (trim source.name)}}")),
            ("{{source.title | default('x')}}", Some("{{default source.title 'x'}}")),
            ("{{lower(source.email)}}", Some("{{lower source.email}}")),
            ("{{default source.title, 'x'}}", Some("{{default source.title 'x'}}")),
            ("{{default source.title “x”}}", Some("{{default source.title 'x'}}")),
            ("{{source.status == 'active'}}", Some("{{eq source.status 'active'}}")),
            ("{{source.tags | split(',')}}", Some("{{split source.tags ','}}")),
            ("{{source.name | replace(',', '')}}", Some("{{replace source.name ',' ''}}")),
            ("{{replace(source.name, '|', ', ')}}", Some("{{replace source.name '|' ', '}}")),
            ("{{join source.names, ', '}}", Some("{{join source.names ', '}}")),
            ("{{default source.title, 'a == b'}}", Some("{{default source.title 'a == b'}}")),
            ("“{{source.name}”", Some("“{{source.name}}”")),
            ("{{default(source.title, '“x”')}}", Some("{{default source.title '“x”'}}")),
            ("{{source.name}}", None),
        ] {
            assert_eq!(spelled(text).as_deref(), meant, "{text}");
        }
    }
}
