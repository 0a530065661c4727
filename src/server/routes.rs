//! The table of operations: for each its method, path, name, permission and handler. The router, the check of permissions
//! and the document of the API are made from it, so that none of them can know an operation that the others do not.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};

use super::{
    Shared,
    api::{
        accounts, audit, callbacks, compiler, connections, directory, drafts, export, failures, links, live, matching,
        messages, notifications, people, playground, provider, removals, runs, sets, setup, store, templates, tenants,
        uploads, ways, workflows,
    },
    body::UPLOAD,
    described::{Described, Operation},
    error::{self, ApiError},
    extract::known_parameters,
    idempotency, record,
};
use idflow_sdk::Problem;

use crate::app::{App, AppError, Caller, caller::Permission, error::RefusalKind};

/// One operation of the API.
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path below `/api/v1`.
    pub path: &'static str,
    /// Its name in the document.
    pub id: &'static str,
    /// What the caller must be allowed; nothing where nobody needs to be known, as for a sign-in.
    pub permission: Option<Permission>,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Tells what it takes and answers: much work, done only where somebody asks.
    pub describe: fn() -> Operation,
    handler: MethodRouter<Shared>,
}

/// A row of the table.
fn route<H, T, D>(
    (method, path): (Method, &'static str),
    id: &'static str,
    permission: Permission,
    summary: &'static str,
    handler: H,
) -> Route
where
    H: Handler<T, Shared> + Described<D>,
    T: 'static,
{
    let filter = match method {
        Method::POST => MethodFilter::POST,
        Method::DELETE => MethodFilter::DELETE,
        Method::PATCH => MethodFilter::PATCH,
        Method::PUT => MethodFilter::PUT,
        _ => MethodFilter::GET,
    };
    let check = Check { id, path, permission, describe: H::describe, takes: OnceLock::new() };
    let handler = check.before(on(filter, handler));
    Route { method, path, id, permission: Some(permission), summary, describe: H::describe, handler }
}

/// What is looked at before an operation is carried out. It knows no type of a handler: what knows one is made anew for each,
/// and there are two hundred.
struct Check {
    id: &'static str,
    path: &'static str,
    permission: Permission,
    describe: fn() -> Operation,
    /// The names of its parameters, and whether it takes conditions. Hundreds of operations are never called in most
    /// processes: each is looked at when its first call comes.
    takes: OnceLock<(Vec<String>, bool)>,
}

impl Check {
    /// A handler that is reached by calls that pass.
    fn before(self, handler: MethodRouter<Shared>) -> MethodRouter<Shared> {
        handler.layer(middleware::from_fn_with_state(Arc::new(self), checked))
    }

    /// Refuses what the operation does not know.
    fn look(&self, request: &Request) -> Result<(), AppError> {
        let tagged = request.headers().contains_key(header::IF_MATCH) && !request.method().is_safe();
        let (known, takes_tags) = self.takes.get_or_init(|| {
            let operation = (self.describe)();
            (operation.asked(), operation.takes_tags())
        });
        match tagged && !takes_tags {
            // A condition that nobody looks at would be broken in silence.
            true => Err(AppError::invalid("if_match_unused")),
            false => known_parameters(request.uri().query(), known),
        }
    }
}

async fn checked(State(check): State<Arc<Check>>, request: Request, next: Next) -> Response {
    let looked = check.look(&request);
    match looked {
        Ok(()) => allowed(check.id, check.path, check.permission, request, next).await,
        Err(refused) => error::answer(&refused),
    }
}

/// A row of an operation for which nobody needs to be known.
fn guest<H, T, D>((method, path): (Method, &'static str), id: &'static str, summary: &'static str, handler: H) -> Route
where
    H: Handler<T, Shared> + Described<D>,
    T: 'static,
{
    let filter = if method == Method::GET { MethodFilter::GET } else { MethodFilter::POST };
    Route { method, path, id, permission: None, summary, describe: H::describe, handler: on(filter, handler) }
}

/// Operations that read or compute much. A few at a time go on; more wait for a moment and are then asked to come back.
const EXPENSIVE: [&str; 13] = [
    "preview_upload",
    "import_upload",
    "export_run",
    "show_sizes",
    "verify_audit",
    "explain_person",
    "test_connection",
    "examine_connection",
    "preview_scope",
    "find_connection_people",
    "export_bundle",
    "backup_store",
    "prune_store",
];
/// How many of them at once, and how long others wait.
static ROOM: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(8);
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// What is refused in a tenant that is put away: people get messages, people come and go, and workflows begin by it.
const BEGINS: [Permission; 6] = [
    Permission::RunStart,
    Permission::WorkflowActivate,
    Permission::DirectoryImport,
    Permission::DirectoryEdit,
    Permission::MessageSend,
    Permission::MessageBroadcast,
];
/// Operations with another permission that let something go on.
const GO_ON: [&str; 4] = ["approve_run", "resume_run", "approve_removals", "approve_review"];
/// Operations with such a permission that only end something.
const ENDS: [&str; 4] = ["pause_workflow", "pause_workflows", "remove_upload", "recall_message"];

/// Lets through whoever may, carries a call that names itself out once, and records what the audit is to know of it. What
/// writes goes on to its end even if whoever asked goes away: what was done must not be missing in the audit.
async fn allowed(
    id: &'static str,
    path: &'static str,
    permission: Permission,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(mut caller) = request.extensions().get::<Caller>().cloned() else { return next.run(request).await };
    let mut refused = caller.needs(permission).err();
    let begins = BEGINS.contains(&permission) && !ENDS.contains(&id) || GO_ON.contains(&id);
    if refused.is_none() && !request.method().is_safe() && begins {
        let app = request.extensions().get::<Arc<App>>().cloned();
        if let Some(app) = app {
            refused = app.refuse_archived(&caller.tenant).await.err();
        }
    }
    let begun = match refused.is_none() {
        true => idempotency::begin(id, &mut caller, &mut request).await,
        false => Ok(None),
    };
    let begun = match begun {
        Ok(begun) => begun,
        Err(answer) => return answer,
    };
    request.extensions_mut().insert(caller.clone());
    let writes = !request.method().is_safe();
    let carried_out = async move {
        let record = match record::Record::begin(id, path, &caller, &mut request, refused.is_none()).await {
            Ok(record) => record,
            Err(refused) => return error::answer(&refused),
        };
        let response = match refused {
            Some(refused) => ApiError(refused).into_response(),
            None if EXPENSIVE.contains(&id) => match tokio::time::timeout(PATIENCE, ROOM.acquire()).await {
                Ok(_room) => next.run(request).await,
                Err(_) => ApiError(AppError::too_many(10, "busy")).into_response(),
            },
            None => next.run(request).await,
        };
        let response = match begun {
            Some(begun) => begun.end(response, record.as_ref().is_some_and(record::Record::has_kept)).await,
            None => response,
        };
        let Some(record) = record else { return response };
        let (status, code) = (response.status(), error::code_of(&response).map(ToString::to_string));
        match record.end(status, code).await {
            Ok(()) => response,
            // It was done, and cannot be proved: whoever asked is told that something is wrong.
            Err(refused) => error::answer(&refused),
        }
    };
    if !writes {
        return carried_out.await;
    }
    match tokio::spawn(carried_out).await {
        Ok(response) => response,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The process ends.
            Err(_) => error::answer(&AppError::new(RefusalKind::Unavailable, Problem::new("server_ends"))),
        },
    }
}

const fn get(path: &'static str) -> (Method, &'static str) {
    (Method::GET, path)
}

const fn post(path: &'static str) -> (Method, &'static str) {
    (Method::POST, path)
}

const fn delete(path: &'static str) -> (Method, &'static str) {
    (Method::DELETE, path)
}

const fn patch(path: &'static str) -> (Method, &'static str) {
    (Method::PATCH, path)
}

const fn put(path: &'static str) -> (Method, &'static str) {
    (Method::PUT, path)
}

/// All operations.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    use Permission as P;
    vec![
        route(get("/runs"), "list_runs", P::RunView, "Runs, the newest first.", runs::list),
        route(get("/runs/{id}"), "show_run", P::RunView, "One run, by its id or as WORKFLOW#NUMBER.", runs::show),
        route(get("/runs/{id}/items"), "list_items", P::RunView, "What became of each object.", runs::items),
        route(get("/runs/{id}/calls"), "list_calls", P::RunView, "Its calls that did not go well, the newest page first.", runs::calls),
        route(get("/runs/{id}/plan"), "show_plan", P::RunView, "What it would change, group by group.", runs::plan),
        route(get("/runs/{id}/plan/rows"), "list_plan_rows", P::RunView, "What it would change, row by row.", runs::plan_rows),
        route(get("/runs/{id}/events"), "watch_run", P::RunView, "Server-sent events about one run.", live::run),
        route(get("/events"), "watch_events", P::RunView, "Server-sent events about runs, what waits, and connections.", live::all),
        route(get("/runs/{id}/export"), "export_run", P::RunView, "Its plan or its items as a file.", export::export),
        route(get("/runs/{id}/bundle"), "export_bundle", P::RunView, "What somebody needs who helps with it: one zip file, masked and without secrets.", export::bundle),
        route(get("/runs/{id}/retry"), "preview_retry", P::RunView, "What a repetition would be about.", runs::retry_preview),
        route(post("/runs/{id}/approve"), "approve_run", P::RunApprove, "Approve its plan.", runs::approve),
        route(post("/runs/{id}/reject"), "reject_run", P::RunApprove, "Refuse its plan.", runs::reject),
        route(post("/runs/{id}/cancel"), "cancel_run", P::RunControl, "Stop it for good.", runs::cancel),
        route(post("/runs/{id}/pause"), "pause_run", P::RunControl, "Stop it for now.", runs::pause),
        route(post("/runs/{id}/resume"), "resume_run", P::RunControl, "Let it go on.", runs::resume),
        route(post("/runs/{id}/retry"), "retry_run", P::RunStart, "Repeat what went wrong in it.", runs::retry),
        route(post("/runs/{id}/retry/plan"), "plan_retry", P::RunStart, "Plan such a repetition.", runs::plan_retry),
        route(post("/runs/{id}/pin"), "pin_run", P::RunControl, "Keep it whole, or no longer.", runs::pin),
        route(get("/people/{id}/why"), "explain_person", P::RunView, "Why a person is as they are: the decision trace, now and over runs.", people::why),
        route(get("/failures"), "list_failures", P::RunView, "The newest items that went wrong, over all runs.", failures::list),
        route(get("/removals"), "list_removals", P::RunView, "Removals that were asked about, those that wait first.", removals::list),
        route(post("/removals/approve"), "approve_removals", P::RunApprove, "Approve removals.", removals::approve),
        route(post("/removals/keep"), "keep_removals", P::RunApprove, "Decide that objects stay.", removals::keep),
        route(get("/workflows"), "list_workflows", P::WorkflowView, "All workflows.", workflows::list),
        route(post("/workflows"), "save_workflow", P::WorkflowEdit, "Save a workflow; an existing id gets a new version.", workflows::create),
        route(get("/workflows/{id}"), "show_workflow", P::WorkflowView, "One workflow.", workflows::one),
        route(get("/workflows/{id}/text"), "show_workflow_text", P::WorkflowView, "Its YAML.", workflows::text),
        route(get("/workflows/{id}/graph"), "draw_workflow", P::WorkflowView, "Its picture, or that of a template.", workflows::graph),
        route(get("/workflows/{id}/versions"), "list_versions", P::WorkflowView, "Its versions, the newest first.", workflows::versions),
        route(get("/workflows/{id}/difference"), "compare_versions", P::WorkflowView, "What is different between two versions, or a version and the draft: in words and line by line.", workflows::difference),
        route(post("/workflows/{id}/rollback"), "roll_back_workflow", P::WorkflowEdit, "Make a new version with the text of an earlier one.", workflows::roll_back),
        route(get("/workflows/{id}/export"), "export_workflow", P::WorkflowView, "Its YAML as a file.", workflows::export),
        route(post("/workflows/{id}/draft"), "begin_draft", P::WorkflowEdit, "Begin a draft with a version; one that is there stays.", drafts::begin),
        route(post("/workflow-sets"), "apply_workflows", P::WorkflowEdit, "Apply a folder of workflows as a whole, or say what that would change.", sets::apply),
        route(post("/workflow-pauses"), "pause_workflows", P::WorkflowActivate, "Put the triggers of several workflows to rest.", workflows::pause_many),
        route(get("/drafts"), "list_drafts", P::WorkflowView, "Drafts: texts that somebody works on.", drafts::list),
        route(get("/drafts/{id}"), "show_draft", P::WorkflowView, "One draft, with what the compiler says about it.", drafts::show),
        route(put("/drafts/{id}"), "put_draft", P::WorkflowEdit, "Save its text, also with errors.", drafts::put),
        route(delete("/drafts/{id}"), "drop_draft", P::WorkflowEdit, "Throw it away.", drafts::drop_it),
        route(post("/drafts/{id}/edit"), "edit_draft", P::WorkflowEdit, "Edit it by path and value; comments and order stay.", drafts::edit),
        route(post("/drafts/{id}/connection"), "use_connection", P::WorkflowEdit, "Use one connection for everything of its connector.", drafts::use_connection),
        route(post("/drafts/{id}/save"), "save_draft", P::WorkflowEdit, "Save it as the newest version.", drafts::save),
        route(post("/drafts/{id}/plan"), "plan_draft", P::RunStart, "Plan what it would change.", drafts::plan),
        route(post("/drafts/{id}/activate"), "activate_draft", P::WorkflowActivate, "Save it and make it live.", drafts::activate),
        route(post("/workflows/{id}/runs"), "start_run", P::RunStart, "Start a run; answers once it is on disk.", runs::start),
        route(post("/workflows/{id}/activate"), "activate_workflow", P::WorkflowActivate, "Make its newest version live.", workflows::activate),
        route(post("/workflows/{id}/pause"), "pause_workflow", P::WorkflowActivate, "Put its triggers to rest.", workflows::pause),
        route(post("/workflows/{id}/archive"), "archive_workflow", P::WorkflowEdit, "Put it away.", workflows::archive),
        route(get("/workflows/{id}/hooks"), "list_hooks", P::WorkflowView, "Its addresses.", workflows::hooks),
        route(post("/workflows/{id}/hooks"), "new_hook_secret", P::WorkflowActivate, "A new secret for one of its addresses, shown this once.", workflows::new_hook_secret),
        route(get("/templates"), "list_templates", P::WorkflowView, "Templates: those that ship with idflow, and one's own.", templates::list),
        route(post("/templates/export"), "export_templates", P::WorkflowEdit, "Put templates and workflows into a signed bundle.", templates::export),
        route(post("/templates/import"), "import_templates", P::WorkflowEdit, "Take a bundle whose key is trusted, for the tenant or for all tenants.", templates::import),
        route(delete("/templates/{id}"), "remove_template", P::WorkflowEdit, "Remove a template that came in a bundle; workflows made from it stay.", templates::remove),
        route(get("/template-keys"), "list_template_keys", P::WorkflowView, "The keys whose bundles are taken, our own first.", templates::keys),
        route(post("/template-keys"), "trust_template_key", P::TenantManage, "Trust the key of a bundle whose fingerprint was compared.", templates::trust),
        route(delete("/template-keys/{id}"), "distrust_template_key", P::TenantManage, "Trust a key no longer; what came by it stays.", templates::distrust),
        route(get("/templates/{id}"), "show_template", P::WorkflowView, "One template with its YAML.", templates::show),
        route(get("/connections"), "list_connections", P::ConnectionView, "All connections.", connections::list),
        route(post("/connections"), "put_connection", P::ConnectionEdit, "Add a connection, or change the one of that name.", connections::put),
        route(get("/connections/{id}"), "show_connection", P::ConnectionView, "One connection, by its name.", connections::show),
        route(delete("/connections/{id}"), "remove_connection", P::ConnectionEdit, "Remove one that nothing needs any more.", connections::remove),
        route(post("/connections/{id}/test"), "test_connection", P::ConnectionEdit, "Try one.", connections::test),
        route(post("/connections/{id}/doctor"), "examine_connection", P::ConnectionEdit, "Look closely: what each secret may do and how that is known, what stands around the connection, each cause once with its remedy.", connections::examine),
        route(get("/connections/{id}/integration"), "show_integration", P::ConnectionView, "What has to be entered in its system, and how that stands.", connections::integration),
        route(post("/connections/{id}/scope"), "preview_scope", P::ConnectionView, "Count what a part of its system would give, before anything is saved.", connections::scope),
        route(get("/connections/{id}/people"), "find_connection_people", P::LinkManage, "People of its system who are called so, and whom each is linked to.", links::people),
        route(get("/site-files"), "list_site_files", P::ConnectionView, "Files at the top of our domain by which systems see whose it is.", setup::files),
        route(post("/site-files"), "put_site_file", P::ConnectionEdit, "Give such a file; it is served byte for byte.", setup::put_file),
        route(delete("/site-files/{id}"), "remove_site_file", P::ConnectionEdit, "Take such a file away.", setup::remove_file),
        route(post("/site-files/{id}/check"), "check_site_file", P::ConnectionEdit, "Fetch such a file at the public address, as its system would.", setup::check_file),
        route(get("/setup"), "show_setup", P::RunView, "Whether the directory is empty, who may set it up, and how far a setup is.", setup::show),
        route(post("/setup/{id}"), "begin_setup", P::TenantSetup, "Begin to bring people in from a connector, or go on: keep what is given, look closely, plan.", setup::begin),
        route(post("/setup/{id}/start"), "start_setup", P::TenantSetup, "Carry out what the plan of the setup showed.", setup::start),
        route(get("/connections/{id}/callbacks"), "list_callbacks", P::ConnectionView, "The addresses at which its system calls, and what was heard there.", callbacks::list),
        route(post("/connections/{id}/callbacks"), "new_callback_keys", P::ConnectionEdit, "New keys for one of these addresses, shown this once; the old ones stay good for a day.", callbacks::new_keys),
        route(patch("/connections/{id}"), "change_connection", P::ConnectionEdit, "Change some of its settings and secrets; what is not named stays.", connections::change),
        route(post("/connections/{id}/rotate"), "rotate_secrets", P::ConnectionEdit, "Try new secrets, and put them in the place of the old ones if they are good.", connections::rotate),
        route(post("/compiler/validate"), "validate_text", P::WorkflowView, "What the compiler says about a text.", compiler::validate),
        route(post("/compiler/graph"), "draw_text", P::WorkflowView, "The picture of a text, also of one with errors, as nodes and edges.", compiler::graph),
        route(post("/compiler/complete"), "complete_text", P::WorkflowView, "What can be written at a place of a text.", compiler::complete),
        route(post("/compiler/hover"), "hover_text", P::WorkflowView, "What stands at a place of a text, in words.", compiler::hover),
        route(post("/compiler/definition"), "define_text", P::WorkflowView, "Where that is defined in the text.", compiler::define),
        route(post("/compiler/edit"), "edit_text", P::WorkflowView, "Edit a text by path and value; comments and order stay.", compiler::edit),
        route(post("/compiler/mend"), "mend_text", P::WorkflowView, "Mend what can be mended without guessing.", compiler::mend),
        route(post("/compiler/preview"), "preview_mapping", P::WorkflowView, "What a mapping makes of one person or department of the directory.", compiler::preview),
        route(get("/templates/{id}/prerequisites"), "list_prerequisites", P::WorkflowView, "What it needs, as it is now.", templates::prerequisites),
        route(post("/templates/{id}/drafts"), "draft_template", P::WorkflowEdit, "Make a draft from it, with connections, scope, mapping and triggers.", templates::draft),
        route(get("/connectors"), "list_connectors", P::ConnectionView, "Connectors: what each asks for and can do.", connections::connectors),
        route(get("/connectors/{id}"), "show_connector", P::ConnectionView, "One connector.", connections::connector),
        route(post("/connectors/{id}/test"), "test_settings", P::ConnectionEdit, "Try settings and secrets before they are saved.", connections::try_settings),
        route(get("/connectors/{id}/settings"), "show_connector_settings", P::ConnectionView, "What a connector asks for.", connections::settings),
        route(get("/directory"), "count_directory", P::DirectoryView, "How many of each kind and status the directory holds.", directory::counts),
        route(get("/directory/objects"), "list_directory", P::DirectoryView, "Departments or people.", directory::list),
        route(get("/directory/tree"), "show_directory_tree", P::DirectoryView, "Departments right below one, with how much is in each.", directory::tree),
        route(post("/directory/objects"), "new_directory_object", P::DirectoryEdit, "Make a department or a person by hand.", directory::create),
        route(post("/directory/bulk"), "change_directory_objects", P::DirectoryEdit, "Disable, enable, remove or move all that a filter finds.", directory::bulk),
        route(get("/directory/objects/{id}"), "show_directory_object", P::DirectoryView, "One department or person: fields with who fills them, links, what can be done.", directory::one),
        route(get("/directory/objects/{id}/timeline"), "show_directory_timeline", P::DirectoryView, "What happened to it, the newest first.", directory::timeline),
        route(post("/directory/objects/{id}/edit"), "edit_directory_object", P::DirectoryEdit, "Change its fields by hand.", directory::edit),
        route(post("/directory/objects/{id}/disable"), "disable_directory_object", P::DirectoryEdit, "Disable a person.", directory::disable),
        route(post("/directory/objects/{id}/enable"), "enable_directory_object", P::DirectoryEdit, "Let a person in again, or bring back what was removed.", directory::enable),
        route(post("/directory/objects/{id}/remove"), "remove_directory_object", P::DirectoryEdit, "A person leaves; an empty department is removed.", directory::remove),
        route(post("/directory/objects/{id}/move"), "move_directory_object", P::DirectoryEdit, "Put it into other departments.", directory::move_to),
        route(get("/directory/review"), "list_review", P::DirectoryView, "People who wait for somebody to let them in.", directory::review),
        route(post("/directory/review/approve"), "approve_review", P::RunApprove, "Let people in who wait for it.", directory::approve_review),
        route(post("/directory/review/reject"), "reject_review", P::RunApprove, "Refuse people who wait; they count as left.", directory::reject_review),
        route(post("/directory/uploads"), UPLOAD, P::DirectoryImport, "Upload a CSV or XLSX file, as it is; it is kept for a day.", uploads::upload),
        route(get("/directory/uploads"), "list_uploads", P::DirectoryImport, "Uploaded files that are still there, the newest first.", uploads::list),
        route(get("/directory/uploads/{id}"), "show_upload", P::DirectoryImport, "One uploaded file.", uploads::show),
        route(post("/directory/uploads/{id}/preview"), "preview_upload", P::DirectoryImport, "What is in it: sheets, headers, columns by field, and what would become of each row.", uploads::preview),
        route(delete("/directory/uploads/{id}"), "remove_upload", P::DirectoryImport, "Remove an uploaded file.", uploads::remove),
        route(post("/directory/uploads/{id}/import"), "import_upload", P::DirectoryImport, "Import it by a mapping, which is kept as a workflow, or by one that was kept.", uploads::import),
        route(get("/directory/upload-form"), "blank_upload", P::DirectoryView, "A file with headers to fill in, CSV or XLSX.", uploads::blank),
        route(post("/directory/import"), "import_directory", P::DirectoryImport, "Import a folder of the server as the full state.", directory::import),
        route(get("/links"), "list_links", P::LinkView, "The links of a connection.", links::list),
        route(post("/links/resolve"), "resolve_link", P::LinkView, "The person of the directory behind an account of a connection.", links::resolve),
        route(post("/links/add"), "add_link", P::LinkManage, "Two objects are one: the next run links them.", links::add),
        route(post("/links/move"), "move_link", P::LinkManage, "An object has another key.", links::move_to),
        route(post("/links/remove"), "remove_link", P::LinkManage, "Two objects are not one.", links::remove),
        route(get("/matching"), "list_matching", P::LinkView, "What waits for a decision.", matching::list),
        route(get("/matching/decisions"), "list_decisions", P::LinkView, "What was decided.", matching::decisions),
        route(post("/matching/decisions"), "decide_matching", P::LinkManage, "Decide; all of it is kept, or nothing.", matching::decide),
        route(post("/messages/wecom"), "send_message", P::MessageSend, "Send a message to people, departments and tags, or to everybody; it is sent once.", messages::send),
        route(get("/messages"), "list_messages", P::MessageSend, "Messages that were sent, the newest first.", messages::list),
        route(get("/messages/{id}"), "show_message", P::MessageSend, "One message, with what became of each receiver.", messages::show),
        route(post("/messages/{id}/recall"), "recall_message", P::MessageSend, "Take a message back.", messages::recall),
        route(get("/notifications/rules"), "list_notification_rules", P::ConnectionView, "Who is told of what, and by which way.", notifications::list),
        route(get("/notifications/rules/{id}"), "show_notification_rule", P::ConnectionView, "One such rule.", notifications::show),
        route(put("/notifications/rules/{id}"), "put_notification_rule", P::ConnectionEdit, "Make a rule, or change the one of this id; the secret of a new address is shown this once.", notifications::put),
        route(delete("/notifications/rules/{id}"), "remove_notification_rule", P::ConnectionEdit, "Forget a rule, with what waits for it.", notifications::remove),
        route(post("/notifications/rules/{id}/test"), "test_notification_rule", P::ConnectionEdit, "Send a message by a rule, to see whether it arrives.", notifications::test),
        route(get("/notifications/deliveries"), "list_notifications", P::ConnectionView, "Messages that were sent, the newest first, with what became of them.", notifications::deliveries),
        route(get("/notifications/mail"), "show_mail_settings", P::ConnectionView, "The mail server.", notifications::mail),
        route(put("/notifications/mail"), "put_mail_settings", P::ConnectionEdit, "Set the mail server; a password that is left out stays.", notifications::put_mail),
        route(post("/notifications/mail/test"), "test_mail", P::ConnectionEdit, "Send a mail by the mail server, to see whether it arrives.", notifications::test_mail),
        route(get("/playground"), "show_playground", P::ConnectionView, "The simulated company on which this tenant tries things out, with its newest calls.", playground::show),
        route(post("/playground"), "start_playground", P::TenantSetup, "Start it, or start it anew, with the connection that leads to it.", playground::start),
        route(put("/playground"), "trouble_playground", P::TenantSetup, "Say what goes wrong in it, and what its app may see.", playground::trouble),
        route(delete("/playground"), "stop_playground", P::TenantSetup, "Stop it; its connection goes too, unless something needs it.", playground::stop),
        route(get("/tenants"), "list_tenants", P::TenantManage, "All tenants.", tenants::list),
        route(post("/tenants"), "create_tenant", P::TenantManage, "Make a tenant.", tenants::create),
        route(get("/tenants/{id}"), "show_tenant", P::TenantManage, "One tenant.", tenants::show),
        route(post("/tenants/{id}/rename"), "rename_tenant", P::TenantManage, "Give it another name.", tenants::rename),
        route(post("/tenants/{id}/house-number"), "give_house_number", P::TenantManage, "Give it a number of its own, or the next free one; no tenant ever gets one of another.", tenants::house_number),
        route(post("/tenants/{id}/retention"), "set_retention", P::TenantManage, "Say how long things of it are kept, in days.", tenants::retention),
        route(post("/tenants/{id}/archive"), "archive_tenant", P::TenantManage, "Put it away: nothing is started in it, its data stay.", tenants::archive),
        route(post("/tenants/{id}/restore"), "restore_tenant", P::TenantManage, "Take it up again.", tenants::restore),
        guest(post("/session/start"), "sign_in", "Sign in by name and password; gives the cookie of a session.", accounts::sign_in),
        guest(post("/session/redeem"), "redeem_link", "Use a link that is good once: it signs in, and sets a password.", accounts::redeem),
        guest(get("/session/ways"), "list_sign_in_ways", "The ways to sign in that are offered.", ways::ways),
        route(get("/identities"), "list_identities", P::AccountView, "Who signs in by accounts of other systems.", ways::identities),
        route(post("/identities"), "bind_identity", P::AccountManage, "Let an account of another system sign in as one of here.", ways::bind),
        route(delete("/identities/{id}"), "unbind_identity", P::AccountManage, "Take that away; sessions that began so end.", ways::unbind),
        route(get("/connections/{id}/provider"), "show_provider_way", P::ConnectionView, "How far the authorisation of a company is that a service provider builds an app for.", provider::way),
        route(post("/connections/{id}/provider/invite"), "invite_provider", P::ConnectionEdit, "Make a link by which the company authorises.", provider::invite),
        route(post("/connections/{id}/provider/word"), "say_provider", P::ConnectionEdit, "Say what no callback told.", provider::say),
        route(post("/connections/{id}/provider/release"), "release_provider", P::ConnectionEdit, "Let go of the authorisation; its secrets are forgotten.", provider::release),
        route(get("/providers/{id}"), "show_provider", P::TenantManage, "The service provider of a connector, for the whole installation.", provider::show),
        route(put("/providers/{id}"), "set_provider", P::TenantManage, "Set it up; the keys of its addresses are shown this once.", provider::set),
        route(delete("/providers/{id}"), "remove_provider", P::TenantManage, "Take it away.", provider::remove),
        route(post("/providers/{id}/keys"), "new_provider_keys", P::TenantManage, "New keys for one of its addresses, shown this once; the old ones stay good for a day.", provider::new_keys),
        route(get("/connections/{id}/consent"), "show_consent", P::DirectoryView, "How many were asked for what only they can give, and how many gave it.", ways::consent),
        route(post("/connections/{id}/consent"), "invite_consent", P::MessageSend, "Ask people for it by a message with a link.", ways::invite_consent),
        route(get("/oidc"), "show_oidc", P::TenantManage, "How people sign in by OpenID Connect.", ways::oidc),
        route(put("/oidc"), "set_oidc", P::TenantManage, "Set that up; the provider is asked about itself first.", ways::set_oidc),
        route(delete("/oidc"), "remove_oidc", P::TenantManage, "Take it away.", ways::drop_oidc),
        route(get("/session"), "show_session", P::SessionView, "Who one is, where, and what one may do there.", accounts::me),
        route(delete("/session"), "sign_out", P::AccountSelf, "End this session.", accounts::sign_out),
        route(post("/session/password"), "change_password", P::AccountSelf, "Another password for oneself; other sessions end.", accounts::change_password),
        route(post("/session/preferences"), "set_preferences", P::AccountSelf, "Language, zone and theme.", accounts::prefer),
        route(get("/sessions"), "list_sessions", P::AccountSelf, "Sessions that are open.", accounts::sessions),
        route(delete("/sessions/{id}"), "end_session", P::AccountSelf, "End a session.", accounts::end_session),
        route(get("/accounts"), "list_accounts", P::AccountView, "The accounts of this tenant.", accounts::list),
        route(post("/accounts"), "new_account", P::AccountManage, "Make an account, with a link by which its person sets a password.", accounts::create),
        route(get("/accounts/{id}"), "show_account", P::AccountView, "One account, by id or name.", accounts::show),
        route(post("/accounts/{id}/roles"), "grant_roles", P::AccountManage, "What an account may do here from now on.", accounts::grant),
        route(post("/accounts/{id}/disable"), "disable_account", P::AccountManage, "Let it sign in no more; its sessions end.", accounts::disable),
        route(post("/accounts/{id}/enable"), "enable_account", P::AccountManage, "Let it sign in again.", accounts::enable),
        route(post("/accounts/{id}/password"), "give_password", P::AccountManage, "Set a password, by the operator of the machine only.", accounts::give_password),
        route(post("/sign-in-links"), "new_sign_in_link", P::AccountManage, "A link that is good once, for an hour, shown this once.", accounts::link),
        route(get("/tokens"), "list_tokens", P::AccountSelf, "Tokens of programs: one's own, or all for whoever sees accounts.", accounts::tokens),
        route(post("/tokens"), "new_token", P::AccountSelf, "A token for a program, shown this once.", accounts::new_token),
        route(delete("/tokens/{id}"), "revoke_token", P::AccountSelf, "Take a token away.", accounts::revoke_token),
        route(get("/audit"), "list_audit", P::AuditView, "Who did what, the newest first.", audit::list),
        route(get("/audit/verification"), "verify_audit", P::AuditView, "Whether every entry is there as it was written; reads all of them.", audit::verify),
        route(get("/store"), "show_disk", P::StoreView, "The room on the disk.", store::disk),
        route(get("/store/backup"), "backup_store", P::TenantManage, "Everything of the installation as one file; nobody writes while it is read.", export::backup),
        route(get("/store/sizes"), "show_sizes", P::StoreView, "What takes how much; reads everything.", store::sizes),
        route(post("/store/prune"), "prune_store", P::StoreManage, "Forget what is old.", store::prune),
    ]
}

/// All operations, by who may call them and what they take.
pub struct Routers {
    /// Those for which somebody must be known.
    pub known: Router<Shared>,
    /// Those of them whose body is a file.
    pub files: Router<Shared>,
    /// Those for which nobody needs to be known.
    pub guests: Router<Shared>,
}

/// The routers of all operations. The table is made once for them: every command that asks its own process makes it.
#[must_use]
pub fn routers() -> Routers {
    let (mut known, mut files, mut guests) = (Router::new(), Router::new(), Router::new());
    for Route { path, id, permission, handler, .. } in routes() {
        match permission {
            None => guests = guests.route(path, handler),
            Some(_) if id == UPLOAD => files = files.route(path, handler),
            Some(_) => known = known.route(path, handler),
        }
    }
    Routers { known, files, guests }
}

/// The router of all operations for which somebody must be known.
pub fn router() -> Router<Shared> {
    let Routers { known, files, .. } = routers();
    known.merge(files)
}
