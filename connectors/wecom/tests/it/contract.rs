//! The contract suite, over the simulator.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use idflow_sdk::{
    ConnectorSpec, Field, Kind, Record, Secret, Value,
    contract::{self, Sample, Stage, Subject, System, Trouble},
};
use idflow_wecom::{
    SPEC,
    schema::{department, user},
};
use wecom_sim::{
    DEFAULT_AGENT_ID, DEFAULT_APP_SECRET, DEFAULT_CONTACTS_SECRET, Effect, FaultRule, Faults, Identity, Options,
    Running, Simulator, State,
};

use crate::stub::request;

/// Each stage is a company of its own: what a company complains of is remembered in the process.
#[derive(Default)]
struct WeCom(AtomicUsize);

struct Company(Running);

fn text(text: impl AsRef<str>) -> Field {
    Field::Value(Value::text(text))
}

#[async_trait]
impl Subject for WeCom {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    async fn begin(&self) -> Stage {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let identity = Identity { corp_id: format!("wwcontract{number:08}"), ..Identity::default() };
        let simulator = Simulator::start(Options::with_state(State::one_corp(&identity))).await.expect("a simulator");
        let mut request = request(&simulator.base_url());
        let settings =
            [("corp_id", identity.corp_id), ("agent_id", DEFAULT_AGENT_ID.to_string()), ("timeout_ms", "5000".into())];
        request.settings.extend(settings.map(|(name, value)| (name.to_string(), value)));
        let secrets = [("app_secret", DEFAULT_APP_SECRET), ("contacts_secret", DEFAULT_CONTACTS_SECRET)];
        request.secrets.extend(secrets.map(|(name, value)| (name.to_string(), Secret::new(value.into()))));
        Stage { request, system: Box::new(Company(simulator)) }
    }

    fn sample(&self, kind: Kind, number: usize) -> Sample {
        let (key, fields) = match kind {
            Kind::Department => (format!("{}", 10 + number), vec![(department::NAME, text(format!("研发{number}组")))]),
            _ => {
                let fields = vec![
                    (user::USERID, text(format!("member.{number}"))),
                    (user::NAME, text(format!("成员{number}"))),
                    (user::MOBILE, text(format!("1549800000{number}"))),
                    (user::EMAIL, text(format!("member.{number}@example.com"))),
                    (user::DEPARTMENT, Field::Value(Value::list([Value::Int(1)]))),
                    (user::POSITION, text("工程师")),
                    (user::ENABLE, Field::Value(Value::Bool(true))),
                ];
                (format!("member.{number}"), fields)
            }
        };
        Sample { key, record: fields.into_iter().collect() }
    }

    fn reads(&self) -> Vec<(&'static str, idflow_sdk::Params)> {
        vec![("read", idflow_sdk::Params::default())]
    }

    fn change(&self, kind: Kind) -> Record {
        let field = match kind {
            Kind::Department => (department::NAME, text("测试组")),
            _ => (user::POSITION, text("经理")),
        };
        [field].into_iter().collect()
    }
}

/// The calls about objects; the token is another matter.
const OBJECTS: [&str; 2] = ["/cgi-bin/user/*", "/cgi-bin/department/*"];

#[async_trait]
impl System for Company {
    async fn trouble(&self, trouble: Trouble) -> bool {
        let error = |errcode| Effect::Error { errcode, errmsg: None };
        let everywhere = |effect: Effect| OBJECTS.iter().map(|path| FaultRule::new(*path, effect.clone())).collect();
        let rules: Vec<FaultRule> = match trouble {
            Trouble::Nothing => Vec::new(),
            Trouble::LostAnswers => {
                ["user/create", "user/update", "user/delete", "department/create", "department/delete"]
                    .map(|api| FaultRule::new(format!("/cgi-bin/{api}"), Effect::Lost))
                    .into()
            }
            Trouble::Busy => everywhere(error(-1)),
            Trouble::TooMany => everywhere(error(45009)),
            Trouble::NoRight => everywhere(error(48002)),
            Trouble::Garbled => everywhere(Effect::Html("<html>sign in</html>".into())),
            // A department that is out of range in the middle of a read.
            Trouble::Partial => vec![FaultRule::new("/cgi-bin/user/list", error(60011))],
        };
        self.0.set_faults(Faults::rules(rules));
        true
    }

    async fn end(self: Box<Self>) {
        self.0.stop().await;
    }
}

#[tokio::test]
async fn it_keeps_what_the_engine_relies_on() {
    let report = contract::run(&WeCom::default()).await;
    report.expect(&[
        // WeCom takes one object to a call.
        "each_object_has_its_answer",
    ]);
}
