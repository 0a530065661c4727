//! The provider's way by the cases of the SDK, over the simulator, which plays the platform's half.

use std::{
    collections::BTreeMap,
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use idflow_sdk::{
    ConnectorSpec, Grant, Secret,
    contract::provider::{self, Stage, Subject, System},
    provider::ProviderRequest,
};
use idflow_wecom::SPEC;
use serde_json::json;
use wecom_sim::{
    Authorize, Authorized, CallbackSettings, Identity, Options, Running, Simulator, State, state::VisibleState,
};

const TEMPLATE: &str = "dkTemplateContract";
const EDIT: &str = "wwContractEdit";
const OWN: &str = "wwContractProvider";

#[derive(Default)]
struct Way(AtomicUsize);

struct Platform {
    simulator: Running,
    corp: String,
}

fn suite_of(grant: Grant) -> &'static str {
    match grant {
        Grant::App => TEMPLATE,
        Grant::Contacts => EDIT,
    }
}

#[async_trait]
impl Subject for Way {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    async fn begin(&self) -> Stage {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let identity = Identity { corp_id: format!("wwprovided{number:08}"), ..Identity::default() };
        let mut state = State::one_corp(&identity);
        let suite = |id: &str, kind: &str| {
            json!({ "suite_id": id, "suite_secret": format!("secret-of-{id}"), "kind": kind, "name": "身份流程",
                    "provider_corpid": OWN, "provider_secret": "secret-of-the-provider" })
        };
        let suites = json!([suite(TEMPLATE, "customized"), suite(EDIT, "contact_edit")]);
        state.suites = serde_json::from_value(suites).expect("suites");
        let simulator = Simulator::start(Options::with_state(state)).await.expect("a simulator");
        simulator.set_callbacks(CallbackSettings { hold: true, ..CallbackSettings::default() });
        let base = simulator.base_url();
        let texts = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            all.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
        };
        let settings = texts(&[
            ("provider_corp_id", OWN),
            ("template_id", TEMPLATE),
            ("contacts_suite_id", EDIT),
            ("base_url", &base),
        ]);
        let secrets = texts(&[
            ("provider_secret", "secret-of-the-provider"),
            ("template_secret", &format!("secret-of-{TEMPLATE}")),
            ("contacts_suite_secret", &format!("secret-of-{EDIT}")),
        ]);
        let secrets = secrets.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        Stage {
            request: ProviderRequest { settings, secrets },
            settings: texts(&[("auth_mode", "provider"), ("base_url", &base)]),
            now_ms: i64::try_from(now.as_millis()).expect("a time"),
            system: Box::new(Platform { simulator, corp: identity.corp_id }),
        }
    }
}

#[async_trait]
impl System for Platform {
    async fn ticket(&self, grant: Grant) -> Secret {
        Secret::new(self.simulator.send_ticket(suite_of(grant)).expect("a suite"))
    }

    async fn grant(&self, grant: Grant) -> Secret {
        let asked = Authorize {
            suite_id: suite_of(grant).into(),
            corpid: self.corp.clone(),
            visible: VisibleState { departments: vec![1], ..VisibleState::default() },
            admin: "li.na".into(),
            state: "contract".into(),
            ..Authorize::default()
        };
        Secret::new(self.simulator.authorize_suite(&asked).expect("an authorisation").auth_code)
    }

    async fn withdraw(&self, grant: Grant) {
        let given = Authorized { suite_id: suite_of(grant).into(), corpid: self.corp.clone() };
        self.simulator.cancel_suite(&given).expect("it is authorised");
    }

    async fn end(self: Box<Self>) {
        self.simulator.stop().await;
    }
}

#[tokio::test]
async fn the_providers_way_keeps_what_the_application_relies_on() {
    provider::run(&Way::default()).await.expect(&[]);
}
