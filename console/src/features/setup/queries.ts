/** The calls of the first use. How far it is, the server knows: it goes on after a reload, and in another browser. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

type Schemas = components['schemas'];
export type Setup = Schemas['Setup'];
export type SetupState = Schemas['SetupState'];
export type Step = Schemas['SetupStep'];

/** Whether something is at work of which the numbers move. */
function moves(setup: Setup | undefined): boolean {
  return setup?.current?.steps.some(({ state }) => state === 'doing') ?? false;
}

export function setupQuery() {
  return {
    ...read('/setup'),
    refetchInterval: (query: { state: { data?: Setup | undefined } }) =>
      moves(query.state.data) ? 1_000 : (false as const),
  };
}

/** Begins, or goes on: keeps what is given, looks closely, plans. */
export function begin(connector: string, body: Schemas['SetupBegin']): Promise<Setup> {
  return write('post', '/setup/{id}', { params: { path: { id: connector } }, body });
}

/** Carries out the plan that was looked at; another one is refused. */
export function start(connector: string, plan: string | null | undefined, key: string): Promise<Setup> {
  return write('post', '/setup/{id}/start', {
    params: { path: { id: connector } },
    body: plan ? { plan } : {},
    key,
  });
}
