/** Is nothing chosen that another filter showed? */
import { expect, test } from 'vitest';

import { chosenOf } from './choice.ts';

test('what was ticked under one filter is not chosen under another', () => {
  const choice = { of: '{"state":"waiting"}', keys: ['a', 'b'] };
  expect(chosenOf(choice, '{"state":"waiting"}')).toEqual(['a', 'b']);
  expect(chosenOf(choice, '{"state":"kept"}')).toEqual([]);
});
