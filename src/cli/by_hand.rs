//! `idflow directory person` and `idflow directory department`: made and changed by hand.

use serde_json::{Map, Value, json};

use super::{
    Client, Failure, Lang, Session,
    client::encode,
    department_paths::paths,
    exit,
    lang::{both, say},
    output, words,
};
use crate::contract::directory::{DirectoryDetail, DirectoryObject, DirectoryVerb, TimelineEntry, TimelineKind};

/// Entries of a timeline that are shown.
const ENTRIES: usize = 20;

/// What to do with a person.
#[derive(Debug, clap::Subcommand)]
pub enum Person {
    /// Show one, with who fills each field and what happened.
    Show(Look),
    /// Add one.
    Add {
        /// The account name.
        username: String,
        /// The name.
        name: String,
        /// A department, by path or id; repeat for several.
        #[arg(long = "department", value_name = "DEPARTMENT")]
        departments: Vec<String>,
        /// Another field: mobile=13800000000; empty clears it.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        set: Vec<String>,
    },
    /// Change fields of one.
    Edit(Edit),
    /// Disable one, who stays a member.
    Disable(Which),
    /// Enable one, also one who had left.
    Enable(Which),
    /// Let one leave.
    Leave(Which),
    /// Move one into other departments.
    Move {
        #[command(flatten)]
        which: Which,
        /// The departments from now on, by path or id.
        #[arg(required = true)]
        to: Vec<String>,
    },
}

/// What to do with a department.
#[derive(Debug, clap::Subcommand)]
pub enum Department {
    /// Show one, with who fills each field and what happened.
    Show(Look),
    /// Add one.
    Add {
        /// Its name.
        name: String,
        /// The department above, by path or id; none: a root.
        #[arg(long)]
        parent: Option<String>,
        /// Another field: order=10; empty clears it.
        #[arg(long = "set", value_name = "FIELD=VALUE")]
        set: Vec<String>,
    },
    /// Change fields of one.
    Edit(Edit),
    /// Bring back one that was removed.
    Enable(Which),
    /// Remove one that is empty.
    Remove(Which),
    /// Move one below another.
    Move {
        #[command(flatten)]
        which: Which,
        /// The department above from now on, by path or id; none: it becomes a root.
        to: Option<String>,
    },
}

/// Whom it is about.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The account, id or path in the directory.
    object: String,
}

/// Whom it is about, and how much is shown.
#[derive(Debug, clap::Args)]
pub struct Look {
    #[command(flatten)]
    which: Which,
    /// Show phone numbers, e-mail addresses and the like as they are.
    #[arg(long)]
    reveal: bool,
}

/// What is changed.
#[derive(Debug, clap::Args)]
pub struct Edit {
    #[command(flatten)]
    which: Which,
    /// A field: mobile=13800000000; empty clears it.
    #[arg(long = "set", value_name = "FIELD=VALUE", required = true)]
    set: Vec<String>,
}

/// Runs a command about a person.
pub async fn person(session: &Session<'_>, command: Person) -> Result<u8, Failure> {
    let client = session.client().await?;
    let client = &client;
    let verb = async |which: &Which, verb: DirectoryVerb, to: &[String]| {
        let id = find(client, "user", &which.object).await?;
        carry_out(client, &id, verb, to).await
    };
    let now = match &command {
        Person::Show(look) => return show(session, client, "user", look).await,
        Person::Add { username, name, departments, set } => {
            let mut fields = given(set)?;
            fields.insert("username".into(), username.as_str().into());
            fields.insert("name".into(), name.as_str().into());
            if !departments.is_empty() {
                fields.insert("departments".into(), json!(departments));
            }
            client.send("/directory/objects", &json!({"kind": "user", "fields": fields})).await?
        }
        Person::Edit(edit) => change(client, "user", edit).await?,
        Person::Disable(which) => verb(which, DirectoryVerb::Disable, &[]).await?,
        Person::Enable(which) => verb(which, DirectoryVerb::Enable, &[]).await?,
        Person::Leave(which) => verb(which, DirectoryVerb::Remove, &[]).await?,
        Person::Move { which, to } => verb(which, DirectoryVerb::Move, to).await?,
    };
    done(session, &now)
}

/// Runs a command about a department.
pub async fn department(session: &Session<'_>, command: Department) -> Result<u8, Failure> {
    let client = session.client().await?;
    let client = &client;
    let verb = async |which: &Which, verb: DirectoryVerb, to: &[String]| {
        let id = find(client, "department", &which.object).await?;
        carry_out(client, &id, verb, to).await
    };
    let now = match &command {
        Department::Show(look) => return show(session, client, "department", look).await,
        Department::Add { name, parent, set } => {
            let mut fields = given(set)?;
            fields.insert("name".into(), name.as_str().into());
            if let Some(parent) = parent {
                fields.insert("parent".into(), parent.as_str().into());
            }
            client.send("/directory/objects", &json!({"kind": "department", "fields": fields})).await?
        }
        Department::Edit(edit) => change(client, "department", edit).await?,
        Department::Enable(which) => verb(which, DirectoryVerb::Enable, &[]).await?,
        Department::Remove(which) => verb(which, DirectoryVerb::Remove, &[]).await?,
        Department::Move { which, to } => {
            let to: Vec<String> = to.iter().cloned().collect();
            verb(which, DirectoryVerb::Move, &to).await?
        }
    };
    done(session, &now)
}

