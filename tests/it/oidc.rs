//! Signing in by OpenID Connect against a real provider (oidc-provider, from npm, installed by the test into a folder of its own).
//! Where there is no Node or no registry, the test says so and proves nothing; what a token has to be is proved beside the code.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use reqwest::StatusCode;
use serde_json::json;

use super::{
    elsewhere::{Browser, address},
    support::House,
};

const PROVIDER: &str = "oidc-provider@8.8.1";
const SECRET: &str = "client-secret-Qp4vT8nLw2";

/// Whoever was named last is who signs in; everybody agrees.
const SCRIPT: &str = r#"
import http from 'node:http';
import { Provider } from 'oidc-provider';
const back = process.argv[2];
const server = http.createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
let who = 'nobody';
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'idflow', client_secret: process.env.CLIENT_SECRET, redirect_uris: [back],
    post_logout_redirect_uris: [new URL('/', back).href],
  }],
  pkce: { required: () => true, methods: ['S256'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['of a test'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: id !== 'unverified', name: id }),
  }),
});
const handle = provider.callback();
server.on('request', async (request, response) => {
  if (request.url.startsWith('/who/')) {
    who = request.url.slice(5);
    return response.end(who);
  }
  if (!request.url.startsWith('/interaction/')) return handle(request, response);
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (who === 'refuses') {
    return provider.interactionFinished(request, response, { error: 'access_denied' });
  }
  const result = {};
  if (prompt.name === 'login') result.login = { accountId: who };
  else {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result.consent = { grantId: await grant.save() };
  }
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
});
console.log(issuer);
"#;

struct Provider {
    child: Child,
    issuer: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Provider {
    fn start(folder: &Path, back: &str) -> Result<Self, String> {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--silent", PROVIDER]).current_dir(folder);
        let done = install.output().map_err(|error| format!("npm: {error}"))?;
        if !done.status.success() {
            return Err(format!("npm: {}", String::from_utf8_lossy(&done.stderr)));
        }
        std::fs::write(folder.join("provider.mjs"), SCRIPT).map_err(|error| error.to_string())?;
        let mut node = Command::new("node");
        node.args(["provider.mjs", back]).current_dir(folder).env("CLIENT_SECRET", SECRET);
        let mut child = node.stdout(Stdio::piped()).spawn().map_err(|error| format!("node: {error}"))?;
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        // Warnings may come before the address.
        let found = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("http://127.0.0.1:"));
        std::thread::spawn(move || lines.for_each(drop));
        match found {
            Some(issuer) => Ok(Self { child, issuer }),
            None => Err("the provider ended at once".into()),
        }
    }

    async fn is(&self, who: &str) {
        let url = format!("{}/who/{who}", self.issuer).parse().expect("an address");
        assert_eq!(Browser::new("").step(&url).await.0.text, who);
    }
}

