import { expect, test } from 'vitest';

import { flag, oneOf, readState, text, whole, writeState } from './urlstate.ts';

const codec = { find: text(), state: oneOf(['all', 'failed'], 'all'), page: whole(1), open: flag() };

test('what is not understood counts as the default', () => {
  const state = readState(codec, new URLSearchParams('state=gone&page=-4&open=yes&find=张三'));
  expect(state).toEqual({ find: '张三', state: 'all', page: 1, open: false });
});

test('defaults are left out, and what others wrote stays', () => {
  const search = new URLSearchParams('tab=items&state=failed&page=3');
  const after = writeState(codec, search, { state: 'all', page: 1, open: true, find: 'a b' });
  expect(after.toString()).toBe('tab=items&open=1&find=a+b');
});

test('what is written is read again', () => {
  const written = writeState(codec, new URLSearchParams(), { find: '𠮷野&x=1', state: 'failed', page: 12, open: true });
  expect(readState(codec, new URLSearchParams(written.toString()))).toEqual({
    find: '𠮷野&x=1',
    state: 'failed',
    page: 12,
    open: true,
  });
});
