/** Which address does each page have? Every address of the console is made here. */

/** The parts of an address after the question mark; what is undefined or empty is left out. */
export type Query = Record<string, string | undefined>;

function address(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, value);
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

const part = encodeURIComponent;

/** The addresses of one tenant. */
export function linksOf(tenant: string) {
  const root = `/w/${part(tenant)}`;
  return {
    overview: () => address(root),
    workflows: (query?: Query) => address(`${root}/workflows`, query),
    workflow: (id: string, query?: Query) => address(`${root}/workflows/${part(id)}`, query),
    templates: (query?: Query) => address(`${root}/templates`, query),
    template: (id: string, query?: Query) => address(`${root}/templates/${part(id)}`, query),
    connections: (query?: Query) => address(`${root}/connections`, query),
    connection: (id: string, query?: Query) => address(`${root}/connections/${part(id)}`, query),
    integration: (id: string, query?: Query) => address(`${root}/connections/${part(id)}/integration`, query),
    provider: (id: string, query?: Query) => address(`${root}/connections/${part(id)}/provider`, query),
    providers: (query?: Query) => address(`${root}/providers`, query),
    messages: (query?: Query) => address(`${root}/messages`, query),
    notifications: (query?: Query) => address(`${root}/notifications`, query),
    review: (query?: Query) => address(`${root}/review`, query),
    upload: (query?: Query) => address(`${root}/upload`, query),
    setup: (query?: Query) => address(`${root}/setup`, query),
    runs: (query?: Query) => address(`${root}/runs`, query),
    run: (id: string, query?: Query) => address(`${root}/runs/${part(id)}`, query),
    plan: (run: string, query?: Query) => address(`${root}/runs/${part(run)}/plan`, query),
    failures: (query?: Query) => address(`${root}/failures`, query),
    approvals: (query?: Query) => address(`${root}/approvals`, query),
    removals: (query?: Query) => address(`${root}/removals`, query),
    people: (query?: Query) => address(`${root}/people`, query),
    matching: (query?: Query) => address(`${root}/matching`, query),
    links: (query?: Query) => address(`${root}/links`, query),
    audit: (query?: Query) => address(`${root}/audit`, query),
    accounts: (query?: Query) => address(`${root}/accounts`, query),
    tokens: (query?: Query) => address(`${root}/tokens`, query),
    identities: (query?: Query) => address(`${root}/identities`, query),
    sessions: (query?: Query) => address(`${root}/sessions`, query),
    playground: (query?: Query) => address(`${root}/playground`, query),
    tenants: (query?: Query) => address(`${root}/tenants`, query),
    settings: (query?: Query) => address(`${root}/settings`, query),
  };
}

/** The addresses of one tenant. */
export type Links = ReturnType<typeof linksOf>;
