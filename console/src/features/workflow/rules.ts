/** The rules of a mapping as a form shows them, each with the path by which it is edited. */

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
