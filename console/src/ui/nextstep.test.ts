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

test('a notice that counts items leads to those, and one that counts none to all of the run', () => {
  const next = { kind: 'list_items', run: '01R' } as const;
  expect(nextAddress({ ...next, key: 'values_refused' }, links)).toBe(
    '/w/default/runs/01R?tab=items&code=values_refused',
  );
  expect(nextAddress(next, links)).toBe('/w/default/runs/01R?tab=items');
});

test('a file of people is uploaded by the mapping that is named', () => {
  expect(nextAddress({ kind: 'upload_people', workflow: 'roster' }, links)).toBe('/w/default/upload?workflow=roster');
  expect(nextAddress({ kind: 'upload_people' }, links)).toBe('/w/default/upload');
});
