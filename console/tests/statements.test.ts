/** Is every statement in the table of `docs/design/statements.md`, once, and are its pages and tests there? */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const at = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** How many statements each part has; the first of S0 is about the product as a whole. */
const parts = { S0: [2, 15], S1: [1, 34], S2: [1, 28], S3: [1, 20], S4: [1, 30] } as const;
const two = (n: number) => String(n).padStart(2, '0');
const wanted = [
  ...Object.entries(parts).flatMap(([part, [from, to]]) =>
    Array.from({ length: to - from + 1 }, (_, n) => `${part}-${two(from + n)}`),
  ),
  'S2-15b',
];

const rows = at('docs/design/statements.md')
  .split('\n')
  .filter((line) => line.startsWith('| S'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, ids = '', what = '', page = '', proof = '']) => ({ ids, what, page, proof }));

/** The statements of a row: single ones, and from one to another. */
function statements(ids: string): string[] {
  return ids.split(', ').flatMap((piece) => {
    const [from = '', to] = piece.split('…');
    if (to === undefined) return [from];
    const part = from.slice(0, 3);
    const first = Number(from.slice(3));
    return Array.from({ length: Number(to.slice(3)) - first + 1 }, (_, n) => `${part}${two(first + n)}`);
  });
}

test('every statement stands in the table once', () => {
  expect(rows.flatMap(({ ids }) => statements(ids)).toSorted()).toEqual(wanted.toSorted());
});

test('its page is one of the console', () => {
  const routes = new Set([...at('console/src/start/routes.tsx').matchAll(/path: '([^']+)'/g)].map(([, path]) => path));
  const unknown = rows.filter(({ page }) => !['—', 'open'].includes(page) && !routes.has(page.replaceAll('`', '')));
  expect(unknown).toEqual([]);
});

test('its test is there', () => {
  const missing = rows.filter(({ proof }) => {
    if (proof === 'open') return false;
    const [, file = '', name = ''] = /^`([^`]+)` (.+)$/.exec(proof) ?? [];
    const text = at(file.endsWith('.ts') ? `console/tests/whole/${file}` : `tests/it/${file}`);
    return name === '' || !(file.endsWith('.ts') ? text.includes(`test('${name}`) : text.includes(`fn ${name}(`));
  });
  expect(missing).toEqual([]);
});
