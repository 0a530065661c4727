/** Words of removals that wait. */
import { texts } from '#/texts/language';

export const removalTexts = texts('removal', {
  removals: { zh: '待处理的移除', en: 'Waiting removals' },
  about: {
    zh: '这些移除需要有人批准才会执行；同一次运行的其他内容不受影响。',
    en: 'These removals are done only after somebody approves them; the rest of their runs is not held up.',
  },
  none: { zh: '没有需要决定的移除', en: 'No removal waits for a decision' },
  decidedOnes: { zh: '查看已决定的移除', en: 'Show those that were decided' },
  runs: { zh: '查看运行记录', en: 'Show the runs' },
  object: { zh: '对象', en: 'Object' },
  account: { zh: '账号', en: 'Account name' },
  action: { zh: '动作', en: 'Action' },
  state: { zh: '状态', en: 'State' },
  why: { zh: '原因', en: 'Reason' },
  workflow: { zh: '工作流', en: 'Workflow' },
  since: { zh: '开始等待', en: 'Since' },
  until: { zh: '截止', en: 'Until' },
  decided: { zh: '决定', en: 'Decision' },
  approve: { zh: (n: string) => `批准移除这 ${n} 项`, en: (n: string) => `Approve removing these ${n}` },
  keep: { zh: (n: string) => `保留这 ${n} 项`, en: (n: string) => `Keep these ${n}` },
  approveSure: {
    zh: (names: string) => `将移除：${names}。执行前会再读取一次，情况变了就不执行。`,
    en: (names: string) => `Removed will be: ${names}. Each is read again before; nothing is done if it changed.`,
  },
  keepSure: {
    zh: (names: string) => `${names} 会一直保留，直到有人批准移除。`,
    en: (names: string) => `${names} will stay until somebody approves the removal.`,
  },
  choose: { zh: '请先勾选', en: 'Choose some first' },
  runNow: { zh: '批准后立即运行工作流', en: 'Start the workflows at once' },
  done: { zh: '已记录决定', en: 'The decision was kept' },
  begun: {
    zh: (n: string) => `已开始 ${n} 次运行来执行批准的移除`,
    en: (n: string) => `Runs that carry out what was approved: ${n}`,
  },
  notBegun: {
    zh: (why: string) => `已批准，但没有启动工作流：${why}。下次运行时执行。`,
    en: (why: string) => `Approved, and no workflow was started: ${why}. Its next run carries it out.`,
  },
  showRun: { zh: (no: string) => `查看这次运行${no}`, en: (no: string) => `Show the run${no}` },
  andMore: {
    zh: (names: string, n: string) => `${names} 等 ${n} 项`,
    en: (names: string, n: string) => `${names} and others, ${n} in all`,
  },
  comment: { zh: '原因', en: 'Reason' },
  commentHelp: { zh: '选填，供日后查询，记入审计', en: 'Optional, for whoever asks later; kept in the audit' },
  because: { zh: (why: string) => `原因：${why}`, en: (why: string) => `Reason: ${why}` },
  keptBy: { zh: (who: string) => `${who} 决定保留`, en: (who: string) => `kept by ${who}` },
  approvedBy: { zh: (who: string) => `${who} 已批准`, en: (who: string) => `approved by ${who}` },
});
