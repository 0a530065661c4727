//! The list of all that is stored: every kind of key stands here once, with the type of its values and the class that it is
//! counted in. `store check` reads each value by it, `store size` counts by it.

use super::{
    abandoned_jobs, accounts, after_runs, audit, believed_time, catalogue, consents, decisions, directory, events,
    examinations, failed_calls, failing_connections, freed_keys, idempotency, identities, item_index, key_change, keys,
    last_writers, link_notes, links, messages, notices, object_history, object_index, provider, receivers,
    removal_index, removals, renamed_keys, rests, run_index, runs, schedules, setups, site_files,
    table::{Described, Keys},
    templates, tenants, today, uploads, webhook_calls, webhooks,
};

/// All tables. The first one that holds a key tells what it is.
pub static ALL: &[&dyn Described] = &[
    &runs::JOURNAL,
    &runs::PLANS,
    &Keys::new(keys::BAD_ITEM, "failures"),
    &failed_calls::EVIDENCE,
    &runs::RUNS,
    &Keys::new(keys::RUN_OF_WORKFLOW, "runs"),
    &Keys::new(keys::OPEN_RUN, "runs"),
    &Keys::new(keys::RUN_AT_WORK, "runs"),
    &Keys::plain(keys::NUMBER, "runs"),
    &runs::ASKED,
    &Keys::new(keys::KEEP, "runs"),
    &today::WRITTEN,
    &run_index::TERMS,
    &links::LINKS,
    &links::ENDS,
    &link_notes::CALLED,
    &link_notes::WAITING,
    &decisions::DECISIONS,
    &directory::OBJECTS,
    &directory::MARK,
    &object_history::HISTORY,
    &item_index::ENTRIES,
    &object_index::ENTRIES,
    &object_index::NOTES,
    &object_index::MADE,
    &catalogue::HEADS,
    &catalogue::VERSIONS,
    &catalogue::DRAFTS,
    &runs::BASELINES,
    &Keys::new(keys::SIGNATURE, "workflows"),
    &schedules::MARKS,
    &Keys::new(keys::WAKE, "workflows"),
    &after_runs::FOLLOWERS,
    &after_runs::DUE,
    &events::LISTENERS,
    &events::WAITING,
    &events::SEEN,
    &freed_keys::FREED,
    &renamed_keys::RENAMED,
    &removals::REMOVALS,
    &removal_index::ENTRIES,
    &messages::MESSAGES,
    &webhooks::HOOKS,
    &webhook_calls::CALLS,
    &idempotency::CALLS,
    &Keys::new(keys::HOOK_CALL, "workflows"),
    &catalogue::CONNECTIONS,
    &receivers::ADDRESSEES,
    &receivers::KEYS,
    &receivers::HEARD,
    &consents::CONSENTS,
    &examinations::LOOKED,
    &site_files::FILES,
    &setups::SETUPS,
    &provider::PROVIDERS,
    &provider::SUITES,
    &provider::REFUSED,
    &provider::COMMANDS,
    &provider::INVITED,
    &provider::COMPANIES,
    &provider::STRAYS,
    &provider::WAYS,
    &failing_connections::SICK,
    &abandoned_jobs::LEFT,
    &rests::RESTS,
    &tenants::TENANTS,
    &accounts::ACCOUNTS,
    &accounts::NAMES,
    &accounts::GRANTS,
    &accounts::MARK,
    &accounts::SESSIONS,
    &accounts::TOKENS,
    &accounts::LINKS,
    &accounts::IDENTITIES,
    &accounts::OIDC,
    &accounts::SPENT,
    &audit::HEADS,
    &audit::ENTRIES,
    &audit::BEGUN,
    &audit::CUTS,
    &identities::HOLDERS,
    &tenants::HOUSES,
    &last_writers::WRITTEN_LAST,
    &believed_time::CLOCK,
    &catalogue::CONNECTIONS_MARK,
    &run_index::DONE,
    &object_index::DONE,
    &removal_index::DONE,
    &notices::TURNS,
    &notices::RULES,
    &notices::QUEUE,
    &notices::TOLD,
    &notices::DELIVERIES,
    &notices::OPEN,
    &notices::MAIL,
    &templates::TEMPLATES,
    &templates::TRUSTED,
    &templates::SIGNING,
    &uploads::UPLOADS,
    &Keys::plain(keys::UPLOAD_PIECE, "uploads"),
    &key_change::KEY_CHANGE,
    &Keys::new(keys::META, "other"),
];

/// What a key is; `None`: nothing that this version knows.
#[must_use]
pub fn of(key: &[u8]) -> Option<&'static dyn Described> {
    ALL.iter().copied().find(|table| table.holds(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::Tenant;

    #[test]
    fn a_key_is_known_by_its_kind_and_part() {
        let tenant = Tenant::default_tenant();
        let head = catalogue::HEADS.key(&tenant).name("w").bytes();
        assert_eq!(of(&head).map(Described::part_name), Some("head"));
        let version = catalogue::VERSIONS.key(&tenant).name("head").number(1).bytes();
        assert_eq!(of(&version).map(Described::part_name), Some("version"));
        assert!(of(&[0]).is_none());
    }

    #[test]
    fn nothing_stands_here_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for table in ALL {
            assert!(seen.insert((table.kind(), table.part_name())), "{}", table.kind());
        }
    }
}
