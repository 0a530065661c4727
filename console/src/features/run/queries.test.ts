/** What is an item called, and what is to be said of it? */
import { expect, test } from 'vitest';

import { type Item, nameOf, pathOf, toldOf } from './queries.ts';

function item(object: Record<string, unknown>, more: Partial<Item> = {}): Item {
  return { key: 'user/01M8', warnings: [], object, ...more } as unknown as Item;
}

const issue = (code: string) => ({ code }) as Item['warnings'][number];

test('who has no name is called by number or account, and never by nothing', () => {
  expect(nameOf(item({ name: '何青', source: '010001' }))).toBe('何青');
  expect(nameOf(item({ name: '', system: 'directory', source: '010096' }))).toBe('010096');
  expect(nameOf(item({ name: null, system: 'wecom', target: 'heqing' }))).toBe('heqing');
  expect(nameOf(item({}))).toBe('user/01M8');
});

test('an item without an error tells its warnings', () => {
  expect(toldOf(item({}, { warnings: [issue('email_invalid')] })).map(({ code }) => code)).toEqual(['email_invalid']);
  const both = item({}, { error: issue('name_missing'), warnings: [issue('email_invalid')] });
  expect(toldOf(both).map(({ code }) => code)).toEqual(['name_missing', 'email_invalid']);
});

test('a department stands where its path says, if it has one', () => {
  expect(pathOf(item({ type: 'department', at: '/总部/研发部', target: '12' }))).toBe('/总部/研发部');
  expect(pathOf(item({ type: 'department', at: 'departments.csv:3', target: '12' }))).toBeUndefined();
  expect(pathOf(item({}))).toBeUndefined();
});
