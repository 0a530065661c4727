import { expect, test } from 'vitest';

import { linksOf } from '#/base/links';

import { nextAddress } from './nextstep.ts';

const links = linksOf('default');

test('to add a link opens its form, with both sides as far as they are known', () => {
  const next = { kind: 'add_link', connection: 'main', key: 'hx000006' } as const;
  expect(nextAddress(next, links)).toBe('/w/default/links?connection=main&bind=1&account=hx000006');
  expect(nextAddress(next, links, '01J')).toContain('&person=01J');
  // Whom the step itself is about comes first: a group of errors knows no item.
  expect(nextAddress({ ...next, person: '01K' }, links, '01J')).toContain('&person=01K');
});

test('what an input is needed for opens the form of the inputs', () => {
  const next = { kind: 'disable_leavers', workflow: 'downstream', input: 'remove_leavers' } as const;
  expect(nextAddress(next, links)).toBe('/w/default/workflows/downstream?ask=1');
});
