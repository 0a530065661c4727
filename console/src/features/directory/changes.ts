/** What is sent of a form? Only what was typed. */
import type { Detail } from './queries.ts';

/** What stands in a form, by field. */
export type Given = Record<string, string | number | string[] | null | undefined>;

/** What is sent of what was given: what is empty is left out where something is made. */
export function given(values: Given): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== '' && value !== null),
  );
}

/** What is sent of a form over an object: what is another value now; an emptied field is taken away. */
export function changes(object: Pick<Detail, 'fields'>, values: Given): Record<string, unknown> {
  return Object.fromEntries(
    object.fields.flatMap(({ name, value: before, masked }): [string, unknown][] => {
      const value: unknown = before ?? null;
      if (!(name in values)) return [];
      const now = values[name] === '' || values[name] === undefined ? null : values[name];
      // A hidden value was never in the form: left empty, it stays.
      if (masked ? now === null : now === value) return [];
      return [[name, now]];
    }),
  );
}
