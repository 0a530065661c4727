//! What an administrator does in the console of a corp: changing the directory, and whom an app sees.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde_json::{Map, Value};

use crate::api::fields::Query;
use crate::api::{self, Moment, Reply};
use crate::callback::CallbackSettings;
use crate::callback::tell::Origin;
use crate::corp::visibility::View;
use crate::corp::{Corp, Holder, load};
use crate::running::Error;
use crate::state::VisibleState;
use crate::world::World;

impl World {
    /// Does what an administrator does in the console, who tells the receivers like anybody else; the answer is the platform's.
    pub fn by_hand(&mut self, corpid: &str, call: &str, body: &Map<String, Value>) -> Result<Reply, Error> {
        let path = format!("/cgi-bin/{}", call.trim_start_matches('/'));
        let route = api::route(&path).map(|(_, route)| route).filter(|route| route.is_write() && !route.is_import());
        let route = route.ok_or_else(|| Error::Unknown(format!("call `{call}` that changes a directory")))?;
        let unknown = || Error::Unknown(format!("corp `{corpid}`"));
        let listens = self.listens(self.corps.get(corpid).ok_or_else(unknown)?);
        let now_ms = self.clock.now_ms();
        self.drawn += 1;
        let at = Moment {
            now_ms,
            number: self.drawn,
            // Ids made by hand are no ids of calls.
            seed: !self.seed,
            limits: &self.limits,
            import_speed: self.import_speed,
            export_speed: self.export_speed,
            base_url: &self.base_url,
            job_fails: None,
        };
        let corp = self.corps.get_mut(corpid).ok_or_else(unknown)?;
        if listens {
            corp.changes.listen();
        }
        let reply = api::by_hand(route, corp, (&Query::of(body), body), at);
        self.tell_changes(corpid, Origin::Console, now_ms);
        Ok(reply)
    }

    /// Changes how events are sent.
    pub fn set_callbacks(&mut self, settings: CallbackSettings) {
        self.outbox.settings = settings;
        self.outbox.bell.notify_one();
    }

    /// Changes whom an app may see; members who come into range or leave it are told to the app.
    pub fn set_visible(&mut self, corpid: &str, agentid: i64, visible: &VisibleState) -> Result<(), Error> {
        let now_ms = self.clock.now_ms();
        let corp = self.corps.get_mut(corpid).ok_or_else(|| Error::Unknown(format!("corp `{corpid}`")))?;
        let (users, departments) = load::visible_range(corp, visible).map_err(Error::Refused)?;
        let app = corp.apps.iter().find(|app| app.settings.agentid == agentid);
        let is_told = app.ok_or_else(|| Error::Unknown(format!("app {agentid}")))?.settings.receiver.is_some();
        let seen = |corp: &Corp| -> BTreeSet<String> {
            let view = View::of(corp, Holder::App(agentid));
            let all = corp.members.onwards_from(Bound::Unbounded);
            let seen = all.filter(|(_, key, member)| is_told && view.member(*key, member));
            seen.map(|(_, _, member)| member.userid.clone()).collect()
        };
        let before = seen(corp);
        if let Some(app) = corp.apps.iter_mut().find(|app| app.settings.agentid == agentid) {
            app.visible_users = users;
            app.visible_departments = departments;
            app.settings.visible.tags.clone_from(&visible.tags);
        }
        let after = seen(corp);
        for userid in before.difference(&after) {
            self.tell_app(corpid, agentid, userid, "unsubscribe", now_ms);
        }
        for userid in after.difference(&before) {
            self.tell_app(corpid, agentid, userid, "subscribe", now_ms);
        }
        Ok(())
    }
}
