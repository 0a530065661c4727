//! How are news, and the messages that tell of them, shown?

use crate::{
    app::{App, run_view, time},
    contract::{notification as shown, problem::Text},
    store::notices::{Both, Delivery, Item, NoticeState, What},
};

fn text(both: &Both) -> Text {
    Text { zh: both.zh.clone(), en: both.en.clone() }
}

pub(super) const fn shown_event(what: What) -> shown::NotificationEvent {
    match what {
        What::RunFailed => shown::NotificationEvent::RunFailed,
        What::RunHeld => shown::NotificationEvent::RunHeld,
        What::RunPartial => shown::NotificationEvent::RunPartial,
        What::RunRecovered => shown::NotificationEvent::RunRecovered,
        What::ApprovalExpiring => shown::NotificationEvent::ApprovalExpiring,
        What::RemovalsWaiting => shown::NotificationEvent::RemovalsWaiting,
        What::ConnectionUnhealthy => shown::NotificationEvent::ConnectionUnhealthy,
        What::CallbackUnhealthy => shown::NotificationEvent::CallbackUnhealthy,
        What::GrantExpiring => shown::NotificationEvent::GrantExpiring,
    }
}

pub(super) fn shown_item(app: &App, item: &Item) -> shown::NotificationItem {
    shown::NotificationItem {
        event: shown_event(item.event),
        happened: time(item.at),
        what: text(&item.what),
        next: text(&item.next),
        workflow: item.workflow.clone(),
        run: item.run.map(|run| run.to_string()),
        connection: item.connection.clone(),
        url: app.page_of(item),
    }
}

pub(super) fn shown_delivery(app: &App, delivery: &Delivery) -> shown::NotificationDelivery {
    let state = match delivery.state {
        NoticeState::Sending => shown::DeliveryState::Sending,
        NoticeState::Waiting => shown::DeliveryState::Waiting,
        NoticeState::Delivered => shown::DeliveryState::Delivered,
        NoticeState::Failed => shown::DeliveryState::Failed,
        NoticeState::Unknown => shown::DeliveryState::Unknown,
    };
    shown::NotificationDelivery {
        id: delivery.id.clone(),
        rule: delivery.rule.clone(),
        channel: delivery.channel.clone(),
        state,
        test: delivery.test,
        created: time(delivery.created),
        tries: delivery.tries,
        next_try: delivery.next.map(time),
        ended: delivery.state.is_end().then(|| time(delivery.moved)),
        problem: delivery.problem.as_ref().map(|problem| run_view::shown(problem, false)),
        items: delivery.items.iter().map(|item| shown_item(app, item)).collect(),
    }
}
