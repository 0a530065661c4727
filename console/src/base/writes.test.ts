/** Does whoever waits get what was typed last, and is nothing lost that could not be written? */
import { expect, test } from 'vitest';

import { writesOf } from './writes.ts';

interface Put {
  readonly field: string;
  readonly value: string;
}

/** A server that answers when it is told to; `fails` answers that many times with an error. */
function server() {
  const kept: Record<string, string> = {};
  const seen: string[][] = [];
  const waiting: (() => void)[] = [];
  const state = { fails: 0, final: false };
  const write = async (changes: readonly Put[]) => {
    seen.push(changes.map(({ field, value }) => `${field}=${value}`));
    await new Promise<void>((go) => {
      waiting.push(go);
    });
    if (state.fails > 0) {
      state.fails -= 1;
      throw state.final ? Object.assign(new Error('refused'), { final: true }) : new Error('gone');
    }
    for (const { field, value } of changes) kept[field] = value;
  };
  const answer = async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      waiting.shift()?.();
      // oxlint-disable-next-line no-await-in-loop -- one turn after the other
      await new Promise((go) => {
        setTimeout(go, 0);
      });
    }
  };
  return { kept, seen, state, write, answer };
}

const same = (a: Put, b: Put) => a.field === b.field;
const put = (field: string, value: string): Put => ({ field, value });

test('what is being written when somebody goes on is waited for', async () => {
  const to = server();
  const writes = writesOf(to.write, same);
  void writes.add([put('cron', '15 7 * * 1-5')]);
  let on = false;
  const gone = writes.settled().then(() => {
    on = true;
  });
  await new Promise((go) => {
    setTimeout(go, 5);
  });
  expect({ on, kept: to.kept }).toEqual({ on: false, kept: {} });
  await to.answer();
  await gone;
  expect({ on, kept: to.kept }).toEqual({ on: true, kept: { cron: '15 7 * * 1-5' } });
});

test('changes are written one after the other', async () => {
  const to = server();
  const writes = writesOf(to.write, same);
  void writes.add([put('id', 'a')]);
  void writes.add([put('id', 'b')]);
  await to.answer();
  await writes.settled();
  expect(to.seen).toEqual([['id=a'], ['id=b']]);
  expect(to.kept).toEqual({ id: 'b' });
});

test('what could not be written is owed: it goes with the next change, or before somebody goes on', async () => {
  const to = server();
  const writes = writesOf(to.write, same);
  to.state.fails = 1;
  const failed = writes.add([put('cron', '15 7 * * 1-5')]);
  await Promise.all([expect(failed).rejects.toThrow('gone'), to.answer()]);
  const gone = writes.settled();
  await to.answer();
  await gone;
  expect(to.kept).toEqual({ cron: '15 7 * * 1-5' });

  to.state.fails = 1;
  const again = writes.add([put('cron', '0 1 * * *'), put('zone', 'Asia/Tokyo')]);
  await Promise.all([expect(again).rejects.toThrow('gone'), to.answer()]);
  void writes.add([put('cron', '0 3 * * *')]);
  await to.answer();
  expect(to.seen.at(-1)).toEqual(['zone=Asia/Tokyo', 'cron=0 3 * * *']);
  expect(to.kept).toEqual({ cron: '0 3 * * *', zone: 'Asia/Tokyo' });
});

test('nobody goes on with what cannot be written', async () => {
  const to = server();
  const writes = writesOf(to.write, same);
  to.state.fails = 2;
  const failed = writes.add([put('id', '?')]);
  await Promise.all([expect(failed).rejects.toThrow('gone'), to.answer()]);
  const gone = writes.settled();
  await Promise.all([expect(gone).rejects.toThrow('gone'), to.answer()]);
});

test('what was refused is not owed: it is neither written later nor in the way of anything else', async () => {
  const to = server();
  const writes = writesOf(to.write, same);
  to.state.fails = 1;
  to.state.final = true;
  const failed = writes.add([put('place', 'nowhere')]);
  await Promise.all([expect(failed).rejects.toThrow('refused'), to.answer()]);
  await writes.settled();
  void writes.add([put('id', 'a')]);
  await to.answer();
  await writes.settled();
  expect(to.seen).toEqual([['place=nowhere'], ['id=a']]);
  expect(to.kept).toEqual({ id: 'a' });
});

test('nobody goes on with what is refused while he waits, also where a later change was written', async () => {
  const to = server();
  const writes = writesOf(to.write, same);
  to.state.fails = 1;
  to.state.final = true;
  const failed = writes.add([put('place', 'nowhere')]);
  const good = writes.add([put('id', 'a')]);
  const gone = writes.settled();
  await Promise.all([
    expect(failed).rejects.toThrow('refused'),
    expect(gone).rejects.toThrow('refused'),
    good,
    to.answer(),
  ]);
  expect(to.kept).toEqual({ id: 'a' });
  await writes.settled();
});
