import { expect, test } from 'vitest';

import { choose, fieldOf, isFull, mappingOf, readingOf, samplesOf, sheetOf } from './columns.ts';

const preview = {
  columns: [{ header: '姓名', field: 'name' }, { header: '手机' }, { header: '工号', field: 'external_id' }],
};

test('the proposal is a mapping from field to header, without columns that are not read', () => {
  expect(mappingOf(preview)).toEqual({ name: '姓名', external_id: '工号' });
});

test('what was decided counts, and else the proposal for the sheet that was read', () => {
  const read = { ...preview, sheet: '在职', header_row: 2, departments: { by: 'path' as const } };
  expect(readingOf({}, read)).toEqual({
    sheet: '在职',
    header_row: 2,
    columns: { name: '姓名', external_id: '工号' },
    departments: { by: 'path' },
  });
  const decided = { columns: { name: '手机' }, departments: { by: 'id' as const } };
  expect(readingOf(decided, read)).toMatchObject({ columns: { name: '手机' }, departments: { by: 'id' } });
});

test('a field moves to the column that is chosen for it, and a column has one field', () => {
  const mapping = mappingOf(preview);
  expect(choose(mapping, '手机', 'external_id')).toEqual({ name: '姓名', external_id: '手机' });
  expect(choose(mapping, '姓名', 'username')).toEqual({ external_id: '工号', username: '姓名' });
  expect(choose(mapping, '姓名', '')).toEqual({ external_id: '工号' });
  expect(fieldOf(mapping, '工号')).toBe('external_id');
  expect(fieldOf(mapping, '手机')).toBe('');
});

test('samples are what differs, also in short rows', () => {
  const rows = [{ cells: ['张伟', '', '1'] }, { cells: ['张伟', '154', '2'] }, { cells: ['李娜'] }];
  expect(samplesOf({ rows }, 0)).toEqual(['张伟', '李娜']);
  expect(samplesOf({ rows }, 2)).toEqual(['1', '2']);
});

test('the sheet is the one that was chosen, else the first that can be seen', () => {
  const sheets = [
    { name: '旧', hidden: true },
    { name: '说明', hidden: false },
    { name: '在职', hidden: false },
  ];
  expect(sheetOf({ sheets }, {})).toBe('说明');
  expect(sheetOf({ sheets }, { sheet: '在职' })).toBe('在职');
  expect(sheetOf({ sheets: [] }, {})).toBe('');
});

test('a mapping that was kept takes the full list where it has a step by which people leave', () => {
  expect(isFull({ steps: [{ uses: 'csv/read' }, { uses: 'directory/offboard_user' }] })).toBe(true);
  expect(isFull({ steps: [{ uses: 'csv/read' }, { uses: 'directory/upsert_user' }] })).toBe(false);
  for (const content of [undefined, null, {}, { steps: null }, { steps: [null] }]) expect(isFull(content)).toBe(false);
});
