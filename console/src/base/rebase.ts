/** What was read anew, or saved, while somebody types: what they changed stays, all else is as it is now. Pure. */

/** What is empty is nothing, in whatever way a field has it. */
function bare(value: unknown): unknown {
  return value === '' || value === undefined || (Array.isArray(value) && value.length === 0) ? null : value;
}

/** Whether two values of a field are the same. */
export function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(bare(one)) === JSON.stringify(bare(other));
}

/** The values of a form that began with `before`, now that the object is `after`. */
export function rebased<T extends object>(typed: Partial<T>, before: Partial<T>, after: Partial<T>): Partial<T> {
  const names = new Set([...Object.keys(typed), ...Object.keys(after)]) as Set<keyof T>;
  return Object.fromEntries(
    [...names].map((name) => [name, sameValue(typed[name], before[name]) ? after[name] : typed[name]]),
  ) as Partial<T>;
}

/** What stands in a form after `sent` of it was saved as `saved`, and whether more was typed while it was on its way. */
export function afterSaving<T extends object>(
  typed: Partial<T>,
  sent: Partial<T>,
  saved: Partial<T>,
): { stands: Partial<T>; more: boolean } {
  const names = Object.keys(sent) as (keyof T)[];
  return { stands: rebased(typed, sent, saved), more: names.some((name) => !sameValue(typed[name], sent[name])) };
}
