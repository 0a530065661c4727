//! The helpers of templates: pure, typed, the same answer for the same object at any time.
//!
//! No clock and no random numbers, or every run would show changes. The directory helpers (`target_id`, `target_ids`,
//! `leader_flags`, `members`, `department_paths`) ask the caller what the target knows an object by; they work only where a target
//! field says of which kind.

use std::borrow::Cow;

use idflow_sdk::{Problem, Value, phone, text};

use super::{
    compiled::Resolved,
    names::Ty,
    template::{Expr, Frame, Got, Lookup, Stop, as_text, cannot},
};
use crate::model::pinyin;

mod date;
mod table;

pub(crate) use date::date;
pub use table::{HELPERS, Helper, Spec, find};

/// The largest order number; `descending` counts down from it.
const HIGHEST: i64 = u32::MAX as i64;

impl Helper {
    /// Its row.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        HELPERS.iter().find(|row| row.helper == self).unwrap_or(&HELPERS[0])
    }

    /// Whether it needs a target field that refers to objects.
    #[must_use]
    pub const fn refers(self) -> bool {
        matches!(self, Self::TargetId | Self::TargetIds | Self::LeaderFlags | Self::Members | Self::DepartmentPaths)
    }

    /// Whether the argument at this place may have this type.
    #[must_use]
    pub fn takes(self, place: usize, ty: &Ty) -> bool {
        let text = ty.is_text() || ty.is_int() || *ty == Ty::Any;
        match (self, place) {
            (Self::Default | Self::Coalesce | Self::Eq | Self::Json, _) => true,
            (Self::TargetIds | Self::LeaderFlags | Self::DepartmentPaths, _) => {
                text || ty.is_list() || matches!(ty, Ty::Field(idflow_sdk::Type::Ref(_)))
            }
            (Self::Members, _) => ty.is_list() || *ty == Ty::Any,
            (Self::TargetId, _) => text || matches!(ty, Ty::Field(idflow_sdk::Type::Ref(_))),
            (Self::Join, 0) => ty.is_list() || *ty == Ty::Any,
            (Self::Truncate, 1) | (Self::Descending, _) => text,
            _ => text,
        }
    }

    /// The type of its value.
    #[must_use]
    pub fn gives(self, arguments: &[Ty]) -> Ty {
        match self {
            Self::Eq => Ty::Bool,
            Self::Split => Ty::List,
            Self::Descending => Ty::Int,
            Self::TargetId => Ty::Reference,
            Self::TargetIds | Self::Members | Self::DepartmentPaths => Ty::References,
            Self::LeaderFlags => Ty::Flags,
            Self::Default | Self::Coalesce => match arguments {
                [first, rest @ ..] if rest.iter().all(|ty| ty == first) => first.clone(),
                all if all.iter().all(Ty::is_text) => Ty::Text,
                all if all.iter().all(Ty::is_int) => Ty::Int,
                all if all.iter().all(Ty::is_bool) => Ty::Bool,
                _ => Ty::Any,
            },
            _ => Ty::Text,
        }
    }

    /// Why a literal cannot stand at this place of the arguments, as far as that can be told without an object: zh, en.
    pub(crate) fn literal_fault(self, place: usize, literal: &str) -> Option<(&'static str, &'static str)> {
        match (self, place) {
            (Self::Truncate, 1) if literal.parse::<usize>().is_err() => {
                Some(("`truncate` 的长度要是 0 或正整数", "the length of `truncate` is a whole number, 0 or more"))
            }
            (Self::Phone, 1) if !phone::is_region(literal) => Some((
                "`phone` 的国家或地区要写两个大写字母的代码，例如 `CN`、`HK`",
                "the country of `phone` is a code of two capital letters, such as `CN` or `HK`",
            )),
            _ => None,
        }
    }

    pub(crate) fn call<'a>(self, arguments: &'a [Expr], frame: &Frame<'a>) -> Result<Got<'a>, Stop> {
        let Some(first) = arguments.first() else { return Ok(Got::Empty) };
        match self {
            Self::Default | Self::Coalesce => {
                for argument in arguments {
                    match argument.evaluate(frame)? {
                        Got::Empty => {}
                        got => return Ok(got),
                    }
                }
                return Ok(Got::Empty);
            }
            Self::TargetId | Self::TargetIds | Self::LeaderFlags | Self::Members | Self::DepartmentPaths => {
                let got = first.evaluate(frame)?;
                let Some(lookup) = &frame.lookup else {
                    return Err(Stop::Invalid(cannot(frame.template, "这里没有目标对象", "there is no target here")));
                };
                if let (Self::Members, Some(flags)) = (self, arguments.get(1)) {
                    return match led(got, flags.evaluate(frame)?) {
                        Got::Hidden => Ok(Got::Hidden),
                        led => refer(Self::TargetIds, led, lookup, frame.template, "/"),
                    };
                }
                let separator = match arguments.get(1).map(|argument| argument.evaluate(frame)).transpose()? {
                    Some(Got::Value(value)) => as_text(&value).map(Cow::into_owned),
                    _ => None,
                };
                return refer(self, got, lookup, frame.template, separator.as_deref().unwrap_or("/"));
            }
            _ => {}
        }
        let value = match first.evaluate(frame)? {
            Got::Hidden => return Ok(Got::Hidden),
            Got::Value(value) => Some(value),
            Got::Empty => None,
        };
        let mut rest = Vec::with_capacity(2);
        for argument in &arguments[1..] {
            match argument.evaluate(frame)? {
                Got::Hidden => return Ok(Got::Hidden),
                Got::Value(value) => rest.push(Some(value)),
                Got::Empty => rest.push(None),
            }
        }
        if self == Self::Eq {
            let other = rest.first().and_then(Option::as_deref);
            return Ok(Got::owned(Value::Bool(same(value.as_deref(), other))));
        }
        let Some(value) = value else { return Ok(Got::Empty) };
        self.apply(value, &rest, frame.template).map_err(Stop::Invalid)
    }

    /// The helpers that need nothing but values. An empty first argument never comes here.
    pub(crate) fn apply<'a>(
        self,
        value: Cow<'a, Value>,
        rest: &[Option<Cow<'_, Value>>],
        template: &str,
    ) -> Result<Got<'a>, Problem> {
        let refuse = |zh: &str, en: &str| Err(cannot(template, zh, en));
        let option = |place: usize| rest.get(place).and_then(Option::as_deref).and_then(as_text).unwrap_or_default();
        if self == Self::Join {
            let Value::List(items) = value.as_ref() else {
                return refuse("`join` 需要列表", "`join` needs a list");
            };
            let separator = if rest.is_empty() { ",".into() } else { option(0) };
            let texts: Vec<Cow<'_, str>> = items.iter().filter_map(as_text).collect();
            return Ok(Got::text(&texts.join(separator.as_ref())));
        }
        if self == Self::Json {
            return Ok(Got::text(&value.to_json().to_string()));
        }
        if self == Self::Descending {
            return descending(&value, template);
        }
        let Some(written) = as_text(&value) else {
            return refuse(&format!("`{}` 需要文本", self.spec().name), &format!("`{}` needs text", self.spec().name));
        };
        Ok(match self {
            Self::Lower if !written.chars().any(char::is_uppercase) => Got::text(&written),
            Self::Lower => Got::text(&written.to_lowercase()),
            Self::Upper => Got::text(&written.to_uppercase()),
            Self::Trim => Got::text(text::trim(&written)),
            Self::Truncate => {
                let Ok(length) = option(0).parse::<usize>() else {
                    return refuse("`truncate` 需要长度", "`truncate` needs a length");
                };
                match written.char_indices().nth(length) {
                    Some((end, _)) => Got::text(&written[..end]),
                    None => Got::text(&written),
                }
            }
            Self::Split => {
                let separator = if rest.is_empty() { ",".into() } else { option(0) };
                let parts: Vec<&str> = if separator.is_empty() {
                    vec![&written]
                } else {
                    written.split(separator.as_ref()).map(text::trim).filter(|part| !part.is_empty()).collect()
                };
                Got::owned(Value::list(parts.into_iter().map(Value::text)))
            }
            Self::Replace => {
                let wanted = option(0);
                if wanted.is_empty() {
                    Got::text(&written)
                } else {
                    Got::text(&written.replace(wanted.as_ref(), &option(1)))
                }
            }
            Self::Phone | Self::Pinyin | Self::Date => {
                return self.read(&written, [option(0), option(1)], rest.len(), template);
            }
            _ => Got::text(&written),
        })
    }

    /// The helpers that understand a text in a way of their own, with the arguments beside it and how many were given.
    fn read<'a>(
        self,
        written: &str,
        [first, second]: [Cow<'_, str>; 2],
        given: usize,
        template: &str,
    ) -> Result<Got<'a>, Problem> {
        let refuse = |zh: &str, en: &str| Err(cannot(template, zh, en));
        Ok(match self {
            Self::Phone => {
                let region = if given == 0 { phone::HOME.into() } else { first };
                if let Some((zh, en)) = self.literal_fault(1, &region) {
                    return refuse(zh, en);
                }
                match phone::read(written, &region) {
                    Some(number) => Got::text(&number),
                    None if text::trim(written).is_empty() => Got::Empty,
                    None => return Err(Problem::new("mobile_invalid").arg("value", shown(written))),
                }
            }
            Self::Pinyin => match pinyin::letters(written) {
                Ok(letters) => Got::text(&letters),
                Err(c) => {
                    return refuse(
                        &format!("`pinyin` 不知道“{c}”的读音"),
                        &format!("`pinyin` knows no reading of `{c}`"),
                    );
                }
            },
            Self::Date => {
                let format = if given == 0 { "%Y-%m-%d".into() } else { first };
                match date(written, &format, &second) {
                    Some(text) => Got::text(&text),
                    None if date::is_bare_number(written) => {
                        return refuse(
                            &format!("`date` 不知道数字 {} 是日期、秒还是天数", shown(written)),
                            &format!("`date` cannot tell whether {} is a date, seconds or days", shown(written)),
                        );
                    }
                    None => return refuse("`date` 需要日期、格式和时区", "`date` needs a date, a format and a zone"),
                }
            }
            _ => Got::text(written),
        })
    }
}

