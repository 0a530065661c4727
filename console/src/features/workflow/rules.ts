/**
 * What the editor decides by itself: the rules of a mapping as a form shows them, each with the path by which it is edited, and
 * what becomes of a draft or a text on which somebody typed on.
 */

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

/** What a work makes of a text. It is done anew where the text changed meanwhile: what is typed is in what comes out. */
export async function worked(now: () => string, work: (text: string) => Promise<{ text: string }>): Promise<string> {
  for (;;) {
    const before = now();
    // oxlint-disable-next-line no-await-in-loop -- each on what was typed during the one before
    const { text } = await work(before);
    if (now() === before) return text;
  }
}
