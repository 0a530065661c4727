//! Writing: one call for each object, and what its answer tells beside success.

use idflow_sdk::{
    ActionSpec, Applied, Context, Error, ErrorKind, Field, ObjectCall, Params, Problem, Record, Schema, Value,
};
use serde_json::{Map, Value as Json};

use crate::{
    actions,
    client::{
        Api, Client, DEPARTMENT_CREATE, DEPARTMENT_DELETE, DEPARTMENT_UPDATE, MESSAGE_SEND, USER_CREATE, USER_DELETE,
        USER_UPDATE, Who,
    },
    codes,
    error::{code_of, of_member, own},
    mapping,
    schema::{DEPARTMENT, USER, user},
};

/// The call that an action makes for each object; `None` when it makes none of its own.
pub(crate) fn api_of(action: &ActionSpec) -> Option<Api> {
    let all = [
        (&actions::CREATE_DEPARTMENT, DEPARTMENT_CREATE),
        (&actions::UPDATE_DEPARTMENT, DEPARTMENT_UPDATE),
        (&actions::DELETE_DEPARTMENT, DEPARTMENT_DELETE),
        (&actions::CREATE_USER, USER_CREATE),
        (&actions::UPDATE_USER, USER_UPDATE),
        (&actions::DISABLE_USER, USER_UPDATE),
        (&actions::ENABLE_USER, USER_UPDATE),
        (&actions::DELETE_USER, USER_DELETE),
        (&actions::SEND_MESSAGE, MESSAGE_SEND),
    ];
    all.into_iter().find(|(spec, _)| spec.name == action.name).map(|(_, api)| api)
}

/// Does one write.
pub(crate) async fn one(
    client: &Client,
    context: &Context,
    action: &ActionSpec,
    params: &Params,
    root: i64,
    object: ObjectCall<'_>,
) -> Result<Applied, Error> {
    let ObjectCall { key, record } = object;
    if action.name == actions::CREATE_DEPARTMENT.name {
        create_department(client, context, key, record, root).await
    } else if action.name == actions::UPDATE_DEPARTMENT.name {
        update_department(client, context, key, record).await
    } else if action.name == actions::DELETE_DEPARTMENT.name {
        department_id(key)?;
        deleted(client.delete_department(context, key).await)
    } else if action.name == actions::CREATE_USER.name {
        create_user(client, context, key, record, params.flag("to_invite", false)).await
    } else if action.name == actions::UPDATE_USER.name {
        update_user(client, context, key, record).await
    } else if action.name == actions::DISABLE_USER.name {
        let result = set_enabled(client, context, key, record, false).await;
        // Nobody lists all people to a provider: only its right to edit tells that somebody is gone.
        if client.has(Who::Edit) { gone_already(result) } else { result }
    } else if action.name == actions::ENABLE_USER.name {
        set_enabled(client, context, key, record, true).await
    } else if action.name == actions::DELETE_USER.name {
        deleted(client.delete_user(context, key).await)
    } else {
        Err(own(ErrorKind::Unsupported, Problem::new("wecom_unsupported").arg("what", action.name)))
    }
}

async fn create_department(
    client: &Client,
    context: &Context,
    key: &str,
    record: &Record,
    root: i64,
) -> Result<Applied, Error> {
    let asked = department_id(key)?;
    let body = mapping::department_body(asked, record, Some(root)).map_err(invalid)?;
    let answer = client.write(context, DEPARTMENT_CREATE, &body).await?;
    match answer.get("id").and_then(Json::as_i64) {
        Some(given) if given != asked => {
            let problem = Problem::new("wecom_department_id_differs")
                .arg("asked", asked.to_string())
                .arg("given", given.to_string());
            Err(own(ErrorKind::Unexpected, problem))
        }
        _ => Ok(Applied::default()),
    }
}

