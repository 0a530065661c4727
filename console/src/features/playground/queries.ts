/** The calls of the playground. */
import { read, write } from '#/api/client';
import type { components } from '#/api/contract';

type Schemas = components['schemas'];
export type Playground = Schemas['Playground'];
export type Call = Schemas['PlaygroundCall'];
export type Fault = Schemas['PlaygroundFault'];
export type Range = Schemas['PlaygroundRange'];

/** It is looked at again and again: workflows call it meanwhile. */
export function playgroundQuery() {
  return { ...read('/playground', { query: { calls: 100 } }), refetchInterval: 3_000 };
}

export const startPlayground = (people: number) => write('post', '/playground', { body: { people } });
export const stopPlayground = () => write('delete', '/playground');
export const trouble = (body: Schemas['PlaygroundTrouble']) => write('put', '/playground', { body });
