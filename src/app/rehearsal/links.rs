//! What an earlier run of the workflow has left behind: which objects are the same, and what it last wrote to each.
//!
//! What it wrote is what the target holds now, as far as the mapping names it. Without a fingerprint nothing is skipped
//! unseen: every object is compared field by field.

use super::{
    objects,
    test_file::{Case, wrong},
    world::{Script, Stage, Target},
};
use crate::{
    app::AppError,
    engine::Connect,
    store::{
        Batch,
        links::{self, End, Pair},
    },
    workflow::{compiled::Uses, duration::parse_duration},
};

impl Stage {
    /// The links of an earlier run, which wrote what the target holds.
    pub(super) async fn links(&self, script: &Script<'_>, case: &Case, target: &Target) -> Result<(), AppError> {
        let mut batch = Batch::default();
        let now = self.app.now();
        for written in &case.links {
            let link = &written.value;
            let fail = |message: String| wrong(script.file, written.defined, message);
            let mapped = self.workflow.steps.iter().find_map(|step| {
                let writing = step.writing()?;
                let mapping = self.workflow.mappings.get(writing.mapping?)?;
                let read = self.workflow.steps.get(writing.foreach.step)?.uses()?;
                (mapping.target.kind == link.kind).then_some((read, &writing.uses, mapping))
            });
            let Some((read, write, mapping)) = mapped else {
                return Err(fail(format!("the workflow maps nothing to the kind {}", link.kind.as_str())));
            };
            let removed_for = match &link.removed_for {
                Some(text) => {
                    Some(parse_duration(text).ok_or_else(|| fail(format!("`{text}` is not a time span such as 40d")))?)
                }
                None => None,
            };
            let name = |uses: &Uses| self.app.connections.link_name(self.reference(uses), uses.connector.name);
            let pair =
                Pair { tenant: self.app.tenant.clone(), source: name(read), target: name(write), kind: link.kind };
            let object = target.of(link.kind).iter().find(|object| *object.key == *link.target);
            let source = End { key: link.source.as_str().into(), ..End::default() };
            let end = End {
                key: link.target.as_str().into(),
                written: objects::last_written(object, mapping.fields.iter().map(|field| field.target)),
                fingerprint: 0,
                removed_at: removed_for.map(|span| now - i64::try_from(span.as_millis()).unwrap_or(now)),
            };
            links::create(&mut batch, &pair, &pair.link(source, end, &self.id, "created", now))?;
        }
        Ok(self.app.store.commit(batch).await?)
    }
}
