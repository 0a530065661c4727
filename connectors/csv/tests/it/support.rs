//! Writes a file, reads it through the connector, and checks on the way that every problem has words.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use idflow_csv::{MESSAGES, SPEC};
use idflow_sdk::{
    Connection, Context, Error, OpenRequest, Params, Predicate, Problem, ReadRequest, Record, Schema, SourceObject,
    Summary, Value, contract::NoDirectory,
};
use serde_json::{Value as Json, json};

pub fn context() -> Context {
    Context::at(0)
}

pub fn connection(folder: &Path) -> Arc<dyn Connection> {
    let settings = BTreeMap::from([("folder".to_string(), folder.display().to_string())]);
    let request = OpenRequest {
        name: "import".into(),
        settings,
        secrets: BTreeMap::new(),
        directory: Arc::new(NoDirectory),
        granted: None,
    };
    idflow_csv::open(request).unwrap()
}

/// A read, page by page, put together.
#[derive(Debug)]
pub struct Done {
    pub schema: Schema,
    pub objects: Vec<SourceObject>,
    pub summary: Summary,
}

impl Done {
    /// The record as JSON, by the key of its row.
    pub fn record(&self, key: &str) -> Json {
        let object = self.objects.iter().find(|object| &*object.key == key).unwrap_or_else(|| panic!("no {key}"));
        as_json(&self.schema, &object.record)
    }

    /// `key reason` for each refused row.
    pub fn refused(&self) -> Vec<String> {
        let reason = |object: &SourceObject| Some(format!("{} {}", object.key, object.refused.as_ref()?.code));
        self.objects.iter().filter_map(reason).collect()
    }

    /// `key warning field` for each warning.
    pub fn warnings(&self) -> Vec<String> {
        let each = |object: &SourceObject| {
            let key = object.key.clone();
            let text =
                |problem: &Problem| format!("{key} {} {}", problem.code, problem.field.as_deref().unwrap_or("-"));
            object.warnings.iter().map(text).collect::<Vec<_>>()
        };
        self.objects.iter().flat_map(each).collect()
    }

    pub fn keys(&self) -> Vec<&str> {
        self.objects.iter().map(|object| &*object.key).collect()
    }

    pub fn incomplete(&self) -> Option<&str> {
        self.summary.incomplete_because.as_ref().map(|problem| &*problem.code)
    }

    pub fn notices(&self) -> Vec<&str> {
        self.summary.notices.iter().map(|problem| &*problem.code).collect()
    }
}

pub fn as_json(schema: &Schema, record: &Record) -> Json {
    record
        .iter()
        .map(|(id, field)| (schema.spec(id).name.to_string(), field.to_json()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The parameters as the engine gives them: texts and lists as values, maps as JSON.
pub fn params(with: &Json) -> Params {
    let mut params = Params::default();
    for (name, value) in with.as_object().unwrap() {
        if value.is_object() {
            params.json.insert(name.clone(), value.clone());
        } else if let Some(value) = Value::from_json(value).unwrap().value() {
            params.values.insert(name.clone(), value.clone());
        }
    }
    params
}

pub async fn try_read(folder: &Path, with: &Json, predicate: Option<Predicate>) -> Result<Done, Error> {
    let mut params = params(with);
    params.predicates.extend(predicate.map(|predicate| ("where".to_string(), predicate)));
    let request = ReadRequest { action: SPEC.action("read").unwrap(), params };
    let mut reader = connection(folder).read(&context(), request).await.inspect_err(|error| worded(&error.problem))?;
    assert!(!reader.summary().complete, "complete before the last page");
    let mut objects = Vec::new();
    while let Some(page) = reader.next().await? {
        assert_eq!(page.output, "rows");
        assert!(!page.objects.is_empty(), "an empty page");
        objects.extend(page.objects);
    }
    let summary = reader.summary();
    assert_eq!(summary.complete, summary.incomplete_because.is_none());
    for object in &objects {
        object.refused.iter().for_each(|problem| worded(problem));
        object.warnings.iter().for_each(worded);
        assert!(!object.key.is_empty() || (object.refused.is_some() && !summary.complete), "{object:?}");
    }
    summary.incomplete_because.iter().for_each(worded);
    summary.notices.iter().for_each(worded);
    Ok(Done { schema: idflow_csv::row_schema(with).unwrap(), objects, summary })
}

/// Writes the bytes to `name` in a folder of their own and reads them.
pub async fn read_bytes(name: &str, bytes: &[u8], with: Json) -> Result<Done, Error> {
    read_where(name, bytes, with, None).await
}

pub async fn read_where(name: &str, bytes: &[u8], mut with: Json, predicate: Option<Predicate>) -> Result<Done, Error> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    with["path"] = json!(name);
    try_read(folder.path(), &with, predicate).await
}

/// The same for text that can be read.
pub async fn read(text: &str, with: Json) -> Done {
    read_bytes("users.csv", text.as_bytes(), with).await.unwrap()
}

/// Every problem is in the table, and its arguments fill every placeholder.
pub fn worded(problem: &Problem) {
    let message = MESSAGES.iter().chain(idflow_sdk::shared::MESSAGES).find(|message| message.code == problem.code);
    let message = message.unwrap_or_else(|| panic!("{} has no words", problem.code));
    for text in [message.reason.zh, message.reason.en, message.hint.zh, message.hint.en] {
        // Before forms for numbers and words for what is not known stands the name.
        for name in text.split('{').skip(1).filter_map(|rest| rest.split(['}', '|', '?']).next()) {
            assert!(problem.get(name).is_some(), "{}: no {name}", problem.code);
        }
    }
}

/// People, as the shipped workflow reads them.
pub fn people() -> Json {
    json!({
        "key": "external_id",
        "columns": {
            "external_id": ["external_id", "工号"],
            "userid": ["userid", "账号", "帐号"],
            "name": ["name", "姓名"],
            "mobile": ["mobile", "手机"],
            "email": ["email", "邮箱"],
            "title": ["position", "职务", "岗位"],
            "departments": ["departments", "部门"],
            "is_leader": "is_leader",
            "manager": ["manager", "直属上级"],
            "status": ["status", "enabled", "状态"],
        },
        "required": ["userid", "name"],
        "present": ["departments"],
        "lists": {"departments": ";", "manager": ";"},
        "flags": {"departments": "is_leader"},
        "words": {"status": {
            "1": "active", "active": "active", "在职": "active", "启用": "active",
            "0": "disabled", "disabled": "disabled", "停用": "disabled", "禁用": "disabled", "left": "left", "离职": "left",
        }},
        "defaults": {"status": "active"},
    })
}

/// Departments, as the shipped workflow reads them.
pub fn departments() -> Json {
    json!({
        "key": "dept_id",
        "columns": {"dept_id": "dept_id", "parent_id": "parent_id", "name": "name", "order": "order"},
        "required": ["name"],
        "present": ["parent_id"],
    })
}
