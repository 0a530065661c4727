/** Words of runs: the list, the log of one, its items, its plan. */
import { plural, texts } from '#/texts/language';

export const runTexts = texts('run', {
  runs: { zh: '运行记录', en: 'Runs' },
  run: { zh: '运行', en: 'Run' },
  workflow: { zh: '工作流', en: 'Workflow' },
  state: { zh: '运行状态', en: 'State' },
  trigger: { zh: '触发器', en: 'Trigger' },
  actor: { zh: '发起人', en: 'Started by' },
  started: { zh: '开始时间', en: 'Started' },
  took: { zh: '用时', en: 'Duration' },
  result: { zh: '结果', en: 'Result' },
  find: { zh: '查找工作流、发起人', en: 'Find a workflow or who started it' },
  within: { zh: '时间', en: 'Time' },
  hours: { zh: (n: string) => `最近 ${n} 小时`, en: (n: string) => `last ${n} hours` },
  days: { zh: (n: string) => `最近 ${n} 天`, en: (n: string) => `last ${n} days` },
  none: { zh: '还没有运行', en: 'There are no runs yet' },
  noChange: { zh: '没有变化', en: 'no change' },
  mode: { zh: '方式', en: 'Mode' },
  runOf: {
    zh: (workflow: string, no: string) => `${workflow} 第 ${no} 次运行`,
    en: (workflow: string, no: string) => `${workflow} run ${no}`,
  },
  things: {
    zh: (n: number, kind: string) => (kind === 'user' ? `${n} 人` : kind === 'department' ? `${n} 个部门` : `${n} 项`),
    en: (n: number, kind: string) =>
      kind === 'user'
        ? `${n} ${plural(n, 'person', 'people')}`
        : kind === 'department'
          ? `${n} ${plural(n, 'department', 'departments')}`
          : `${n} ${plural(n, 'object', 'objects')}`,
  },
});
