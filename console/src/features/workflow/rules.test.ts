/** Where does a form edit a rule, which draft goes with a version, and is nothing lost that is typed meanwhile? */
import { expect, test } from 'vitest';

import { goesWith, rulesOf, worked } from './rules.ts';

test('a plain rule is edited at its field, one with more at its value, others are left to the text', () => {
  const content = {
    mappings: { user: { fields: { name: '{{source.name}}', mail: { value: 'x', when_empty: 'omit' }, on: true } } },
  };
  expect(rulesOf(content, 'user')).toEqual([
    { field: 'name', value: '{{source.name}}', path: ['mappings', 'user', 'fields', 'name'] },
    { field: 'mail', value: 'x', path: ['mappings', 'user', 'fields', 'mail', 'value'] },
  ]);
  expect(rulesOf(content, 'none')).toEqual([]);
  expect(rulesOf(undefined, 'user')).toEqual([]);
});

test('a saved text takes along its own draft and earlier states of it, not what others wrote or what is typed on', () => {
  const saved = { text: 'W', ours: '"1"', typed: 'W' };
  expect(goesWith({ text: 'W', etag: '"2"' }, saved)).toBe(true);
  expect(goesWith({ text: 'D1', etag: '"1"' }, saved)).toBe(true);
  expect(goesWith({ text: 'D1', etag: '"2"' }, saved)).toBe(false);
  expect(goesWith({ text: 'X', etag: '"1"' }, { ...saved, typed: 'X' })).toBe(false);
  expect(goesWith({ text: 'D1', etag: '"1"' }, { ...saved, ours: undefined })).toBe(false);
});

test('what is typed while a work is done is in what comes out, however often', async () => {
  let now = 'a';
  const typed = ['ab', 'abc'];
  const seen: string[] = [];
  const after = await worked(
    () => now,
    (text) => {
      seen.push(text);
      now = typed.shift() ?? now;
      return Promise.resolve({ text: text.toUpperCase() });
    },
  );
  expect(seen).toEqual(['a', 'ab', 'abc']);
  expect(after).toBe('ABC');
});