#[test]
fn whoever_the_provider_vouches_for_signs_in_if_an_account_is_theirs() {
    let mut house = House::new();
    house.set("OIDC", SECRET);
    house.set("PASSWORD", "a sentence of five words");
    house.good(&["account", "create", "owner", "--role", "owner"]);
    house.good(&["account", "create", "li.lei", "--role", "approver", "--email", "li@example.com"]);
    house.good(&["account", "password", "li.lei", "--password", "env:PASSWORD"]);
    house.good(&["account", "create", "wu", "--role", "viewer", "--email", "Wu@Example.com"]);
    house.good(&["account", "create", "doubt", "--role", "viewer", "--email", "unverified@example.com"]);
    let _running = house.serve();
    let server = address(&house);
    let folder = tempfile::tempdir().expect("a folder");
    let provider = match Provider::start(folder.path(), &format!("{server}/oauth/oidc/back")) {
        Ok(provider) => provider,
        Err(why) => {
            eprintln!(
                "SKIPPED: no provider of OpenID Connect can be started here, so nothing is proved about it: {why}"
            );
            return;
        }
    };
    let start = format!("{server}/oauth/oidc/start");
    let set = |more: &[&str]| {
        let args = ["oidc", "set", &provider.issuer, "--client-id", "idflow", "--client-secret", "env:OIDC"];
        house.good(&[&args[..], more].concat())
    };
    // Another address than the provider's own is refused before anything is kept.
    let other = provider.issuer.replace("127.0.0.1", "localhost");
    let refused = house.ask(&["oidc", "set", &other, "--client-id", "idflow"]).expect(1).json();
    assert_eq!(refused["error"]["code"], "oidc_failed", "{refused}");
    assert_eq!(house.good(&["oidc", "show"])["set_up"], false);
    let shown = set(&["--title", "Company"]);
    assert!(shown["set_up"] == true && shown["has_secret"] == true && !shown.to_string().contains(SECRET), "{shown}");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let tries = async |who: &str| {
            provider.is(who).await;
            let mut browser = Browser::new("");
            let page = browser.open(&format!("{start}?to=/api/v1/session")).await;
            let me = browser.me(&server).await;
            (page, me.map(|me| me["actor"].as_str().expect("an actor").to_string()))
        };
        let url = format!("{server}/api/v1/session/ways").parse().expect("an address");
        let (ways, _) = Browser::new("").step(&url).await;
        assert!(
            ways.text.contains("\"title\":\"Company\"") && ways.text.contains("/oauth/oidc/start"),
            "{}",
            ways.text
        );
        // Nobody is bound, whatever address they have.
        for who in ["li", "wu", "unverified"] {
            let (page, actor) = tries(who).await;
            assert!(page.status == StatusCode::FORBIDDEN && page.text.contains("no account is bound"), "{}", page.text);
            assert_eq!(actor, None);
        }
        // An administrator binds one.
        house.good(&["account", "bind", "li.lei", "li"]);
        assert_eq!(tries("li").await.1.as_deref(), Some("li.lei"));
        // By an invitation, which is good once.
        let link = house.good(&["account", "link", "owner"]);
        provider.is("han").await;
        let mut browser = Browser::new("");
        browser.open(&format!("{start}?invitation={}", link["code"].as_str().expect("a code"))).await;
        assert_eq!(browser.me(&server).await.expect("signed in")["actor"], "owner");
        // By a verified address, where the operator wants it, and only where nobody loses an account by it.
        set(&["--by-email"]);
        assert_eq!(tries("wu").await.1.as_deref(), Some("wu"));
        let (page, actor) = tries("unverified").await;
        assert!(page.text.contains("no account is bound") && actor.is_none(), "{}", page.text);
        let bindings = house.good(&["account", "bindings"]);
        let by = |who: &str| {
            let all = bindings.as_array().expect("bindings").iter();
            all.filter(|one| one["subject"] == who).map(|one| one["by"].clone()).collect::<Vec<_>>()
        };
        assert_eq!((by("wu"), by("han")), (vec![json!("email")], vec![json!("invitation")]), "{bindings}");
        house.good(&[
            "account",
            "unbind",
            bindings.as_array().expect("bindings").iter().find(|one| one["subject"] == "li").expect("li")["id"]
                .as_str()
                .expect("an id"),
        ]);
        let (page, actor) = tries("li").await;
        assert!(page.text.contains("also a password") && actor.is_none(), "{}", page.text);
        // Whoever refuses there is not signed in here.
        let (page, actor) = tries("refuses").await;
        assert!(page.text.contains("did not agree") && actor.is_none(), "{}", page.text);
        // Another browser, and the same return once more.
        provider.is("wu").await;
        let mut mine = Browser::new("");
        let back = mine.until(&start, "/oauth/oidc/back?").await;
        let mut other = Browser::new("");
        other.until(&start, "/oauth/oidc/back?").await;
        for stranger in [&mut Browser::new(""), &mut other] {
            assert!(stranger.step(&back).await.0.text.contains("was not begun in this browser"));
            assert!(stranger.me(&server).await.is_none());
        }
        mine.step(&back).await;
        assert_eq!(mine.me(&server).await.expect("signed in")["actor"], "wu");
        assert!(mine.step(&back).await.1.is_none(), "it was used before");
        // Signing out at the provider as well.
        let url = format!("{server}/oauth/oidc/end").parse().expect("an address");
        let end = mine.step(&url).await.1.expect("the provider");
        assert!(end.as_str().starts_with(&provider.issuer) && end.path().contains("end"), "{end}");
    });
    let audit = house.good(&["audit", "list"]);
    let entered = audit.as_array().expect("entries").iter().filter(|one| one["deed"] == "sign_in_elsewhere");
    assert!(
        entered.clone().any(|one| one["via"] == "oidc" && one["actor"] == "wu" && one["outcome"] == "done"),
        "{audit}"
    );
    let came_back_in_vain = |outcome: &str| entered.clone().any(|one| one["outcome"] == outcome && one["actor"] == "?");
    for outcome in ["sign_in_not_bound", "sign_in_refused", "sign_in_other_browser"] {
        assert!(came_back_in_vain(outcome), "who came back in vain is told: {outcome}: {audit}");
    }
    // The secret is in no file and was never printed.
    let found =
        house.files().into_iter().find(|(_, bytes)| bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
    assert_eq!((found.map(|(file, _)| file), house.heard().contains(SECRET)), (None, false));
    // Without it nobody signs in by it any more, and sessions that began so have ended.
    house.good(&["oidc", "remove"]);
    assert_eq!(house.good(&["oidc", "show"])["set_up"], false);
}
