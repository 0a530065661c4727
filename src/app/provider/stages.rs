//! Where the authorisation of a company stands: the stages in words, what comes next, and why something is not granted now.

use idflow_sdk::{Error, ErrorKind, Grant, Problem};

use super::time;
use crate::{
    app::problem_words,
    contract::{
        problem::Text,
        provider::{ProviderMove, ProviderStage, ProviderStep},
    },
    store::provider::{How, Stage, StoredGrant, StoredStep, StoredWay},
};

/// Steps that are kept.
const MOST_STEPS: usize = 100;

/// Where it stands at this time.
pub(super) fn stage(way: &StoredWay, now: i64) -> ProviderStage {
    match way.steps.last().map(|step| step.stage) {
        None => ProviderStage::NotInvited,
        Some(Stage::ContactsGranted) if !is_good(way.contacts.as_ref(), now) => ProviderStage::Expired,
        Some(stage) => shown(stage),
    }
}

/// Whether a grant is good at this time.
pub(super) fn is_good(grant: Option<&StoredGrant>, now: i64) -> bool {
    grant.is_some_and(|grant| grant.until.is_none_or(|until| now < until))
}

/// That time has passed is a step as well, once another one follows: to be asked before what was granted is replaced.
pub(super) fn settle(way: &mut StoredWay, now: i64) {
    way.steps.extend(over(way, now));
}

/// A stage was reached.
pub(super) fn push(way: &mut StoredWay, stage: Stage, at: i64, how: How, by: &str) {
    settle(way, at);
    way.steps.push(StoredStep { stage, at, how, by: by.into() });
    let more = way.steps.len().saturating_sub(MOST_STEPS);
    way.steps.drain(..more);
    way.error = None;
}

/// The step that time has made.
fn over(way: &StoredWay, now: i64) -> Option<StoredStep> {
    let last = way.steps.last()?;
    let until = way.contacts.as_ref()?.until?;
    let over = last.stage == Stage::ContactsGranted && until <= now;
    over.then(|| StoredStep { stage: Stage::Expired, at: until, how: How::Time, by: String::new() })
}

/// All steps, the newest first.
pub(super) fn steps(way: &StoredWay, now: i64) -> Vec<ProviderStep> {
    let all = way.steps.iter().cloned().chain(over(way, now));
    let mut all: Vec<ProviderStep> = all
        .map(|step| ProviderStep {
            stage: shown(step.stage),
            title: title(shown(step.stage)),
            at: time(step.at),
            how: match step.how {
                How::Callback => ProviderMove::Callback,
                How::Operator => ProviderMove::Operator,
                How::Time => ProviderMove::Time,
            },
            by: step.by,
        })
        .collect();
    all.reverse();
    all
}

const fn shown(stage: Stage) -> ProviderStage {
    match stage {
        Stage::Invited => ProviderStage::Invited,
        Stage::AppBuilt => ProviderStage::AppBuilt,
        Stage::Online => ProviderStage::Online,
        Stage::ContactsGranted => ProviderStage::ContactsGranted,
        Stage::Expired => ProviderStage::Expired,
        Stage::Cancelled => ProviderStage::Cancelled,
    }
}

/// What a stage is called.
pub(super) fn title(stage: ProviderStage) -> Text {
    let (zh, en) = match stage {
        ProviderStage::NotInvited => ("未邀请", "not invited"),
        ProviderStage::Invited => ("已邀请", "invited"),
        ProviderStage::AppBuilt => ("已授权，应用待上线", "authorised, the app is not online yet"),
        ProviderStage::Online => ("应用已上线", "online"),
        ProviderStage::ContactsGranted => ("已授权编辑通讯录", "contacts may be edited"),
        ProviderStage::Expired => ("编辑授权已过期", "the right to edit contacts is over"),
        ProviderStage::Cancelled => ("已取消授权", "cancelled"),
    };
    Text { zh: zh.into(), en: en.into() }
}

