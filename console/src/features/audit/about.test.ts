import { expect, test } from 'vitest';

import { linksOf } from '#/base/links';

import { aboutOf, pageOf, sortOf } from './about.ts';

const links = linksOf('default');
const workflows = new Set(['roster']);

test('what was made is named by what was sent', () => {
  expect(aboutOf({ deed: 'save_workflow', after: { id: 'roster', text: {} } })).toBe('roster');
  expect(aboutOf({ deed: 'add_connection', after: { name: 'main' } })).toBe('main');
  expect(aboutOf({ deed: 'pause_workflow', about: 'roster', after: { id: 'other' } })).toBe('roster');
  expect(aboutOf({ deed: 'prune_store' })).toBeUndefined();
});

test('an entry leads to the page of what it is about', () => {
  expect(pageOf({ deed: 'save_workflow', after: { id: 'roster' } }, links, workflows)).toBe(links.workflow('roster'));
  expect(pageOf({ deed: 'edit_directory_object', about: '01J' }, links, workflows)).toBe(
    links.people({ person: '01J' }),
  );
  expect(pageOf({ deed: 'approve_run', about: '01R' }, links, workflows)).toBe(links.run('01R'));
  expect(pageOf({ deed: 'sign_in', about: '01A' }, links, workflows)).toBeUndefined();
  expect(sortOf('sign_in')).toBe('account');
});

test('what was done to a draft leads to its workflow, where it became one; what was removed has no page', () => {
  for (const deed of ['put_draft', 'drop_draft', 'use_connection']) {
    expect(pageOf({ deed, about: 'roster' }, links, workflows)).toBe(links.workflow('roster'));
    expect(pageOf({ deed, about: 'never_saved' }, links, workflows)).toBeUndefined();
  }
  expect(pageOf({ deed: 'test_connection', about: 'main' }, links, workflows)).toBe(links.connection('main'));
  expect(pageOf({ deed: 'remove_connection', about: 'main' }, links, workflows)).toBeUndefined();
});
