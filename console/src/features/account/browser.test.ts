import { expect, test } from 'vitest';

import { browserOf } from './browser.ts';

test('an agent is shown by the words that people know; a program keeps its own', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  expect(browserOf(`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/130.0 Safari/537.36`)).toBe('Chrome · Linux');
  expect(browserOf(`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/130.0 Safari/537.36 Edg/130.0`)).toBe(
    'Edge · Windows',
  );
  expect(
    browserOf(`Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) ${webkit} wxwork/4.1 MicroMessenger/7`),
  ).toBe('WeCom · iOS');
  expect(browserOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/17.0 Safari/605.1.15')).toBe(
    'Safari · macOS',
  );
  expect(browserOf('node')).toBeUndefined();
});
