//! The directory as a connector.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use idflow_sdk::{
    ActionSpec, Applied, Call, CheckReport, Connection, ConnectorSpec, Context, Effect, Error, Field, Gather, Kind,
    OpenRequest, OutputSpec, ParamSpec, ParamType, Problem, ReadRequest, Reader, Record, Removal, Seen, Snapshot, Text,
    Value,
    action::RemovedValue,
    directory::{By, DirectoryStore, Stored, Writer},
};

use crate::{
    events::EVENTS,
    messages::MESSAGES,
    read::{DirectoryReader, fill_empty, paths, unsupported},
    rules,
    schema::{self, DEPARTMENT, USER},
};

/// How many objects one write takes. Each is two commits that wait for the disk, whatever is in them; after a kill up to two of
/// them are looked up, in the store itself.
const BATCH: usize = 512;

const fn write(name: &'static str, title: Text, kind: Kind, effect: Effect) -> ActionSpec {
    ActionSpec {
        name,
        title,
        kind: Some(kind),
        effect,
        capability: None,
        params: &[],
        outputs: &[],
        max_parallel: 1,
        batch: BATCH,
    }
}

const fn list(name: &'static str, kind: Kind, removed: bool, doc: Text) -> OutputSpec {
    OutputSpec { name, list_of: Some(kind), one: false, removed, doc }
}

static READ: ActionSpec = ActionSpec {
    name: "read",
    title: Text::new("读取目录", "Read the directory"),
    kind: None,
    effect: Effect::Read,
    capability: None,
    params: &[
        ParamSpec {
            name: "departments",
            ty: ParamType::Scope,
            required: false,
            doc: Text::new(
                "部门范围：include、exclude 路径模式",
                "which departments: include and exclude path patterns",
            ),
        },
        ParamSpec {
            name: "users",
            ty: ParamType::Filter { variable: "user" },
            required: false,
            doc: Text::new(
                "人员范围：where 条件；只会缩小范围。状态为 left（离职）的人不在范围内，除非条件里写了 `user.status`",
                "which people: a where condition, which only narrows; people whose status is left are out of scope unless \
                 the condition names `user.status`",
            ),
        },
    ],
    outputs: &[
        list("departments", Kind::Department, false, Text::new("范围内的部门", "departments in scope")),
        list("users", Kind::User, false, Text::new("范围内的人员", "people in scope")),
        list("removed_departments", Kind::Department, true, Text::new("已消失的部门", "departments that are gone")),
        list("removed_users", Kind::User, true, Text::new("已离开的人员", "people who are gone")),
    ],
    max_parallel: 1,
    batch: 1,
};

static UPSERT_DEPARTMENT: ActionSpec = ActionSpec {
    params: &[
        ParamSpec {
            name: "path",
            ty: ParamType::Path,
            required: false,
            doc: Text::new(
                "部门路径，代替 map：路径上的每一级都成为部门",
                "the path of a department, instead of map: every level of it becomes a department",
            ),
        },
        ParamSpec {
            name: "separator",
            ty: ParamType::Text,
            required: false,
            doc: Text::new("路径中各级名称之间的分隔符，默认 `/`", "what separates the names of a path; default `/`"),
        },
    ],
    ..write("upsert_department", Text::new("写入部门", "Upsert departments"), Kind::Department, Effect::Upsert)
};
static UPSERT_USER: ActionSpec =
    write("upsert_user", Text::new("写入人员", "Upsert people"), Kind::User, Effect::Upsert);
static DISABLE_USER: ActionSpec = write(
    "disable_user",
    Text::new("禁用人员", "Disable people"),
    Kind::User,
    Effect::Remove(Removal::Set { field: "status", value: RemovedValue::Word("disabled") }),
);
static OFFBOARD_USER: ActionSpec = write(
    "offboard_user",
    Text::new("办理离职", "Offboard people"),
    Kind::User,
    Effect::Remove(Removal::Set { field: "status", value: RemovedValue::Word("left") }),
);
static REMOVE_DEPARTMENT: ActionSpec = write(
    "remove_department",
    Text::new("移除部门", "Remove departments"),
    Kind::Department,
    Effect::Remove(Removal::Set { field: "status", value: RemovedValue::Word("removed") }),
);

/// What the directory offers.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    schemas: &[&DEPARTMENT, &USER],
    actions: &[&READ, &UPSERT_DEPARTMENT, &UPSERT_USER, &DISABLE_USER, &OFFBOARD_USER, &REMOVE_DEPARTMENT],
    messages: MESSAGES,
    events: EVENTS,
    local: true,
    ..ConnectorSpec::new("directory", Text::new("目录", "Directory"), open)
};

/// Opens the directory of the tenant.
///
/// # Errors
/// Never; the signature is that of every connector.
pub fn open(request: OpenRequest) -> Result<Arc<dyn Connection>, Error> {
    Ok(Arc::new(Directory { store: request.directory }))
}

struct Directory {
    store: Arc<dyn DirectoryStore>,
}

fn schema_of(kind: Kind) -> Result<&'static idflow_sdk::Schema, Error> {
    SPEC.schema(kind).ok_or_else(|| unsupported(kind.as_str()))
}

