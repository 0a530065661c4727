/** Where a form edits a rule. */
import { expect, test } from 'vitest';

import { rulesOf } from './rules.ts';

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
