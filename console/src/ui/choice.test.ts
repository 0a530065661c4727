/** Is nothing chosen that another filter showed, or that cannot be chosen? */
import { expect, test } from 'vitest';

import { ableOf, chosenOf } from './choice.ts';

test('what was ticked under one filter is not chosen under another', () => {
  const choice = { of: '{"state":"waiting"}', keys: ['a', 'b'] };
  expect(chosenOf(choice, '{"state":"waiting"}')).toEqual(['a', 'b']);
  expect(chosenOf(choice, '{"state":"kept"}')).toEqual([]);
});

const name = (row: string) => row;
const getCheckboxProps = (row: string) => ({ disabled: row === 'b' });

test('all are those that can be ticked', () => {
  const of = (...selectedRowKeys: string[]) => ableOf(['a', 'b', 'c'], name, { selectedRowKeys, getCheckboxProps });
  expect(of()).toEqual({ able: ['a', 'c'], all: false, some: false });
  expect(of('a')).toEqual({ able: ['a', 'c'], all: false, some: true });
  expect(of('a', 'c')).toEqual({ able: ['a', 'c'], all: true, some: false });
  expect(ableOf(['b'], name, { selectedRowKeys: [], getCheckboxProps })).toEqual({ able: [], all: false, some: false });
  expect(ableOf(['a'], name, {})).toEqual({ able: ['a'], all: false, some: false });
});