/// `FIELD=VALUE`, as fields. A whole number and `true` are what they look like where the field wants them; the server knows.
fn given(set: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    for one in set {
        let Some((name, value)) = one.split_once('=') else {
            let text = both!("应写成 字段=值：{one}", "this is written FIELD=VALUE: {one}");
            return Err(Failure::new(text));
        };
        let value = match (name, value.parse::<i64>()) {
            (_, _) if value.is_empty() => Value::Null,
            ("order", Ok(number)) => number.into(),
            ("managers" | "departments", _) => value.split(';').map(str::trim).collect(),
            _ => value.into(),
        };
        fields.insert(name.trim().into(), value);
    }
    Ok(fields)
}

/// The id of an object that is named by id, account or path.
pub(super) async fn find(client: &Client, kind: &str, named: &str) -> Result<String, Failure> {
    if ulid::Ulid::from_string(named).is_ok() {
        return Ok(named.into());
    }
    if kind == "department" {
        let paths = paths(client).await?;
        let path = format!("/{}", named.trim_matches('/'));
        let mut found = paths.into_iter().filter(|(_, known)| *known == path).map(|(id, _)| id);
        return match (found.next(), found.next()) {
            (Some(id), None) => Ok(id),
            _ => Err(Failure::new(both!("目录里没有部门 {named}", "the directory has no department {named}"))),
        };
    }
    let path = format!("/directory/objects?kind={kind}&find={}", encode(named));
    let found: Vec<DirectoryObject> = client.list(&path, Some(100)).await?;
    let account = |object: &&DirectoryObject| {
        object.fields.get("username").and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(named))
    };
    match found.iter().find(account) {
        Some(object) => Ok(object.id.clone()),
        None => Err(Failure::new(both!("目录里没有账号 {named}", "the directory has no account {named}"))),
    }
}

async fn change(client: &Client, kind: &str, edit: &Edit) -> Result<DirectoryDetail, Failure> {
    let id = find(client, kind, &edit.which.object).await?;
    client.send(&format!("/directory/objects/{id}/edit"), &json!({"fields": given(&edit.set)?})).await
}

async fn carry_out(client: &Client, id: &str, verb: DirectoryVerb, to: &[String]) -> Result<DirectoryDetail, Failure> {
    let body = if verb == DirectoryVerb::Move { json!({"to": to}) } else { json!({}) };
    client.send(&format!("/directory/objects/{id}/{}", verb.as_str()), &body).await
}

fn done(session: &Session<'_>, object: &DirectoryDetail) -> Result<u8, Failure> {
    if session.json() {
        output::json(object);
    } else {
        let lang = session.lang;
        let (label, id) = (&object.label, &object.id);
        let status = words::counted(lang, &object.status);
        output::data(&say!(lang, "{label}（{id}）：{status}", "{label} ({id}): {status}"));
    }
    Ok(exit::DONE)
}

/// Shows one.
async fn show(session: &Session<'_>, client: &Client, kind: &str, look: &Look) -> Result<u8, Failure> {
    let id = find(client, kind, &look.which.object).await?;
    let reveal = look.reveal;
    let object: DirectoryDetail = client.fetch(&format!("/directory/objects/{id}?reveal={reveal}")).await?;
    let path = format!("/directory/objects/{id}/timeline?reveal={reveal}");
    let past: Vec<TimelineEntry> = client.list(&path, Some(ENTRIES)).await?;
    if session.json() {
        output::json(&json!({"object": object, "timeline": past}));
        return Ok(exit::DONE);
    }
    let lang = session.lang;
    done(session, &object)?;
    let mut table = output::table(&match lang {
        Lang::Zh => ["字段", "值", "由谁填写", "最后写入"],
        Lang::En => ["field", "value", "filled by", "written last"],
    });
    let path = |id: &str| object.departments.iter().find(|one| one.id == id).map(|one| one.path.clone());
    for field in object.fields.iter().filter(|field| !field.value.is_null()) {
        let value = match &field.value {
            Value::Array(items) => {
                let one = |item: &Value| {
                    let id = item.get("department").unwrap_or(item);
                    path(id.as_str().unwrap_or_default()).unwrap_or_else(|| output::cell(id))
                };
                items.iter().map(one).collect::<Vec<_>>().join("\n")
            }
            other => output::cell(other),
        };
        let master = field.master.as_ref().map(|master| lang.of(&master.name).to_string()).unwrap_or_default();
        let origin = field.origin.as_ref();
        let who = origin.and_then(|origin| origin.actor.clone().or_else(|| origin.workflow.clone()));
        let when = output::when(origin.and_then(|origin| origin.at.as_deref()));
        let wrote = who.map(|who| format!("{who} {when}")).unwrap_or_default();
        table.add_row([lang.of(&field.title).to_string(), value, master, wrote.trim().to_string()]);
    }
    output::show(table);
    for entry in &past {
        let when = output::when(Some(&entry.at));
        let by = entry.by.as_ref();
        let by = by.and_then(|by| by.actor.clone().or_else(|| by.workflow.clone()).or_else(|| by.run.clone()));
        let by = by.unwrap_or_default();
        let what = match entry.what {
            TimelineKind::Created => lang.pick("新建", "added"),
            TimelineKind::Changed => lang.pick("改动", "changed"),
        };
        let fields = lang.list(entry.changes.iter().map(|change| lang.of(&change.title)));
        output::data(&format!("{when}  {what}  {by}  {fields}"));
    }
    Ok(exit::DONE)
}