/// A number turned around, for targets that sort larger first.
fn descending<'a>(value: &Value, template: &str) -> Result<Got<'a>, Problem> {
    let number = value.as_int().or_else(|| value.as_text().and_then(|digits| digits.trim().parse().ok()));
    match number {
        Some(number) if (0..=HIGHEST).contains(&number) => Ok(Got::owned(Value::Int(HIGHEST - number))),
        Some(number) => Err(Problem::new("value_range")
            .arg("value", number.to_string())
            .arg("min", "0")
            .arg("max", HIGHEST.to_string())),
        None => Err(cannot(template, "`descending` 需要整数", "`descending` needs a whole number")),
    }
}

/// Equality of a template: numbers and flags equal the text they are written as, nothing equals empty text.
fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => {
            left == right || matches!((as_text(left), as_text(right)), (Some(left), Some(right)) if left == right)
        }
        _ => false,
    }
}

/// A value, cut to what fits into a message.
fn shown(value: &str) -> String {
    match value.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_string(),
    }
}

/// Departments with the flag of each. Where the flags are not known, or not one for each department, the departments are
/// without one: whoever is not said to lead keeps the flag that there is.
fn led<'a>(departments: Got<'a>, flags: Got<'_>) -> Got<'a> {
    let list = match &departments {
        Got::Value(list) => list.as_list().unwrap_or_default(),
        Got::Hidden | Got::Empty => return departments,
    };
    let Got::Value(flags) = flags else { return departments };
    let flags = flags.as_list().unwrap_or_default();
    if flags.len() != list.len() {
        return departments;
    }
    let departments = list;
    let pair = |(department, flag): (&Value, &Value)| {
        let leader = matches!(flag, Value::Bool(true) | Value::Int(1));
        Value::map([("department".into(), department.clone()), ("leader".into(), Value::Bool(leader))])
    };
    Got::owned(Value::list(departments.iter().zip(flags).map(pair)))
}

