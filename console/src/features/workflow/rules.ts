/**
 * What the editor decides by itself: the rules of a mapping as a form shows them, each with the path by which it is edited, and
 * what becomes of a draft or a text on which somebody typed on.
 */

import type { TextEdit } from './queries.ts';

export interface Rule {
  readonly field: string;
  readonly value: string;
  readonly path: (string | number)[];
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The rules of one mapping; a rule that is more than a text is edited at its `value`. */
export function rulesOf(content: unknown, mapping: string): Rule[] {
  const fields = member(member(member(content, 'mappings'), mapping), 'fields');
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields).flatMap(([field, rule]): Rule[] => {
    const path = ['mappings', mapping, 'fields', field];
    if (typeof rule === 'string') return [{ field, value: rule, path }];
    const value = member(rule, 'value');
    return typeof value === 'string' ? [{ field, value, path: [...path, 'value'] }] : [];
  });
}

export interface Scheduled {
  readonly cron: string;
  readonly timezone: string;
  /** Where it stands in the text. */
  readonly path: (string | number)[];
}

const schedules = ['on', 'schedule'];

/** The schedules of a text, each with its place: one alone, or a list of them. */
export function schedulesIn(content: unknown): Scheduled[] {
  const found = member(member(content, 'on'), 'schedule');
  const one = (value: unknown, path: (string | number)[]): Scheduled[] => {
    const cron = member(value, 'cron');
    const timezone = member(value, 'timezone');
    return typeof cron === 'string' ? [{ cron, timezone: typeof timezone === 'string' ? timezone : '', path }] : [];
  };
  if (Array.isArray(found)) return found.flatMap((value, at) => one(value, [...schedules, at]));
  return one(found, schedules);
}

/** The edits that make a schedule another one; what else stands in it stays, also the zone that it does not name. */
export function changeSchedule(old: Scheduled, to: { cron?: string; timezone?: string }): TextEdit[] {
  const set = (name: 'cron' | 'timezone'): TextEdit[] =>
    to[name] === undefined || old[name] === to[name]
      ? []
      : [{ path: [...old.path, name], kind: 'set', value: to[name] }];
  return [...set('cron'), ...set('timezone')];
}

/** The edit that adds a schedule to those that there are. */
export function addSchedule(content: unknown, added: { cron: string; timezone: string }): TextEdit[] {
  const found = member(member(content, 'on'), 'schedule');
  if (Array.isArray(found)) return [{ path: [...schedules, found.length], kind: 'insert', value: added }];
  return [{ path: schedules, kind: 'set', value: found === undefined || found === null ? [added] : [found, added] }];
}

/** The edit that takes a schedule away; with the last one goes the list. */
export function removeSchedule(all: readonly Scheduled[], gone: Scheduled): TextEdit[] {
  return [{ path: all.length > 1 ? gone.path : schedules, kind: 'remove' }];
}

/**
 * Whether a draft goes when a text was saved as a version: where it is that text, and where it is an earlier state of it that this
 * page wrote. What somebody else wrote stays, and so does what is typed on.
 */
export function goesWith(
  draft: { readonly text: string; readonly etag: string },
  saved: { readonly text: string; readonly ours: string | undefined; readonly typed: string | undefined },
): boolean {
  if (draft.text === saved.text) return true;
  return draft.etag === saved.ours && (saved.typed === undefined || saved.typed === saved.text);
}

/** A text that was typed here and that the server may not have. */
export interface Typed {
  readonly text: string;
  /** The state of the draft on the server that it went on from; undefined where there was none. */
  readonly on?: string | undefined;
  /** The version that it was made from; undefined where nobody knows. */
  readonly base?: number | undefined;
}

/** What this browser kept of a text: with what it was made on, or the text alone, as it was kept before. */
export function typedIn(kept: unknown): Typed | undefined {
  if (typeof kept === 'string') return { text: kept };
  const [text, on, base] = [member(kept, 'text'), member(kept, 'on'), member(kept, 'base')];
  if (typeof text !== 'string') return undefined;
  return {
    text,
    ...(typeof on === 'string' ? { on } : {}),
    ...(typeof base === 'number' ? { base } : {}),
  };
}

/** Whether a draft holds changes that this page neither wrote nor went on from. */
export function isOthers(
  draft: { readonly text: string; readonly etag: string },
  here: { readonly ours: string | undefined; readonly saved: string; readonly typed: string },
): boolean {
  return draft.etag !== here.ours && draft.text !== here.saved && draft.text !== here.typed;
}

/** The version that the text in the editor was made from: what is typed, else the draft, else what is saved. */
export function madeFrom(of: {
  readonly saved: { readonly text: string; readonly version: number };
  readonly typed: Typed | undefined;
  readonly kept: { readonly text: string; readonly base?: number | null | undefined } | undefined;
  /** The version that was there when the page was opened, for a text that names none. */
  readonly first: number;
}): number {
  const text = of.typed?.text ?? of.kept?.text ?? of.saved.text;
  if (text === of.saved.text) return of.saved.version;
  return of.typed?.base ?? of.kept?.base ?? of.first;
}

/** What a work makes of a text. It is done anew where the text changed meanwhile: what is typed is in what comes out. */
export async function worked(now: () => string, work: (text: string) => Promise<{ text: string }>): Promise<string> {
  for (;;) {
    const before = now();
    // oxlint-disable-next-line no-await-in-loop -- each on what was typed during the one before
    const { text } = await work(before);
    if (now() === before) return text;
  }
}
