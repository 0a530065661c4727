/** What was typed and not saved yet: kept per account, tenant and object over reload and session end. Never a secret. */

const prefix = 'idflow.draft.';

/** The name under which a draft is kept. */
export function draftName(account: string, tenant: string, object: string): string {
  return `${prefix}${account}.${tenant}.${object}`;
}

/** What was kept; undefined where there is nothing that can be read. */
export function keptDraft(name: string): unknown {
  try {
    const kept = localStorage.getItem(name);
    return kept === null ? undefined : (JSON.parse(kept) as unknown);
  } catch {
    return undefined;
  }
}

/** Keeps a draft. */
export function keepDraft(name: string, draft: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(draft));
  } catch {
    // Nothing can be kept here; the form itself still has it.
  }
}

/** Throws a draft away, after it was saved. */
export function dropDraft(name: string): void {
  try {
    localStorage.removeItem(name);
  } catch {
    // There was none.
  }
}
