/** The inputs of the templates that ship, and what is sent of what was typed. */
import { expect, test } from 'vitest';

import { inputsOf, missingOf, presetsOf, sentOf } from './inputs.ts';

const content = {
  on: {
    manual: {
      inputs: {
        folder: { type: 'string', required: true, label: { zh: '文件夹', en: 'Folder' } },
        remove_leavers: { type: 'boolean', default: false, label: { zh: '禁用离职成员', en: 'Disable leavers' } },
        grace: { type: 'duration', default: '30d' },
        most: { type: 'integer' },
        mode: { type: 'enum', values: ['fast', 'slow'], label: 'Mode' },
      },
    },
  },
};
const declared = inputsOf(content);

test('each declared input with its type, label and what holds without it', () => {
  expect(declared.map(({ name, type, required }) => `${name} ${type} ${required}`)).toEqual([
    'folder string true',
    'remove_leavers boolean false',
    'grace duration false',
    'most integer false',
    'mode enum false',
  ]);
  expect(declared[0]?.label).toEqual({ zh: '文件夹', en: 'Folder' });
  expect(declared[4]).toMatchObject({ label: { zh: 'Mode', en: 'Mode' }, values: ['fast', 'slow'] });
  expect(presetsOf(declared)).toEqual({ remove_leavers: false, grace: '30d' });
});

test('a workflow that asks for nothing has no form', () => {
  expect(inputsOf({ on: { manual: {} } })).toEqual([]);
  expect(inputsOf({ on: { manual: null } })).toEqual([]);
  expect(inputsOf(undefined)).toEqual([]);
});

test('values are sent with their types, blank fields are not', () => {
  const typed = { folder: ' hr ', remove_leavers: true, grace: '', most: '12', mode: undefined, other: 'x' };
  expect(sentOf(declared, typed)).toEqual({ folder: 'hr', remove_leavers: true, most: 12 });
});

test('what is required and blank is missing; what has a value in the text is not', () => {
  expect(missingOf(declared, { folder: '  ' }).map(({ name }) => name)).toEqual(['folder']);
  expect(missingOf(declared, { folder: 'hr' })).toEqual([]);
});
