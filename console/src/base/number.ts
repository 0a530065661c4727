/** How is a number written? */

const counts = new Intl.NumberFormat('en-US');

/** A count with its thousands: `12,400`; the same in both languages. */
export function count(value: number): string {
  return counts.format(value);
}

/** Bytes in the unit that fits: `3.4 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? rest : rest.toFixed(1)} ${units[unit]}`;
}