/// The only department of a field that holds one.
fn single_of<'a>(kept: Vec<Value>, template: &str) -> Result<Got<'a>, Stop> {
    match <[Value; 1]>::try_from(kept) {
        Ok([one]) => Ok(Got::owned(one)),
        Err(kept) if kept.is_empty() => Ok(Got::Empty),
        Err(_) => Err(Stop::Invalid(cannot(template, "这里只能有一个部门", "one department belongs here"))),
    }
}

/// The directory helpers.
fn refer<'a>(
    helper: Helper,
    got: Got<'a>,
    lookup: &Lookup<'_>,
    template: &str,
    separator: &str,
) -> Result<Got<'a>, Stop> {
    let value = match got {
        Got::Hidden => return Ok(Got::Hidden),
        Got::Value(value) => Some(value),
        Got::Empty => None,
    };
    if helper == Helper::TargetId {
        let top = || {
            let root = if lookup.parent { lookup.references.root() } else { None };
            Ok(root.map_or(Got::Empty, Got::owned))
        };
        let Some(value) = value else { return top() };
        let Some(key) = value.to_key() else {
            return Err(Stop::Invalid(cannot(template, "`target_id` 需要一个编号", "`target_id` needs one key")));
        };
        // Many systems write 0 for "no parent"; a department that is called so comes first.
        if lookup.parent && *key == *"0" && matches!(lookup.references.resolve(lookup.kind, &key), Resolved::Unknown) {
            return top();
        }
        if lookup.parent && matches!(lookup.references.resolve(lookup.kind, &key), Resolved::Top) {
            return top();
        }
        return match lookup.resolve(&key)? {
            Some(key) => Ok(Got::owned(key)),
            None => Err(Stop::Absent),
        };
    }
    let single;
    let items: &[Value] = match value.as_deref() {
        None => &[],
        Some(Value::List(items)) => items,
        Some(other) => {
            single = [other.clone()];
            &single
        }
    };
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        let named = item.entry("department").or_else(|| item.entry("key"));
        let Some(key) = named.unwrap_or(item).to_key() else {
            return Err(Stop::Invalid(cannot(template, "列表里有不是编号的内容", "an entry of the list is not a key")));
        };
        let path = (helper == Helper::DepartmentPaths).then(|| super::department_path::names(&key, separator));
        if path.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let leader = matches!(item.entry("leader"), Some(Value::Bool(true) | Value::Int(1)));
        // No department has this number: there are others, which the source does not see.
        if path.is_none()
            && lookup.members
            && *key == *"0"
            && matches!(lookup.references.resolve(lookup.kind, &key), Resolved::Unknown)
        {
            kept.push(idflow_sdk::schema::others());
            continue;
        }
        let found = path.map_or_else(|| lookup.resolve(&key), |names| lookup.resolve_path(&names));
        let Some(key) = found? else { continue };
        kept.push(match helper {
            Helper::LeaderFlags => Value::Bool(leader),
            // Of a list without flags nobody knows who leads.
            _ if lookup.members && item.entry("leader").is_none() => Value::map([("department".into(), key)]),
            _ if lookup.members => Value::map([("department".into(), key), ("leader".into(), Value::Bool(leader))]),
            _ => key,
        });
    }
    if kept.is_empty() && !items.is_empty() {
        return Err(Stop::Absent);
    }
    if helper == Helper::DepartmentPaths && lookup.single {
        return single_of(kept, template);
    }
    Ok(Got::owned(Value::List(kept.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_helper_has_one_row() {
        for (place, row) in HELPERS.iter().enumerate() {
            assert_eq!(row.helper.spec().name, row.name);
            assert!(row.min >= 1 && row.min <= row.max);
            assert!(!HELPERS[..place].iter().any(|other| other.name == row.name));
            assert!(row.example.contains(row.name));
        }
    }
}
