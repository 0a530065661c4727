/**
 * How long does it take until something is shown? Measured inside the page, from the key or the click (or from the beginning of the
 * navigation) to the frame in which it is drawn: what the test itself needs to look is not in it.
 *
 * Machines differ, so figures are printed and kept with the machine, and none is asserted. A measurement fails when what it waits
 * for is never shown.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

import type { Page } from '@playwright/test';

/** What is waited for: an element, and what is written in it. */
export interface Sight {
  readonly selector: string;
  readonly text?: string;
  /** How many there are at least; one where nothing is said. */
  readonly many?: number;
}

/** Looks for all of these in the page; `since` says from when the time counts. */
function lookFor(sights: readonly Sight[], since: 'navigation' | 'input'): void {
  const seen = (): boolean =>
    sights.every(({ selector, text, many }) => {
      const found = [...document.querySelectorAll(selector)].filter(
        (element) => text === undefined || (element.textContent ?? '').includes(text),
      );
      return found.length >= (many ?? 1);
    });
  const measured = new Promise<number>((resolve) => {
    let begun = since === 'navigation' ? 0 : undefined;
    const begins = (event: Event) => {
      begun ??= event.timeStamp;
    };
    if (since === 'input') {
      for (const name of ['click', 'keydown']) addEventListener(name, begins, { capture: true });
    }
    const look = () => {
      if (begun === undefined || !seen()) return;
      watcher.disconnect();
      for (const name of ['click', 'keydown']) removeEventListener(name, begins, { capture: true });
      // After the next frame has begun, what changed before it is drawn.
      requestAnimationFrame(() => {
        const drawn = new MessageChannel();
        drawn.port1.addEventListener('message', () => resolve(performance.now() - (begun ?? 0)));
        drawn.port1.start();
        drawn.port2.postMessage(undefined);
      });
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
  Object.assign(globalThis, { measured });
}

async function read(page: Page): Promise<number> {
  const ms = await page.evaluate(() => (globalThis as unknown as { measured: Promise<number> }).measured);
  return Math.round(ms);
}

/** From the next click or key in this page until all of it is shown, in ms. */
export async function untilShown(page: Page, sights: readonly Sight[], does: () => Promise<unknown>): Promise<number> {
  // As a text: the page has no modules of the tests, and its policy forbids to make code there.
  await page.evaluate(`(${lookFor.toString()})(${JSON.stringify(sights)}, 'input')`);
  await does();
  return read(page);
}

/** From the beginning of a navigation to an address until all of it is shown, in ms. */
export async function untilOpened(page: Page, address: string, sights: readonly Sight[]): Promise<number> {
  await page.addInitScript(`(${lookFor.toString()})(${JSON.stringify(sights)}, 'navigation')`);
  await page.goto(address, { waitUntil: 'commit' });
  return read(page);
}

/** What the browser itself notes of the page that is open: when something was drawn at first, and what was asked for. */
export function noted(page: Page): Promise<{ first_content_ms: number; asked: string[] }> {
  return page.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    const asked = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    return {
      first_content_ms: Math.round(paint?.startTime ?? 0),
      asked: asked
        .filter(({ name }) => name.includes('/api/'))
        .map(
          ({ name, startTime, responseEnd }) =>
            `${Math.round(startTime)}-${Math.round(responseEnd)} ${new URL(name).pathname.replace('/api/v1', '')}`,
        ),
    };
  });
}

/**
 * Processor time of the page's own thread from now on, in ms: what is the console's own, also on a machine that does other things
 * as well.
 */
export async function processor(page: Page): Promise<() => Promise<number>> {
  const inside = await page.context().newCDPSession(page);
  await inside.send('Performance.enable', { timeDomain: 'threadTicks' });
  const all = async () => {
    const { metrics } = await inside.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  const before = await all();
  return async () => Math.round((await all()) - before);
}

/** The middle one. */
export function middle(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

/** Prints figures with the machine, and keeps them beside the pictures. */
export function report(name: string, figures: object): void {
  const processors = cpus();
  const whole = {
    ...figures,
    machine: `${processors.length} x ${processors[0]?.model ?? ''}`,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
  console.log(`${name} ${JSON.stringify(whole)}`);
  mkdirSync('test-results', { recursive: true });
  writeFileSync(`test-results/${name}.json`, JSON.stringify(whole, null, 2));
}
