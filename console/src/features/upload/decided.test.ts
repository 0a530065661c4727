import { expect, test } from 'vitest';

import { decidedOf } from './decided.ts';

test('all that was decided comes back: also that it is the full list, and the name', () => {
  const decided = {
    reading: { sheet: '在职', columns: { name: '姓名' }, departments: { by: 'path' as const, create: true } },
    full: true,
    keepAs: 'roster',
    called: '花名册',
  };
  expect(decidedOf(JSON.parse(JSON.stringify(decided)))).toEqual(decided);
});

test('what an earlier console kept is the reading alone, and what cannot be read is nothing', () => {
  expect(decidedOf({ columns: { name: '姓名' } })).toMatchObject({
    reading: { columns: { name: '姓名' } },
    full: false,
    keepAs: 'upload_people',
  });
  for (const kept of [undefined, null, 'x', [], { keepAs: 3, full: 'yes' }])
    expect(decidedOf(kept)).toEqual({ reading: {}, full: false, keepAs: 'upload_people', called: '' });
});
