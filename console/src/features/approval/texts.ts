/** Words of what waits for a decision. */
import { texts } from '#/texts/language';

export const approvalTexts = texts('approval', {
  approvals: { zh: '审批', en: 'Approvals' },
  none: { zh: '没有等待审批的运行', en: 'No run waits for an approval' },
  noneNext: { zh: '查看运行记录', en: 'Show the runs' },
  look: { zh: '查看变更预览', en: 'Show the plan' },
  startedBy: { zh: '发起人', en: 'Started by' },
  since: { zh: '提交时间', en: 'Since' },
  expires: { zh: '截止', en: 'Expires' },
  run: { zh: '运行', en: 'Run' },
  why: { zh: '待审批的原因', en: 'Why it is held' },
  will: { zh: '将要做的改动', en: 'What it would do' },
  removalsWait: {
    zh: (n: string) => `另有 ${n} 项移除在等待决定`,
    en: (n: string) => `${n} removals wait for a decision, too`,
  },
});
