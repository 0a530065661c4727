/** What the wizard reads from a workflow, and which edits it asks for. */
import { expect, test } from 'vitest';

import { isEverything, mappingsOf, patternOf, scheduleEdit, scheduleOf, scopeOf } from './content.ts';

const content = {
  on: { manual: {}, schedule: [{ cron: '0 2 * * *', timezone: 'Asia/Shanghai' }] },
  steps: [
    { id: 'other', uses: 'csv/read' },
    { id: 'read', uses: 'directory/read', with: { departments: { include: ['/**'], exclude: ['/外部合作/**'] } } },
  ],
  mappings: {
    user: {
      from: 'directory/user',
      to: 'wecom/user',
      fields: { name: '{{source.name}}', mail: { value: '{{lower source.email}} {{source.email}}' }, enable: true },
    },
  },
};

test('scope, mappings and schedule as they stand in the text', () => {
  expect(scopeOf(content)).toEqual({ step: 'read', include: ['/**'], exclude: ['/外部合作/**'] });
  expect(mappingsOf(content)[0]?.rules).toEqual([
    { field: 'name', value: '{{source.name}}', reads: ['name'] },
    { field: 'mail', value: '{{lower source.email}} {{source.email}}', reads: ['email'] },
    { field: 'enable', value: 'true', reads: [] },
  ]);
  expect(scheduleOf(content)).toEqual({ cron: '0 2 * * *', timezone: 'Asia/Shanghai' });
  expect(scopeOf({ steps: [] })).toBeUndefined();
  expect(mappingsOf(undefined)).toEqual([]);
});

test('patterns of departments; a slash in a name is no level', () => {
  expect(patternOf(['示例公司', '研发/测试'])).toBe('/示例公司/研发\\/测试/**');
  expect(isEverything(['/a/**'])).toBe(false);
  expect(isEverything([])).toBe(true);
});

test('a schedule is set, or taken away', () => {
  // Nothing is asked of the text that was drawn: a schedule may still be on its way there.
  expect(scheduleEdit(undefined).map(({ kind }) => kind)).toEqual(['set', 'remove']);
  expect(scheduleEdit({ cron: '5 6 * * *', timezone: '' })).toEqual([
    { path: ['on', 'schedule'], kind: 'set', value: [{ cron: '5 6 * * *', timezone: '' }] },
  ]);
});
