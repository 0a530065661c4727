import { expect, test } from 'vitest';

import { linksOf } from '#/base/links';

import { aboutOf, pageOf, sortOf } from './about.ts';

const links = linksOf('default');

test('what was made is named by what was sent', () => {
  expect(aboutOf({ deed: 'save_workflow', after: { id: 'roster', text: {} } })).toBe('roster');
  expect(aboutOf({ deed: 'add_connection', after: { name: 'main' } })).toBe('main');
  expect(aboutOf({ deed: 'pause_workflow', about: 'roster', after: { id: 'other' } })).toBe('roster');
  expect(aboutOf({ deed: 'prune_store' })).toBeUndefined();
});

test('an entry leads to the page of what it is about', () => {
  expect(pageOf({ deed: 'save_workflow', after: { id: 'roster' } }, links)).toBe(links.workflow('roster'));
  expect(pageOf({ deed: 'edit_directory_object', about: '01J' }, links)).toBe(links.people({ person: '01J' }));
  expect(pageOf({ deed: 'approve_run', about: '01R' }, links)).toBe(links.run('01R'));
  expect(pageOf({ deed: 'sign_in', about: '01A' }, links)).toBeUndefined();
  expect(sortOf('sign_in')).toBe('account');
});
