/** Which changes of a plan have to do with each other? A reason that names somebody who stands in the plan, too. */
import { type Item, objectOf } from './queries.ts';

/** Among more changes than this nobody looks for the other one by eye. */
const most = 1000;

/** How reasons name the object of a change: by name and account, or by its path; nothing where they could mean another. */
function named(item: Item): string | undefined {
  const { type, at, name, target } = objectOf(item);
  if (type === 'department' && at?.startsWith('/')) return item.planned === 'do' ? undefined : at;
  return name && target ? `${name} (${target})` : undefined;
}

/** For each change, by its row, the others that have to do with it: two who exchange a value, a department and who is in it. */
export function linksOf(items: readonly Item[]): Map<number, Item[]> {
  const found = new Map<number, Item[]>();
  if (items.length > most) return found;
  const note = (from: Item, to: Item) => {
    const others = found.get(from.row ?? 0) ?? [];
    if (!others.includes(to)) found.set(from.row ?? 0, [...others, to]);
  };
  for (const item of items) {
    const reasons = [...(item.error ? [item.error] : []), ...item.warnings].map(({ reason }) => reason.en).join('\n');
    if (reasons === '') continue;
    for (const other of items) {
      const name = other === item ? undefined : named(other);
      if (name === undefined || !reasons.includes(name)) continue;
      note(item, other);
      note(other, item);
    }
  }
  return found;
}