/// What comes next, and who does it.
pub(super) fn next(stage: ProviderStage, link_is_good: bool, writes: bool) -> Text {
    let (zh, en) = match stage {
        ProviderStage::NotInvited => (
            "生成邀请链接，请企业管理员用企业微信扫码授权代开发",
            "make an invitation, and let the company's administrator scan it with WeCom",
        ),
        ProviderStage::Invited if link_is_good => (
            "等待企业管理员扫码授权；收到回调后自动进入下一步",
            "wait until the company's administrator has scanned and authorised; the callback moves it on",
        ),
        ProviderStage::Invited => ("邀请链接已过期，重新生成", "the invitation is over: make another one"),
        ProviderStage::AppBuilt => (
            "由服务商管理员在服务商管理后台开发并上线该应用，然后在这里确认“已上线”",
            "the provider's administrator builds and publishes the app in the provider console, then says here that it is online",
        ),
        ProviderStage::Online if writes => (
            "可以读取通讯录；要写入，请再邀请企业管理员扫码授权编辑通讯录",
            "people can be read; to write them, invite the company's administrator to scan once more",
        ),
        ProviderStage::Online => (
            "可以读取通讯录；服务商没有通讯录编辑权限，不能写入",
            "people can be read; the provider has no right to edit contacts",
        ),
        ProviderStage::ContactsGranted => (
            "在编辑授权到期前运行写入通讯录的工作流；授权持续两小时",
            "run what writes contacts before the right to edit them is over; it lasts two hours",
        ),
        ProviderStage::Expired => (
            "要再次写入，请重新邀请企业管理员扫码授权编辑通讯录；读取不受影响",
            "to write again, invite the company's administrator to scan once more; reading goes on",
        ),
        ProviderStage::Cancelled => (
            "要重新使用，请再次邀请企业管理员扫码授权",
            "to use it again, invite the company's administrator once more",
        ),
    };
    Text { zh: zh.into(), en: en.into() }
}

/// Whether this is granted now.
pub(super) fn stands(connection: &str, way: &StoredWay, grant: Grant, now: i64) -> Result<(), Error> {
    let problem = match (stage(way, now), grant) {
        (ProviderStage::NotInvited | ProviderStage::Invited, _) => Problem::new("provider_waits"),
        (ProviderStage::Cancelled, _) => {
            let last = way.steps.last();
            Problem::new("provider_cancelled").arg("at", last.map(|step| time(step.at)).unwrap_or_default())
        }
        (ProviderStage::AppBuilt, _) => Problem::new("provider_not_online"),
        (_, Grant::App) => return Ok(()),
        (ProviderStage::ContactsGranted, Grant::Contacts) => return Ok(()),
        (_, Grant::Contacts) => match way.contacts.as_ref().and_then(|contacts| contacts.until) {
            Some(until) if until <= now => Problem::new("provider_contacts_expired").arg("until", time(until)),
            _ => Problem::new("provider_contacts_missing"),
        },
    };
    Err(Error::new(ErrorKind::Configuration, problem.arg("name", connection)))
}

/// Why it went wrong, in words.
pub(super) fn trouble(way: &StoredWay) -> Option<crate::contract::problem::Issue> {
    way.error.as_ref().map(|(_, problem)| problem_words::show(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(until: Option<i64>) -> StoredGrant {
        StoredGrant {
            company: "wp1".into(),
            title: "Acme".into(),
            code: String::new(),
            sent: 0,
            from: 0,
            until,
            confirmed: None,
        }
    }

    #[test]
    fn each_stage_says_what_is_granted_and_when_it_ends() {
        let mut way = StoredWay::default();
        let code = |way: &StoredWay, grant, now| match stands("main", way, grant, now) {
            Ok(()) => "good".to_string(),
            Err(error) => error.problem.code.to_string(),
        };
        assert_eq!(code(&way, Grant::App, 0), "provider_waits");
        push(&mut way, Stage::Invited, 1, How::Operator, "ops");
        assert_eq!(code(&way, Grant::App, 1), "provider_waits");
        push(&mut way, Stage::AppBuilt, 2, How::Callback, "li.na");
        way.app = Some(grant(None));
        assert_eq!(code(&way, Grant::App, 2), "provider_not_online");
        push(&mut way, Stage::Online, 3, How::Operator, "ops");
        assert_eq!(
            (code(&way, Grant::App, 3), code(&way, Grant::Contacts, 3)),
            ("good".into(), "provider_contacts_missing".into())
        );
        way.contacts = Some(grant(Some(100)));
        push(&mut way, Stage::ContactsGranted, 4, How::Callback, "li.na");
        assert_eq!(code(&way, Grant::Contacts, 99), "good");
        assert_eq!(
            (code(&way, Grant::App, 100), code(&way, Grant::Contacts, 100)),
            ("good".into(), "provider_contacts_expired".into())
        );
        assert_eq!((stage(&way, 99), stage(&way, 100)), (ProviderStage::ContactsGranted, ProviderStage::Expired));
        assert_eq!(
            steps(&way, 100).first().map(|step| (step.stage, step.how)),
            Some((ProviderStage::Expired, ProviderMove::Time))
        );
        // What time did stays in the record once another step follows.
        push(&mut way, Stage::Cancelled, 200, How::Callback, "");
        let seen: Vec<ProviderStage> = steps(&way, 300).iter().map(|step| step.stage).collect();
        assert_eq!(seen[..2], [ProviderStage::Cancelled, ProviderStage::Expired]);
        assert_eq!(code(&way, Grant::App, 300), "provider_cancelled");
    }
}
