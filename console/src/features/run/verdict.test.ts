import { expect, test } from 'vitest';

import { linksOf } from '#/base/links';

import { alikeInWords, itemsOf, present, sizeOf, sumOf, underway } from './counts.ts';
import { verdictOf } from './verdict.ts';

const counts = {
  user: { created: 62, failed: 1, invalid: 1, removed: 0, unchanged: 7, updated: 0 },
  department: { created: 5, failed: 0, unchanged: 2 },
};

test('what went wrong comes first, zeros are left out', () => {
  expect(present(counts).map(({ kind, outcome, n }) => `${outcome} ${kind} ${n}`)).toEqual([
    'failed user 1',
    'invalid user 1',
    'created department 5',
    'created user 62',
    'unchanged department 2',
    'unchanged user 7',
  ]);
  expect(sumOf(counts, ['failed', 'invalid'])).toBe(2);
});

test('each number leads to what it counts, and to nothing of another kind', () => {
  const links = linksOf('default');
  const made = present({ user: { created: 2 }, department: { created: 1 } });
  expect(made.map((part) => links.run('01R', itemsOf(part)))).toEqual([
    '/w/default/runs/01R?tab=items&kind=department&outcome=created',
    '/w/default/runs/01R?tab=items&kind=user&outcome=created',
  ]);
});

test('a verdict tells done from missed, and an outcome that is new is neither', () => {
  const verdict = verdictOf({ ...counts, message: { pondered: 3 } });
  expect(verdict.done.map(({ n }) => n)).toEqual([5, 62]);
  expect(verdict.missed.map(({ outcome }) => outcome)).toEqual(['failed', 'invalid']);
  expect(verdict.unchanged).toBe(9);
});

test('held and paused runs wait for a person and are not underway', () => {
  expect(['queued', 'planning', 'applying'].every(underway)).toBe(true);
  expect(['held', 'paused', 'succeeded', 'cancelled'].some(underway)).toBe(false);
});

test('a plan has changes, removals among them, and what cannot be done', () => {
  const groups = [
    { planned: 'do', removes: false, count: 5 },
    { planned: 'do', removes: true, count: 40 },
    { planned: 'skipped', removes: true, count: 2 },
    { planned: 'ambiguous', removes: false, count: 2999 },
  ];
  expect(sizeOf(groups)).toEqual({ changes: 45, removes: 40, left: 3001 });
});

function words(before: string, after: string) {
  return { in_words: { before: { zh: before, en: before }, after: { zh: after, en: after } } };
}

function say({ zh }: { zh: string }): string {
  return zh;
}

test('what reads the same before and after differs where it is hidden', () => {
  expect(alikeInWords(words('154****0006', '154****0006'), say)).toBe(true);
  expect(alikeInWords(words('154****0006', '154****0007'), say)).toBe(false);
  expect(alikeInWords(words('工程师', '工程师'), say)).toBe(false);
  expect(alikeInWords({ in_words: null }, say)).toBe(false);
});
