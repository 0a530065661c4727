/** Where does the next step of a problem lead? Exhaustive: a new kind does not compile until it has an address. */
import type { Next } from '#/api/problem';
import type { Links } from '#/base/links';

/** The address of the page on which the next step is done. `person` is whom it is about, by the id of the directory. */
export function nextAddress(next: Next, links: Links, person?: string): string {
  const run = next.run ?? undefined;
  const workflow = next.workflow ?? undefined;
  const connection = next.connection ?? undefined;
  const ofRun = (query?: Record<string, string>) => (run ? links.run(run, query) : links.runs({ workflow }));
  const ofWorkflow = () => (workflow ? links.workflow(workflow) : links.workflows());
  const ofConnection = (query?: Record<string, string | undefined>) =>
    connection ? links.connection(connection, query) : links.connections(query);
  switch (next.kind) {
    case 'approve_run':
    case 'check_source':
      return run ? links.plan(run) : links.approvals();
    case 'list_items':
      return ofRun({ tab: 'items', ...(next.key ? { code: next.key } : {}) });
    case 'list_runs':
      return links.runs({ workflow });
    case 'resume_run':
      return ofRun();
    case 'show_workflow':
    case 'run_workflow':
    case 'apply_plan':
    case 'activate_workflow':
    case 'archive_workflow':
    case 'validate_workflow':
      return ofWorkflow();
    case 'disable_leavers':
      // What is to be done there is to give an input: its form is open.
      return workflow ? links.workflow(workflow, { ask: '1' }) : links.workflows();
    case 'list_leavers':
      return links.people({ status: 'left' });
    case 'list_matching':
    case 'decide_match':
      return links.matching({ connection, key: next.key ?? undefined });
    case 'add_link':
      return links.links({ connection, bind: '1', person: next.person ?? person, account: next.key ?? undefined });
    case 'list_links':
    case 'remove_link':
      return links.links({ connection, find: next.key ?? undefined });
    case 'list_removals':
    case 'decide_removal':
      return links.removals({ workflow });
    case 'list_kept_removals':
      return links.removals({ workflow, state: 'kept' });
    case 'list_workflows':
      return links.workflows();
    case 'create_workflow':
    case 'list_templates':
      return links.templates();
    case 'list_connections':
      return links.connections();
    case 'add_connection':
      return links.connections({ add: '1' });
    case 'show_connection':
    case 'give_secret':
    case 'give_setting':
    case 'test_connection':
      return ofConnection({ setting: next.key ?? undefined });
    case 'upload_people':
      return links.upload({ workflow });
    case 'search_directory':
      return links.people({ find: next.key ?? undefined });
    case 'list_tenants':
      return links.tenants();
    case 'list_accounts':
    case 'new_sign_in_link':
      return links.accounts();
    case 'list_sessions':
      return links.sessions();
    case 'list_tokens':
      return links.tokens();
    case 'prune_store':
    case 'check_store':
    case 'copy_store':
    case 'choose_folder':
      return links.settings({ tab: 'store' });
    default:
      return next.kind satisfies never;
  }
}
