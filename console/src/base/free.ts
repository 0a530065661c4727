/** Under which name can something new be made? One that nothing has. */

/** The name, or one like it that nothing has. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const all = new Set(taken);
  let found = wanted;
  for (let n = 2; all.has(found); n += 1) found = `${wanted.slice(0, 60)}_${n}`;
  return found;
}
