//! A company of the WeCom simulator that holds the objects of a case.

use async_trait::async_trait;
use futures::FutureExt;
use idflow_sdk::{Kind, Record, Schema, Type};
use serde_json::{Map, Value as Json};
use wecom_sim::{
    Identity, Limits, Options, Simulator, State,
    state::{DepartmentState, UserState},
};

use super::{
    played::Played,
    stand_in::{Held, Playing, Scene, StandIn},
};
use crate::demo::organisation::Organisation;

mod played;

/// The simulator.
pub(super) struct Company;

#[async_trait]
impl StandIn for Company {
    fn connector(&self) -> &'static str {
        idflow_wecom::SPEC.name
    }

    async fn start(&self, scene: &Scene<'_>) -> Result<Playing, String> {
        let identity = Identity { corp_id: format!("wwtest{:012}", scene.number), ..Identity::default() };
        let state = company(&identity, scene.holds)?;
        let options = Options { limits: Limits::unlimited_calls(), ..Options::with_state(state) };
        let simulator = Simulator::start(options).await.map_err(|error| error.to_string())?;
        let settings = [
            ("corp_id", identity.corp_id),
            ("agent_id", identity.agent_id.to_string()),
            ("base_url", simulator.base_url()),
        ];
        let secrets = [("app_secret", identity.app_secret), ("contacts_secret", identity.contacts_secret)];
        Ok(Playing {
            settings: settings.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            secrets: secrets.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            stop: Some(Box::new(|| simulator.stop().boxed())),
        })
    }

    fn is_playable(&self) -> bool {
        true
    }

    async fn open(&self, account: &str, words: [String; 3], holds: &Organisation) -> Result<Box<dyn Played>, String> {
        let [key, app_secret, contacts_secret] = words;
        let identity = Identity { corp_id: account.into(), app_secret, contacts_secret, ..Identity::default() };
        Ok(Box::new(played::Company::open(identity, key, holds).await?))
    }
}

/// The company.
fn company(identity: &Identity, holds: &[Held<'_>]) -> Result<State, String> {
    let mut state = State::one_corp(identity);
    let fail = |key: &str, error: serde_json::Error| format!("`{key}` cannot be put into the simulator: {error}");
    for corp in &mut state.corps {
        for Held { schema, objects } in holds {
            for (key, record) in objects {
                let mut wire = wire(schema, record);
                if schema.kind == Kind::Department {
                    wire.insert("id".into(), key.parse::<u32>().unwrap_or_default().into());
                    let made: Result<DepartmentState, _> = serde_json::from_value(wire.into());
                    corp.departments.push(made.map_err(|error| fail(key, error))?);
                } else {
                    let made: Result<UserState, _> = serde_json::from_value(wire.into());
                    corp.users.push(made.map_err(|error| fail(key, error))?);
                }
            }
        }
    }
    Ok(state)
}

/// The record as the platform writes it: flags as 1 and 0, genders as digits in quotes, nothing for what is empty.
fn wire(schema: &Schema, record: &Record) -> Map<String, Json> {
    let digit = |json: &Json| Json::from(u8::from(*json == true));
    let mut wire = Map::new();
    for (id, field) in record.iter().filter(|(_, field)| field.value().is_some()) {
        let (spec, json) = (schema.spec(id), field.to_json());
        let json = match (spec.ty, &json) {
            (Type::Bool, flag) => digit(flag),
            (Type::Flags { .. }, Json::Array(flags)) => flags.iter().map(digit).collect(),
            (Type::Enum(words), Json::String(word)) => {
                let place = words.iter().position(|known| known == word).map_or(0, |place| place + 1);
                place.to_string().into()
            }
            _ => json,
        };
        wire.insert(spec.name.to_string(), json);
    }
    wire
}
