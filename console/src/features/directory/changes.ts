/** What is sent of a form? Only what was typed. */
import type { Detail } from './queries.ts';

/** A field of one's own, as a form holds it. */
export interface Own {
  readonly name?: string;
  readonly value?: string;
}

/** What stands in a form, by field. */
export type Given = Record<string, string | number | string[] | Own[] | null | undefined>;

/** What is sent of what was given: what is empty is left out where something is made. */
export function given(values: Given): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
      if (value === undefined || value === '' || value === null) return [];
      if (name !== 'custom') return Array.isArray(value) && value.length === 0 ? [] : [[name, value]];
      const own = customOf(value as Own[], undefined);
      return own === null ? [] : [[name, own]];
    }),
  );
}

/** What is sent of a form over an object: what is another value now; an emptied field is taken away. */
export function changes(object: Pick<Detail, 'fields'>, values: Given): Record<string, unknown> {
  return Object.fromEntries(
    object.fields.flatMap(({ name, value: before, masked }): [string, unknown][] => {
      const value: unknown = before ?? null;
      if (!(name in values)) return [];
      const now = nowOf(name, values[name], before);
      // A hidden value was never in the form: left empty, it stays.
      if (masked ? now === null : same(now, value)) return [];
      return [[name, now]];
    }),
  );
}

function nowOf(name: string, value: Given[string], before: unknown): unknown {
  if (value === '' || value === undefined || value === null) return null;
  if (name === 'custom') return customOf(value as Own[], before);
  return Array.isArray(value) && value.length === 0 ? null : value;
}

/** Whether two values of fields are the same; objects by their entries, in any order. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => a.localeCompare(b));
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** The fields of one's own as a form shows them. */
export function ownOf(value: unknown): Own[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, of]) => ({ name, value: String(of) }));
}

/** What is sent of them; a number or a flag that was one before stays one. Null where there are none. */
export function customOf(own: readonly Own[], before: unknown): Record<string, unknown> | null {
  const known = typeof before === 'object' && before !== null ? (before as Record<string, unknown>) : {};
  const entries = own.flatMap(({ name, value }): [string, unknown][] => {
    const called = name?.trim() ?? '';
    if (called === '' || value === undefined || value === '') return [];
    return [[called, typedAs(known[called], value)]];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function typedAs(before: unknown, text: string): unknown {
  if (typeof before === 'number' && /^-?\d{1,15}$/.test(text.trim())) return Number(text);
  if (typeof before === 'boolean' && /^(true|false)$/.test(text.trim())) return text.trim() === 'true';
  return text;
}

/** The memberships with those as leader that were chosen; the departments stay as they are. */
export function withLeads(departments: unknown, leads: readonly string[]): { department: string; leader: boolean }[] {
  const of = Array.isArray(departments) ? (departments as { department?: string }[]) : [];
  return of.flatMap(({ department }) =>
    department === undefined ? [] : [{ department, leader: leads.includes(department) }],
  );
}

/** Of which departments somebody is a leader. */
export function leadsOf(departments: unknown): string[] {
  const of = Array.isArray(departments) ? (departments as { department?: string; leader?: boolean }[]) : [];
  return of.flatMap(({ department, leader }) => (leader && department !== undefined ? [department] : []));
}
