/** What are the two sides of an undecided pair called, so that namesakes are told apart? */
import type { components } from '#/api/contract';

import { isThere, keyOf } from './sides.ts';

type Undecided = components['schemas']['Undecided'];
type Candidate = components['schemas']['Candidate'];

/** The connection that is the directory: its keys are made by idflow and tell nobody anything. */
const ours = 'directory';

/** The connection of the undecided object, or that of its candidates. */
function connectionOf(pair: Undecided, side: 'object' | 'candidate'): string {
  return isThere(pair) === (side === 'object') ? pair.connection : pair.with;
}

function filled(parts: readonly (string | null | undefined)[]): string[] {
  return parts.filter((part): part is string => part !== null && part !== undefined && part !== '');
}

/** The key of an object as somebody is shown it; undefined where it says nothing, or where the name tells it already. */
function shownKey(name: string, key: string, connection: string): string | undefined {
  return connection === ours || name === key || name.includes(`(${key})`) ? undefined : key;
}

function told(name: string, ...more: (string | null | undefined)[]): string {
  return `${name}（${filled(more).join('，')}）`;
}

/** What the system of the undecided object is called; `directory` is the word for ours. */
export function placeOf(pair: Undecided, directory: string): string {
  const connection = connectionOf(pair, 'object');
  return connection === ours ? directory : connection;
}

/** What is told of the undecided object beside its name: its system, its account, and where it stands. */
export function besideOf(pair: Undecided, directory: string): string[] {
  return filled([placeOf(pair, directory), shownKey(pair.name, keyOf(pair), connectionOf(pair, 'object')), pair.at]);
}

/** The undecided object in one line. */
export function objectOf(pair: Undecided, directory: string): string {
  const key = shownKey(pair.name, keyOf(pair), connectionOf(pair, 'object'));
  return told(pair.name, key, pair.at === pair.name ? undefined : pair.at, placeOf(pair, directory));
}

/** The same of a candidate, which is of the other side. */
export function candidateOf(pair: Undecided, candidate: Candidate, directory: string): string {
  const connection = connectionOf(pair, 'candidate');
  const key = shownKey(candidate.label, candidate.key, connection);
  return told(candidate.label, key, candidate.department, connection === ours ? directory : connection);
}

/** Somebody of another system in one line: name, account, departments, number, and who it is already. */
export function memberOf(one: components['schemas']['ConnectionPerson'], bound: (who: string) => string): string {
  const key = one.label === one.key ? undefined : one.key;
  const linked = one.linked ? bound(one.linked.label) : undefined;
  return filled([one.label, key, one.departments.join('，'), one.number, one.mobile, linked]).join(' · ');
}
