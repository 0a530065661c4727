//! Messages that people send outside of runs, see [`idflow_sdk::messenger`]. What is too long is refused here: who writes a
//! message can shorten it, while a run has nobody to ask and sends it cut.

use async_trait::async_trait;
use idflow_sdk::{
    Context, Error, ErrorKind, Messenger, Params, Problem, Value,
    messenger::{Content, Delivery, Receivers},
};
use serde_json::json;

use crate::{
    client::{Client, MESSAGE_RECALL, MESSAGE_SEND},
    error::{code_of, own},
    message::{self, EVERYBODY, RECEIVERS},
};

/// WeCom reached nobody of a call.
const NOBODY: i64 = 81013;

/// The parameters of the step that sends the same.
fn params(content: &Content, to: &Receivers) -> Params {
    let mut params = Params::default();
    let mut set = |name: &str, text: &str| drop(params.values.insert(name.into(), Value::text(text)));
    match content {
        Content::Text(text) => set("text", text),
        Content::Markdown(text) => set("markdown", text),
        Content::Card { title, description, url } => {
            set("title", title);
            set("url", url);
            if let Some(description) = description {
                set("text", description);
            }
        }
    }
    let everybody = [EVERYBODY.to_owned()];
    let people = if to.everybody { &everybody[..] } else { &to.people };
    for ((name, _), list) in RECEIVERS.iter().zip([people, &to.departments, &to.tags]) {
        let list = Value::list(list.iter().map(|key| Value::text(key.as_str())));
        params.values.insert((*name).into(), list);
    }
    params
}

#[async_trait]
impl Messenger for Client {
    fn parts(&self, content: &Content, to: &Receivers) -> Result<Vec<Receivers>, Problem> {
        let (params, mut cut) = (params(content, to), Vec::new());
        message::content(&params, &mut cut)?;
        if let Some(field) = cut.into_iter().find_map(|problem| problem.field) {
            return Err(Problem {
                field: Some(field.clone()),
                ..Problem::new("wecom_message_long").arg("name", field)
            });
        }
        if to.everybody {
            return Ok(vec![to.clone()]);
        }
        let parts = message::receivers(&params)?;
        let part =
            |[people, departments, tags]: [Vec<String>; 3]| Receivers { everybody: false, people, departments, tags };
        Ok(parts.into_iter().map(part).collect())
    }

    async fn tags(&self, context: &Context, names: &[String]) -> Result<Vec<Option<String>>, Error> {
        let is_number = |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let known = if names.iter().all(is_number) { Vec::new() } else { Client::tags(self, context).await? };
        let named = |name: &String| known.iter().find(|tag| tag.tagname == *name).map(|tag| tag.tagid.to_string());
        Ok(names.iter().map(|name| if is_number(name) { Some(name.clone()) } else { named(name) }).collect())
    }

    async fn send(&self, context: &Context, content: &Content, to: &Receivers) -> Result<Delivery, Error> {
        let params = params(content, to);
        let body = message::content(&params, &mut Vec::new());
        let mut body = body.map_err(|problem| own(ErrorKind::Invalid, problem))?;
        let named: Vec<&str> = to.people.iter().map(String::as_str).filter(|_| !to.everybody).collect();
        self.pace()
            .message(context, self.agent_id(), &named)
            .map_err(|rest| own(ErrorKind::RateLimited(rest), Problem::new("wecom_message_too_often")))?;
        body.insert("agentid".into(), self.agent_id().into());
        let everybody = [EVERYBODY.to_owned()];
        let people = if to.everybody { &everybody[..] } else { &to.people };
        for ((_, key), list) in RECEIVERS.iter().zip([people, &to.departments, &to.tags]) {
            if !list.is_empty() {
                body.insert((*key).into(), list.join("|").into());
            }
        }
        match self.write(context, MESSAGE_SEND, &body.into()).await {
            Ok(answer) => {
                let text = |key: &str| answer.get(key).and_then(|value| value.as_str()).map(str::to_owned);
                let listed = |key: &str| message::listed(&answer, key);
                Ok(Delivery {
                    id: text("msgid").filter(|id| !id.is_empty()),
                    code: 0,
                    text: text("errmsg").unwrap_or_else(|| "ok".into()),
                    missed: Receivers {
                        everybody: false,
                        people: listed("invaliduser"),
                        departments: listed("invalidparty"),
                        tags: listed("invalidtag"),
                    },
                    unlicensed: listed("unlicenseduser"),
                })
            }
            Err(error) if code_of(&error) == Some(NOBODY) => Ok(Delivery {
                code: NOBODY,
                text: error.problem.get("errmsg").unwrap_or_default().into(),
                missed: to.clone(),
                ..Delivery::default()
            }),
            // Whoever says "busy" may have sent it all the same.
            Err(error) if error.kind == ErrorKind::Unavailable && code_of(&error).is_some() => {
                Err(own(ErrorKind::Unknown, *error.problem))
            }
            Err(error) => Err(error),
        }
    }

    async fn recall(&self, context: &Context, id: &str) -> Result<(), Error> {
        self.write(context, MESSAGE_RECALL, &json!({"msgid": id})).await.map(drop)
    }
}
