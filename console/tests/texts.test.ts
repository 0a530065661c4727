/** Are all texts there in both languages, and well written? Every table of the tree is walked. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { tables } from '#/texts/language';
import * as states from '#/texts/states';

const modules = import.meta.glob('../src/**/{texts,common}.ts', { eager: true });

interface Said {
  where: string;
  zh: string;
  en: string;
}

/** A sentence with values is said with marks in their stead. */
function say(entry: unknown, marks: string[]): string {
  if (typeof entry === 'string') return entry;
  if (typeof entry === 'function') return flat((entry as (...values: string[]) => unknown)(...marks));
  return flat(entry);
}

/** The text of what a sentence gives: also of elements with links in them. */
function flat(node: unknown): string {
  if (node === null || node === undefined || typeof node === 'boolean') return '';
  if (Array.isArray(node)) return node.map(flat).join('');
  if (typeof node === 'object' && 'props' in node) return flat((node.props as { children?: unknown }).children);
  return typeof node === 'string' || typeof node === 'number' ? String(node) : '';
}

const said: Said[] = [
  ...Object.entries(tables).flatMap(([table, entries]) =>
    Object.entries(entries).map(([key, entry]) => {
      const marks = ['⟦1⟧', '⟦2⟧', '⟦3⟧', '⟦4⟧', '⟦5⟧', '⟦6⟧'];
      return { where: `${table}.${key}`, zh: say(entry.zh, marks), en: say(entry.en, marks) };
    }),
  ),
  ...Object.entries(states).flatMap(([table, entries]) =>
    Object.entries(entries as Record<string, { zh: string; en: string }>).map(([key, entry]) => ({
      where: `states.${table}.${key}`,
      zh: entry.zh,
      en: entry.en,
    })),
  ),
];

test('tables were found', () => {
  expect(Object.keys(modules).length).toBeGreaterThan(2);
  expect(said.length).toBeGreaterThan(100);
});

const marks = (text: string) => [...new Set(text.match(/⟦\d⟧/g) ?? [])].toSorted().join();

test('nothing is empty, and both languages use the same values', () => {
  expect(said.filter(({ zh, en }) => zh.trim() === '' || en.trim() === '').map(({ where }) => where)).toEqual([]);
  expect(said.filter(({ zh, en }) => marks(zh) !== marks(en)).map(({ where }) => where)).toEqual([]);
});

test('no Han in English', () => {
  // The button that switches to the other language is written in that language.
  const wrong = said.filter(({ where, en }) => where !== 'shell.switchLanguage' && /\p{Script=Han}/u.test(en));
  expect(wrong.map(({ where }) => where)).toEqual([]);
});

test('Chinese has full-width punctuation, and a space between Han and Latin', () => {
  const narrow = said.filter(({ zh }) => /\p{Script=Han}[,;:!?]|[,;!?]\p{Script=Han}/u.test(zh));
  const glued = said.filter(({ zh }) =>
    /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u.test(zh.replace(/企业可信IP/g, '')),
  );
  expect(narrow.map(({ where, zh }) => `${where}: ${zh}`)).toEqual([]);
  expect(glued.map(({ where, zh }) => `${where}: ${zh}`)).toEqual([]);
});

test('no word that terms.md lists as wrong', () => {
  const terms = readFileSync(fileURLToPath(new URL('../src/texts/terms.md', import.meta.url)), 'utf8');
  const banned = [...terms.matchAll(/^\|[^|]+\|[^|]+\|([^|]+)\|$/gm)]
    .map(([, words = '']) => words.trim())
    .filter((words) => /\p{Script=Han}/u.test(words))
    .flatMap((words) => words.split('、'));
  expect(banned.length).toBeGreaterThan(10);
  const wrong = said.flatMap(({ where, zh }) =>
    banned.filter((word) => zh.includes(word)).map((word) => `${where}: ${word}`),
  );
  expect(wrong).toEqual([]);
});
