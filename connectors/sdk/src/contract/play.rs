//! One case at play: the stage, what was found wrong, and every text that the connector gave away meanwhile.

use std::{fmt::Debug, sync::Arc};

use super::{Sample, Stage, Subject, Trouble};
use crate::{
    action::{ActionSpec, Effect, Removal},
    connector::{
        Applied, Call, Connection, ConnectorSpec, Context, ObjectCall, OpenRequest, Params, ReadRequest, Seen,
        Snapshot, SourceObject, Summary,
    },
    error::Error,
    message::{Message, Problem},
    schema::{Access, Kind, Schema},
    shared,
    value::{Field, FieldId, Record},
};

/// The objects of a source, each with the output it came from, and what was said of the whole.
type Read = (Vec<(&'static str, SourceObject)>, Summary);

/// The time of every case, in milliseconds since 1970.
const NOW: i64 = 1_767_225_600_000;

/// Why a case does not go on.
pub(super) enum Halt {
    /// It does not apply.
    Skip(String),
    /// What is wrong was noted.
    Fail,
}

/// A case at play.
pub(super) struct Play<'s> {
    pub subject: &'s dyn Subject,
    pub stage: Stage,
    pub context: Context,
    connection: Option<Arc<dyn Connection>>,
    faults: Vec<String>,
    /// Everything that the connector said.
    heard: Vec<String>,
}

impl<'s> Play<'s> {
    pub(super) async fn begin(subject: &'s dyn Subject) -> Self {
        let stage = subject.begin().await;
        let context = Context::at(NOW);
        let mut play = Self { subject, stage, context, connection: None, faults: Vec::new(), heard: Vec::new() };
        match play.open(play.stage.request.clone()) {
            Ok(connection) => play.connection = Some(connection),
            Err(error) => play.wrong(format!("it cannot be opened: {error:?}")),
        }
        play
    }

    /// Goes on with a new system.
    pub(super) async fn renew(&mut self) {
        let before = std::mem::replace(&mut self.stage, self.subject.begin().await);
        before.system.end().await;
        match self.open(self.stage.request.clone()) {
            Ok(connection) => self.connection = Some(connection),
            Err(error) => self.wrong(format!("it cannot be opened: {error:?}")),
        }
    }

    /// What was wrong, the words of everything that was heard included.
    pub(super) async fn end(mut self) -> Vec<String> {
        self.note_evidence();
        let secrets: Vec<String> =
            self.stage.request.secrets.values().map(|secret| secret.expose().to_string()).collect();
        for secret in secrets.iter().filter(|secret| secret.len() > 3) {
            if let Some(text) = self.heard.iter().find(|text| text.contains(secret.as_str())) {
                let shown = text.replace(secret.as_str(), "<the secret>");
                self.faults.push(format!("a secret is in what it says: {shown}"));
            }
        }
        self.stage.system.end().await;
        self.faults
    }

    pub(super) fn spec(&self) -> &'static ConnectorSpec {
        self.subject.spec()
    }

    /// Notes that something is wrong.
    pub(super) fn wrong(&mut self, what: impl Into<String>) {
        self.faults.push(what.into());
    }

    /// Notes it, unless it holds.
    pub(super) fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong(what());
        }
    }

    /// Opens a connection.
    pub(super) fn open(&mut self, request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
        let opened = (self.spec().open)(request);
        if let Err(error) = &opened {
            self.hear_error(error);
        }
        opened
    }

    /// The connection.
    pub(super) fn connection(&self) -> Result<Arc<dyn Connection>, Halt> {
        self.connection.clone().ok_or(Halt::Fail)
    }

    /// Notes what was said.
    pub(super) fn hear(&mut self, said: &impl Debug) {
        self.heard.push(format!("{said:?}"));
    }

    pub(super) fn hear_error(&mut self, error: &Error) {
        self.hear(error);
        self.heard.push(error.to_string());
        let problem = (*error.problem).clone();
        self.hear_problem(&problem);
    }

    /// A problem has words, and every placeholder of them is filled.
    pub(super) fn hear_problem(&mut self, problem: &Problem) {
        self.hear(problem);
        let Some(message) = message(self.spec(), &problem.code) else {
            return self.wrong(format!("`{}` is in no table of messages", problem.code));
        };
        for text in [message.reason.zh, message.reason.en, message.hint.zh, message.hint.en] {
            let filled = problem.fill(text);
            let open = filled.contains('{') && problem.args.iter().all(|(_, value)| !value.contains('{'));
            self.must(!open, || format!("`{}` leaves a placeholder open: {filled}", problem.code));
            self.heard.push(filled);
        }
    }

    fn note_evidence(&mut self) {
        for exchange in self.context.evidence.take() {
            self.hear(&exchange);
            self.hear_problem(&exchange.problem);
        }
    }

    /// Sets a trouble, or skips the case.
    pub(super) async fn trouble(&mut self, trouble: Trouble) -> Result<(), Halt> {
        match self.stage.system.trouble(trouble).await {
            true => Ok(()),
            false => Err(Halt::Skip(format!("its system cannot play {trouble:?}"))),
        }
    }

    /// The schemas of the kinds that an action creates, with that action.
    pub(super) fn written(&self) -> Result<Vec<(&'static Schema, &'static ActionSpec)>, Halt> {
        let spec = self.spec();
        let creating = |schema: &&'static Schema| {
            let action =
                spec.actions.iter().copied().find(|action| action.kind == Some(schema.kind) && action.effect.creates());
            action.map(|action| (*schema, action))
        };
        let written: Vec<_> = spec.schemas.iter().filter_map(creating).collect();
        if written.is_empty() { Err(Halt::Skip("no action creates objects".into())) } else { Ok(written) }
    }

    /// The action that updates objects of a kind.
    pub(super) fn updates(&self, kind: Kind) -> Option<&'static ActionSpec> {
        self.spec().actions.iter().copied().find(|action| action.kind == Some(kind) && action.effect.updates())
    }

    /// The actions that remove objects of a kind.
    pub(super) fn removes(&self, kind: Kind) -> Vec<(&'static ActionSpec, Removal)> {
        let removal = |action: &&'static ActionSpec| match action.effect {
            Effect::Remove(removal) if action.kind == Some(kind) => Some((*action, removal)),
            _ => None,
        };
        self.spec().actions.iter().filter_map(removal).collect()
    }

    /// A sample, made to fit.
    pub(super) fn sample(&mut self, kind: Kind, number: usize) -> Result<Sample, Halt> {
        let mut sample = self.subject.sample(kind, number);
        let mut warnings = Vec::new();
        let conforms = self.connection()?.conform(kind, &mut sample.record, true, &mut warnings);
        warnings.iter().for_each(|warning| self.hear_problem(warning));
        match conforms {
            Ok(()) => Ok(sample),
            Err(problem) => {
                self.wrong(format!("sample {number} of {} breaks a rule: {problem:?}", kind.as_str()));
                Err(Halt::Fail)
            }
        }
    }

    /// One call for these objects.
    pub(super) async fn apply(
        &mut self,
        action: &'static ActionSpec,
        objects: &[(&str, &Record)],
    ) -> Result<Vec<Result<Applied, Error>>, Halt> {
        let params = Params::default();
        let calls = objects.iter().map(|(key, record)| ObjectCall { key, record }).collect();
        let call = Call { action, params: &params, objects: calls };
        let answers = self.connection()?.apply(&self.context, call).await;
        for answer in &answers {
            match answer {
                Ok(applied) => {
                    self.hear(applied);
                    applied.warnings.iter().chain(&applied.stop).for_each(|problem| self.hear_problem(problem));
                }
                Err(error) => self.hear_error(error),
            }
        }
        self.note_evidence();
        Ok(answers)
    }

    /// One call for one object.
    pub(super) async fn write(
        &mut self,
        action: &'static ActionSpec,
        key: &str,
        record: &Record,
    ) -> Result<Result<Applied, Error>, Halt> {
        let mut answers = self.apply(action, &[(key, record)]).await?;
        match (answers.pop(), answers.len()) {
            (Some(answer), 0) => Ok(answer),
            (_, more) => {
                self.wrong(format!("`{}` of one object has {} answers", action.name, more + 1));
                Err(Halt::Fail)
            }
        }
    }

    /// The same; it must go well.
    pub(super) async fn done(&mut self, action: &'static ActionSpec, key: &str, record: &Record) -> Result<(), Halt> {
        match self.write(action, key, record).await? {
            Ok(_) => Ok(()),
            Err(error) => {
                self.wrong(format!("`{}` of `{key}` fails: {error:?}", action.name));
                Err(Halt::Fail)
            }
        }
    }

    /// Creates a sample.
    pub(super) async fn create(
        &mut self,
        schema: &'static Schema,
        action: &'static ActionSpec,
        number: usize,
    ) -> Result<Sample, Halt> {
        let sample = self.sample(schema.kind, number)?;
        self.done(action, &sample.key, &sample.record).await?;
        Ok(sample)
    }

    /// Looks an object up; it must be possible.
    pub(super) async fn lookup(&mut self, kind: Kind, key: &str) -> Result<Option<Record>, Halt> {
        let found = self.connection()?.lookup(&self.context, kind, key).await;
        self.well("lookup", found)
    }

    pub(super) async fn details(&mut self, kind: Kind, keys: &[&str]) -> Result<Vec<Seen>, Halt> {
        let found = self.connection()?.details(&self.context, kind, keys).await;
        self.well("details", found)
    }

    pub(super) async fn snapshot(&mut self, kind: Kind) -> Result<Snapshot, Halt> {
        let mut objects: Vec<Seen> = Vec::new();
        let found = self.connection()?.snapshot_into(&self.context, kind, &mut objects).await;
        let found = Snapshot { objects, ..self.well("snapshot", found)? };
        found.notices.iter().for_each(|notice| self.hear_problem(notice));
        Ok(found)
    }

    fn well<T>(&mut self, what: &str, found: Result<T, Error>) -> Result<T, Halt> {
        self.note_evidence();
        found.map_err(|error| {
            self.hear_error(&error);
            self.wrong(format!("{what} fails: {error:?}"));
            Halt::Fail
        })
    }

    /// Reads a source to its end.
    pub(super) async fn read(&mut self, name: &'static str, params: &Params) -> Result<Result<Read, Error>, Halt> {
        let Some(action) = self.spec().action(name) else {
            self.wrong(format!("there is no action `{name}`"));
            return Err(Halt::Fail);
        };
        let connection = self.connection()?;
        let request = ReadRequest { action, params: params.clone() };
        let read = async {
            let mut reader = connection.read(&self.context, request).await?;
            let mut objects = Vec::new();
            while let Some(page) = reader.next().await? {
                objects.extend(page.objects.into_iter().map(|object| (page.output, object)));
            }
            Ok((objects, reader.summary()))
        };
        let read: Result<Read, Error> = read.await;
        self.note_evidence();
        match &read {
            Ok((objects, summary)) => {
                summary
                    .incomplete_because
                    .iter()
                    .chain(&summary.notices)
                    .for_each(|problem| self.hear_problem(problem));
                for (_, object) in objects {
                    let problems = object.refused.as_deref().into_iter().chain(&object.warnings);
                    problems.for_each(|problem| self.hear_problem(problem));
                }
            }
            Err(error) => self.hear_error(error),
        }
        Ok(read)
    }

    /// What was written is what is known of it, as far as it can be seen. `whole`: every field that the system does not hide
    /// has to be seen.
    pub(super) fn compare(&mut self, schema: &Schema, wanted: &Record, known: &Record, whole: bool) {
        let kind = schema.kind.as_str();
        for id in schema.differing(wanted, known) {
            let name = &schema.spec(id).name;
            let (wanted, known) = (wanted.get(id), known.get(id));
            self.wrong(format!("`{name}` of the {kind} is {known:?}, and {wanted:?} was written"));
        }
        for (id, _) in wanted.iter().filter(|(id, _)| whole && known.get(*id).is_none()) {
            let spec = schema.spec(id);
            self.must(spec.hidden || spec.access == Access::CreateOnly, || {
                format!("`{}` of the {kind} was written and cannot be seen, and is not declared as hidden", spec.name)
            });
        }
    }
}

/// A field that is taken out of a copy.
pub(super) fn without(record: &Record, id: FieldId) -> Record {
    let mut record = record.clone();
    record.take(id);
    record
}

/// Whether the record says something of the field.
pub(super) fn has(record: &Record, id: FieldId) -> bool {
    matches!(record.get(id), Some(Field::Value(_)))
}

/// The words of a code.
pub(super) fn message(spec: &ConnectorSpec, code: &str) -> Option<&'static Message> {
    spec.messages.iter().chain(shared::MESSAGES).find(|message| message.code == code)
}