impl Directory {
    /// All objects of one moment, as far as writers let us: after some tries the last reading counts.
    async fn all(&self, kind: Kind, into: &mut dyn Gather) -> Result<(), Error> {
        for _ in 0..3 {
            let mark = self.store.mark().await?;
            self.pages(kind, into).await?;
            if self.store.mark().await? == mark {
                return Ok(());
            }
        }
        self.pages(kind, into).await
    }

    async fn pages(&self, kind: Kind, into: &mut dyn Gather) -> Result<(), Error> {
        into.begin();
        let mut after: Option<String> = None;
        loop {
            let page = self.store.page(kind, after.as_deref(), 1000).await?;
            let last = page.len() < 1000;
            after = page.last().map(|stored| stored.key.to_string());
            page.into_iter().for_each(|Stored { key, record }| into.take(Seen { key, record }));
            if last {
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl Connection for Directory {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    async fn check(&self, _context: &Context) -> CheckReport {
        CheckReport::default()
    }

    async fn read(&self, _context: &Context, request: ReadRequest) -> Result<Box<dyn Reader>, Error> {
        Ok(Box::new(DirectoryReader::new(self.store.clone(), &request.params)))
    }

    async fn snapshot(&self, _context: &Context, kind: Kind) -> Result<Snapshot, Error> {
        let schema = schema_of(kind)?;
        let mut objects: Vec<Seen> = Vec::new();
        self.all(kind, &mut objects).await?;
        if kind == Kind::Department {
            let live: HashMap<Box<str>, Record> = objects
                .iter()
                .filter(|seen| !schema.is_gone(&seen.record))
                .map(|seen| (seen.key.clone(), seen.record.clone()))
                .collect();
            let paths = paths(&live);
            for seen in &mut objects {
                if let Some(path) = paths.get(&seen.key) {
                    seen.record.set(schema::department::PATH, Field::Value(Value::text(path.as_str())));
                }
            }
        }
        Ok(Snapshot { objects, absent_is_empty: true, ..Snapshot::default() })
    }

    async fn snapshot_into(&self, context: &Context, kind: Kind, into: &mut dyn Gather) -> Result<Snapshot, Error> {
        // The path of a department is known when all of them are.
        if kind == Kind::Department {
            let mut snapshot = self.snapshot(context, kind).await?;
            into.begin();
            std::mem::take(&mut snapshot.objects).into_iter().for_each(|seen| into.take(seen));
            return Ok(snapshot);
        }
        schema_of(kind)?;
        self.all(kind, into).await?;
        Ok(Snapshot { absent_is_empty: true, ..Snapshot::default() })
    }

    async fn details(&self, _context: &Context, kind: Kind, keys: &[&str]) -> Result<Vec<Seen>, Error> {
        let schema = schema_of(kind)?;
        let stored = self.store.get(kind, keys).await?;
        Ok(stored
            .into_iter()
            .map(|Stored { key, mut record }| {
                fill_empty(&mut record, schema);
                Seen { key, record }
            })
            .collect())
    }

    fn conform(
        &self,
        kind: Kind,
        record: &mut Record,
        complete: bool,
        warnings: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        match SPEC.schema(kind) {
            Some(schema) => rules::conform(schema, record, complete, warnings),
            None => Err(*unsupported(kind.as_str()).problem),
        }
    }

    async fn apply(&self, context: &Context, call: Call<'_>) -> Vec<Result<Applied, Error>> {
        let count = call.objects.len();
        match self.write(context, call).await {
            Ok(()) => (0..count).map(|_| Ok(Applied::default())).collect(),
            Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
        }
    }

    async fn lookup(&self, _context: &Context, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
        let schema = schema_of(kind)?;
        Ok(self.store.get(kind, &[key]).await?.into_iter().next().map(|mut stored| {
            fill_empty(&mut stored.record, schema);
            stored.record
        }))
    }
}

impl Directory {
    async fn write(&self, context: &Context, call: Call<'_>) -> Result<(), Error> {
        let kind = call.action.kind.ok_or_else(|| unsupported(call.action.name))?;
        let keys: Vec<&str> = call.objects.iter().map(|object| object.key).collect();
        let mut new: HashMap<&str, Vec<&Record>> = HashMap::new();
        call.objects.iter().for_each(|object| new.entry(object.key).or_default().push(object.record));
        let status = SPEC.schema(kind).and_then(|schema| schema.field("status"));
        let mut change = |key: &str, record: Option<Record>| -> Record {
            let mut record = record.unwrap_or_default();
            new.get(key).into_iter().flatten().for_each(|new| record.merge(new));
            if let Some(status) = status
                && record.value(status).is_none()
            {
                record.set(status, Field::Value(Value::text("active")));
            }
            // Empty fields are not stored: in the directory what is absent is empty.
            if record.iter().all(|(_, field)| field.value().is_some()) {
                return record;
            }
            record.iter().filter(|(_, f)| f.value().is_some()).map(|(id, f)| (id, f.clone())).collect()
        };
        let by = context.run.clone().map(By::Run);
        self.store.update(kind, &keys, &Writer { lease: context.lease.clone(), by }, &mut change).await
    }
}
