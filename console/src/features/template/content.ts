/** What do the wizard's screens read from a workflow's text, as the compiler gives it? Pure; edits go by path to the server. */
import type { TextEdit } from './queries.ts';

/** A part of the text whose form nobody promises. */
type Free = unknown;

function member(value: Free, name: string): Free {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Free>)[name]
    : undefined;
}

function list(value: Free): Free[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function words(value: Free): string[] {
  return list(value).filter((item): item is string => typeof item === 'string');
}

/** An edit that puts a value at a path. */
function put(path: TextEdit['path'], value: Free): TextEdit {
  return { path, kind: 'set', value };
}

/** The id that a text gives itself. */
export function idOf(content: Free): string | undefined {
  const id = member(content, 'id');
  return typeof id === 'string' ? id : undefined;
}

export function idEdit(id: string): TextEdit {
  return put(['id'], id);
}

/** Which connection stands for a name of the text. */
export function connectionOf(content: Free, alias: string): string | undefined {
  const ref = member(member(member(content, 'connections'), alias), 'ref');
  return typeof ref === 'string' ? ref : undefined;
}

export function connectionEdit(alias: string, name: string): TextEdit {
  return put(['connections', alias, 'ref'], name);
}

export interface Scope {
  /** The step that reads the directory. */
  readonly step: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Which departments a text reads; undefined where it reads no directory. */
export function scopeOf(content: Free): Scope | undefined {
  for (const step of list(member(content, 'steps'))) {
    const id = member(step, 'id');
    if (member(step, 'uses') !== 'directory/read' || typeof id !== 'string') continue;
    const departments = member(member(step, 'with'), 'departments');
    return { step: id, include: words(member(departments, 'include')), exclude: words(member(departments, 'exclude')) };
  }
  return undefined;
}

/** Whether patterns take the whole directory. */
export function isEverything(include: readonly string[]): boolean {
  return include.length === 0 || include.includes('/**');
}

/** The pattern of a department and all below it; a `/` in a name is written `\/`. */
export function patternOf(names: readonly string[]): string {
  return `/${names.map((name) => name.replaceAll('\\', '\\\\').replaceAll('/', '\\/')).join('/')}/**`;
}

export function scopeEdit(step: string, include: readonly string[]): TextEdit {
  return put(['steps', step, 'with', 'departments', 'include'], include);
}

export interface Rule {
  readonly field: string;
  readonly value: string;
  /** The fields of the source that it names. */
  readonly reads: readonly string[];
}

export interface Mapping {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly rules: readonly Rule[];
}

/** The mappings of a text. */
export function mappingsOf(content: Free): Mapping[] {
  const mappings = member(content, 'mappings');
  if (typeof mappings !== 'object' || mappings === null) return [];
  return Object.entries(mappings as Record<string, Free>).map(([name, mapping]) => {
    const fields = member(mapping, 'fields');
    const rules = Object.entries((fields ?? {}) as Record<string, Free>).map(([field, rule]) => {
      const given = member(rule, 'value') ?? rule;
      const value = typeof given === 'string' ? given : JSON.stringify(given);
      return { field, value, reads: [...new Set([...value.matchAll(/source\.(\w+)/g)].map(([, read = '']) => read))] };
    });
    const text = (of: Free) => (typeof of === 'string' ? of : '');
    return { name, from: text(member(mapping, 'from')), to: text(member(mapping, 'to')), rules };
  });
}

export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
}

/** The schedules of a text. */
export function schedulesOf(content: Free): Schedule[] {
  return list(member(member(content, 'on'), 'schedule')).flatMap((one) => {
    const cron = member(one, 'cron');
    const timezone = member(one, 'timezone');
    return typeof cron === 'string' ? [{ cron, timezone: typeof timezone === 'string' ? timezone : '' }] : [];
  });
}

/** The first schedule of a text. */
export function scheduleOf(content: Free): Schedule | undefined {
  return schedulesOf(content)[0];
}

const schedulePath = ['on', 'schedule'];

/** The edits by which a text gets this schedule, or none; whatever it has when they arrive. */
export function scheduleEdit(schedule: Schedule | undefined): TextEdit[] {
  // Set first: what is not there cannot be removed.
  return schedule === undefined
    ? [put(schedulePath, []), { path: schedulePath, kind: 'remove' }]
    : [put(schedulePath, [schedule])];
}
