//! What the tables say: names that are there, effects that can be had, words in both languages.

use std::collections::BTreeSet;

use super::play::{Halt, Play, message};
use crate::{
    action::{Effect, Removal, RemovedValue},
    message::Text,
    schema::{KeyRule, Schema, Type},
    setting::Identity,
};

pub(super) async fn the_spec_fits_together(play: &mut Play<'_>) -> Result<(), Halt> {
    let spec = play.spec();
    let mut names = BTreeSet::new();
    for action in spec.actions {
        let name = action.name;
        play.must(names.insert(name), || format!("two actions are called `{name}`"));
        play.must(action.max_parallel > 0 && action.batch > 0, || format!("`{name}` can never be called"));
        let about = action.kind.and_then(|kind| spec.schema(kind));
        let writes = !matches!(action.effect, Effect::Read | Effect::Send);
        play.must(!writes || about.is_some(), || format!("`{name}` writes objects of a kind that has no schema"));
        if let (Effect::Remove(Removal::Set { field, value }), Some(schema)) = (action.effect, about) {
            let ty = schema.field(field).map(|id| schema.spec(id).ty);
            let fits = match (ty, value) {
                (Some(Type::Bool), RemovedValue::Bool(_)) => true,
                (Some(Type::Enum(words)), RemovedValue::Word(word)) => words.contains(&word),
                _ => false,
            };
            play.must(fits, || format!("`{name}` sets `{field}` to {value:?}, which it cannot be"));
        }
        for output in action.outputs {
            let listed = output.list_of.is_none_or(|kind| spec.schema(kind).is_some() || spec.row_schema.is_some());
            play.must(listed, || format!("`{name}` lists a kind that has no schema: `{}`", output.name));
        }
    }
    spec.schemas.iter().for_each(|schema| fits(play, schema));
    let mut names = BTreeSet::new();
    for setting in spec.settings {
        let name = setting.name;
        play.must(names.insert(name), || format!("two settings are called `{name}`"));
        play.must(!(setting.secret && setting.default.is_some()), || format!("the secret `{name}` has a default"));
        let identity = setting.identity != Identity::None;
        play.must(!(setting.secret && identity), || format!("the secret `{name}` cannot tell accounts apart"));
        if let (Some(check), Some(default)) = (setting.check, setting.default) {
            play.must(check(default).is_ok(), || format!("the default of `{name}` is refused"));
        }
    }
    play.must(spec.local == spec.settings.is_empty(), || "what is local has no settings, and nothing else".into());
    Ok(())
}

fn fits(play: &mut Play<'_>, schema: &'static Schema) {
    let kind = schema.kind.as_str();
    play.must(schema.connector == play.spec().name, || format!("the {kind} is said to be one of {}", schema.connector));
    let key = match schema.key {
        KeyRule::Natural(name) | KeyRule::Sequence(name) => Some(name),
        KeyRule::Ulid | KeyRule::Given => None,
    };
    let named = [Some(schema.label), schema.parent, key, schema.gone_when.map(|(field, _)| field)];
    for name in named.into_iter().flatten().chain(schema.at_least_one.iter().copied()) {
        play.must(schema.field(name).is_some(), || format!("the {kind} has no field `{name}`"));
    }
    let mut names = BTreeSet::new();
    for field in schema.fields.iter() {
        play.must(names.insert(field.name.clone()), || format!("two fields of the {kind} are called `{}`", field.name));
        if let Type::Flags { of } = field.ty {
            play.must(schema.field(of).is_some(), || format!("`{}` flags `{of}`, which is not there", field.name));
        }
        for code in field.duplicate.iter().flat_map(|codes| [codes.same, codes.alike]) {
            play.must(message(play.spec(), code).is_some(), || format!("`{code}` is in no table of messages"));
        }
    }
}

pub(super) async fn every_text_is_in_both_languages(play: &mut Play<'_>) -> Result<(), Halt> {
    let spec = play.spec();
    let mut texts: Vec<(String, Text)> = vec![("title".into(), spec.title)];
    texts.extend(spec.settings.iter().map(|setting| (setting.name.to_string(), setting.doc)));
    texts.extend(spec.events.iter().map(|event| (event.name.to_string(), event.doc)));
    texts.extend(spec.inbound.iter().map(|receiver| (format!("receiver `{}`", receiver.name), receiver.doc)));
    texts.extend(spec.called.iter().flat_map(|(kind, called)| {
        [called.one, called.many].map(|text| (format!("what a {} is called", kind.as_str()), text))
    }));
    for action in spec.actions {
        texts.push((action.name.into(), action.title));
        texts.extend(action.params.iter().map(|param| (format!("{}.{}", action.name, param.name), param.doc)));
        texts.extend(action.outputs.iter().map(|output| (format!("{}.{}", action.name, output.name), output.doc)));
    }
    for schema in spec.schemas {
        let fields = schema.fields.iter();
        texts.extend(fields.map(|field| (format!("{}.{}", schema.kind.as_str(), field.name), field.doc)));
    }
    let mut codes = BTreeSet::new();
    for message in spec.messages {
        play.must(codes.insert(message.code), || format!("two messages have the code `{}`", message.code));
        texts.push((message.code.into(), message.reason));
        texts.push((message.code.into(), message.hint));
    }
    for (what, text) in texts {
        play.must(!text.zh.trim().is_empty() && !text.en.trim().is_empty(), || format!("{what}: a text is missing"));
        let (zh, en) = (placeholders(text.zh), placeholders(text.en));
        let same = zh.is_subset(&en) || en.is_subset(&zh);
        play.must(same, || format!("{what}: the languages say different things: {zh:?} and {en:?}"));
    }
    Ok(())
}

/// The names in braces; those of one language only are left out.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| inside);
    let names = inside.map(|inside| inside.split(['|', '?']).next().unwrap_or_default());
    names.filter(|name| !name.ends_with("_zh") && !name.ends_with("_en")).collect()
}

pub(super) async fn a_test_of_the_connection_says_what_it_can_do(play: &mut Play<'_>) -> Result<(), Halt> {
    let report = play.connection()?.check(&play.context).await;
    play.hear(&report);
    for finding in &report.findings {
        finding.problem.iter().for_each(|problem| play.hear_problem(problem));
        let fatal = finding.fatal && finding.problem.is_some();
        play.must(!fatal, || format!("a good connection is found bad: {finding:?}"));
    }
    for action in play.spec().actions {
        let Some(capability) = action.capability else { continue };
        let can = report.capabilities.get(capability).copied();
        play.must(can == Some(true), || format!("`{}` needs `{capability}`, and the test says {can:?}", action.name));
    }
    Ok(())
}