async fn update_department(client: &Client, context: &Context, key: &str, record: &Record) -> Result<Applied, Error> {
    let body = mapping::department_body(department_id(key)?, record, None).map_err(invalid)?;
    client.write(context, DEPARTMENT_UPDATE, &body).await?;
    Ok(Applied { warnings: kept(&DEPARTMENT, record, &body), stop: None })
}

async fn create_user(
    client: &Client,
    context: &Context,
    key: &str,
    record: &Record,
    to_invite: bool,
) -> Result<Applied, Error> {
    let mut body = mapping::user_body(key, record, true).map_err(invalid)?;
    // Always sent: left out, the platform invites everybody by message.
    body["to_invite"] = to_invite.into();
    let answer = client.write(context, USER_CREATE, &body).await.map_err(|error| of_member(error, key))?;
    let stop = invented(&answer);
    Ok(Applied { warnings: stop.clone().into_iter().collect(), stop })
}

async fn update_user(client: &Client, context: &Context, key: &str, record: &Record) -> Result<Applied, Error> {
    let body = mapping::user_body(key, record, false).map_err(invalid)?;
    let answer = client.write(context, USER_UPDATE, &body).await?;
    let mut warnings = kept(&USER, record, &body);
    let stop = invented(&answer);
    warnings.extend(stop.clone());
    if record.get(user::MOBILE).is_some() {
        warnings.push(Problem::new("wecom_mobile_may_stay").field("mobile"));
    }
    if record.get(user::EMAIL).is_some() {
        warnings.push(Problem::new("wecom_email_may_stay").field("email"));
    }
    Ok(Applied { warnings, stop })
}

async fn set_enabled(
    client: &Client,
    context: &Context,
    key: &str,
    record: &Record,
    enabled: bool,
) -> Result<Applied, Error> {
    let mut record = record.clone();
    record.set(user::ENABLE, Field::Value(Value::Bool(enabled)));
    update_user(client, context, key, &record).await
}

/// What is not there need not be deleted.
fn deleted(result: Result<(), Error>) -> Result<Applied, Error> {
    gone_already(result.map(|()| Applied::default()))
}

/// Whoever is not there has no access.
fn gone_already(result: Result<Applied, Error>) -> Result<Applied, Error> {
    match result {
        Err(error) if code_of(&error).is_some_and(codes::is_missing) => {
            Ok(Applied { warnings: vec![Problem::new("wecom_already_gone")], stop: None })
        }
        result => result,
    }
}

/// Fields that were to be emptied and have no empty value on the wire.
fn kept(schema: &Schema, record: &Record, body: &Json) -> Vec<Problem> {
    let unsent = |id| body.get(&*schema.spec(id).name).is_none();
    record
        .iter()
        .filter(|(id, field)| **field == Field::Empty && unsent(*id))
        .map(|(id, _)| Problem {
            field: Some(schema.spec(id).name.clone()),
            ..Problem::new("wecom_cannot_clear").arg("field", &*schema.spec(id).name)
        })
        .collect()
}

/// Departments that WeCom made on its own because a member was to be in one that does not exist.
fn invented(answer: &Map<String, Json>) -> Option<Problem> {
    let list = answer.get("created_department_list")?;
    let rows = list.get("department_info").unwrap_or(list).as_array().filter(|rows| !rows.is_empty())?;
    let names: Vec<String> = rows
        .iter()
        .map(|row| {
            let id = row.get("id").map(Json::to_string).unwrap_or_default();
            let name = row.get("name").and_then(Json::as_str).unwrap_or_default();
            format!("{name} ({id})")
        })
        .collect();
    Some(Problem::new("wecom_department_invented").field("department").arg("departments", names.join(", ")))
}

fn department_id(key: &str) -> Result<i64, Error> {
    key.parse()
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| own(ErrorKind::Invalid, Problem::new("wecom_key_invalid").arg("key", key)))
}

fn invalid(problem: Box<Problem>) -> Error {
    Error { kind: ErrorKind::Invalid, problem }
}
