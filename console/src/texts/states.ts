/** What are the states and outcomes called? One table for each closed list of the contract. */
import type { components } from '#/api/contract';

import { count } from '#/base/number';

import { type Text, texts } from './language.ts';

type Schemas = components['schemas'];

/** How a state looks: never by colour alone. */
export interface Look extends Text {
  readonly tone: 'good' | 'bad' | 'warn' | 'busy' | 'quiet';
}

export const runStates = {
  queued: { zh: '排队中', en: 'Queued', tone: 'busy' },
  planning: { zh: '预演中', en: 'Planning', tone: 'busy' },
  held: { zh: '待审批', en: 'Held', tone: 'warn' },
  applying: { zh: '执行中', en: 'Applying', tone: 'busy' },
  paused: { zh: '已暂停', en: 'Paused', tone: 'quiet' },
  succeeded: { zh: '成功', en: 'Succeeded', tone: 'good' },
  succeeded_no_change: { zh: '成功（没有变化）', en: 'Succeeded, no change', tone: 'good' },
  partial: { zh: '部分完成', en: 'Partial', tone: 'warn' },
  failed: { zh: '失败', en: 'Failed', tone: 'bad' },
  cancelled: { zh: '已取消', en: 'Cancelled', tone: 'quiet' },
} as const satisfies Record<Schemas['Status'], Look>;

/** What is known of a run where its state is told; lists of other things do not know everything. */
export interface RunLike {
  readonly status: Schemas['Status'];
  readonly mode?: Schemas['Mode'] | undefined;
  /** Objects by planned action, by kind. */
  readonly planned?: Readonly<Record<string, Readonly<Record<string, number>>>> | null | undefined;
}

/** A plan that was made, where nobody knows here how much it would change. */
export const planStates = {
  plan: { zh: '预演完成', en: 'Planned', tone: 'quiet' },
} as const satisfies Record<string, Look>;

const planWords = texts('plans', {
  nothing: { zh: '预演完成，没有要做的改动', en: 'Planned, nothing to change' },
  changes: {
    zh: (n: string) => `预演完成，将改动 ${n} 项`,
    en: (n: string) => `Planned, ${n} to change`,
  },
});

/** Whether it only planned, and did so to the end: it wrote nothing, and nothing is in step by it. */
export function isPlanMade(run: RunLike): boolean {
  return run.mode === 'plan' && ['succeeded', 'succeeded_no_change', 'partial'].includes(run.status);
}

/** What a plan counts besides its changes. */
const notDone: ReadonlySet<string> = new Set(['unchanged', 'skipped', 'blocked', 'ambiguous', 'invalid']);

/** How many changes a plan has; undefined where the run does not tell. */
export function plannedChanges(run: RunLike): number | undefined {
  if (run.planned === undefined || run.planned === null) return undefined;
  return Object.values(run.planned)
    .flatMap((of) => Object.entries(of))
    .reduce((sum, [word, n]) => sum + (notDone.has(word) ? 0 : n), 0);
}

/** How a run stands. A plan that was made is neither a success nor without changes: it says how many it would make. */
export function runLook(run: RunLike): Look {
  if (!isPlanMade(run)) return runStates[run.status];
  const n = plannedChanges(run);
  if (n === undefined) return planStates.plan;
  if (n === 0) return { ...planWords.nothing, tone: 'quiet' };
  return { zh: planWords.changes.zh(count(n)), en: planWords.changes.en(count(n)), tone: 'busy' };
}

export const outcomes = {
  created: { zh: '已新建', en: 'Created', tone: 'good' },
  updated: { zh: '已更新', en: 'Updated', tone: 'good' },
  removed: { zh: '已移除', en: 'Removed', tone: 'warn' },
  linked: { zh: '已绑定', en: 'Linked', tone: 'good' },
  unchanged: { zh: '没有变化', en: 'Unchanged', tone: 'quiet' },
  skipped: { zh: '已跳过', en: 'Skipped', tone: 'quiet' },
  blocked: { zh: '受阻', en: 'Blocked', tone: 'warn' },
  ambiguous: { zh: '无法判定', en: 'Ambiguous', tone: 'warn' },
  invalid: { zh: '数据有误', en: 'Invalid', tone: 'bad' },
  failed: { zh: '失败', en: 'Failed', tone: 'bad' },
  not_attempted: { zh: '未执行', en: 'Not attempted', tone: 'warn' },
  sent: { zh: '已发送', en: 'Sent', tone: 'good' },
} as const satisfies Record<string, Look>;

export const planned = {
  do: { zh: '将执行', en: 'Will be done', tone: 'busy' },
  invalid: { zh: '数据有误', en: 'Invalid', tone: 'bad' },
  ambiguous: { zh: '无法判定', en: 'Ambiguous', tone: 'warn' },
  blocked: { zh: '受阻', en: 'Blocked', tone: 'warn' },
  skipped: { zh: '已跳过', en: 'Skipped', tone: 'quiet' },
} as const satisfies Record<Schemas['Planned'], Look>;

export const actions = {
  create: { zh: '新建', en: 'Create', tone: 'good' },
  update: { zh: '更新', en: 'Update', tone: 'busy' },
  disable: { zh: '禁用', en: 'Disable', tone: 'bad' },
  delete: { zh: '删除', en: 'Delete', tone: 'bad' },
  link: { zh: '首次绑定', en: 'Link', tone: 'busy' },
  none: { zh: '不变', en: 'None', tone: 'quiet' },
} as const satisfies Record<Schemas['Action'], Look>;

export const removalStates = {
  waiting: { zh: '等待决定', en: 'Waiting', tone: 'warn' },
  approved: { zh: '已批准', en: 'Approved', tone: 'busy' },
  kept: { zh: '已保留', en: 'Kept', tone: 'quiet' },
  done: { zh: '已执行', en: 'Done', tone: 'good' },
  failed: { zh: '失败', en: 'Failed', tone: 'bad' },
  gone: { zh: '不再需要', en: 'No longer needed', tone: 'quiet' },
} as const satisfies Record<Schemas['RemovalState'], Look>;

export const workflowStates = {
  draft: { zh: '草稿', en: 'Draft', tone: 'quiet' },
  active: { zh: '已启用', en: 'Active', tone: 'good' },
  paused: { zh: '已暂停', en: 'Paused', tone: 'warn' },
  archived: { zh: '已归档', en: 'Archived', tone: 'quiet' },
  unreadable: { zh: '无法读取', en: 'Unreadable', tone: 'bad' },
} as const satisfies Record<Schemas['WorkflowState'], Look>;

export const kinds: Record<string, Text> = {
  user: { zh: '人员', en: 'person' },
  department: { zh: '部门', en: 'department' },
  row: { zh: '行', en: 'row' },
  group: { zh: '组', en: 'group' },
  message: { zh: '消息', en: 'message' },
};

export const modes = {
  apply: { zh: '执行', en: 'Apply' },
  plan: { zh: '预演', en: 'Plan' },
  retry: { zh: '重试', en: 'Retry' },
} as const satisfies Record<Schemas['Mode'], Text>;

export const triggerKinds: Record<string, Text> = {
  manual: { zh: '手动', en: 'Manual' },
  schedule: { zh: '定时', en: 'Schedule' },
  webhook: { zh: 'Webhook', en: 'Webhook' },
  event: { zh: '事件', en: 'Event' },
  after: { zh: '在另一个工作流之后', en: 'After another workflow' },
  workflow: { zh: '由工作流调用', en: 'Called by a workflow' },
  import: { zh: '导入文件', en: 'Import of a file' },
  removals: { zh: '执行移除', en: 'Removals' },
};
