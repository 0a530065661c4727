/** Words of the review queue. */
import { texts } from '#/texts/language';

export const reviewTexts = texts('review', {
  title: { zh: '待审核人员', en: 'Waiting for review' },
  lead: {
    zh: '同步不会自行放人进来：以前离职、被禁用或属于其他来源的人，先在这里等待审核。',
    en: 'A sync lets nobody in by itself: whoever has left, is disabled or belongs to another source waits here first.',
  },
  none: { zh: '没有等待审核的人', en: 'Nobody waits for a review' },
  noneNext: { zh: '查看用户管理', en: 'Show the people' },
  find: { zh: '姓名、拼音、账号、工号', en: 'Name, pinyin, account or number' },
  name: { zh: '姓名', en: 'Name' },
  account: { zh: '账号', en: 'Account name' },
  number: { zh: '工号', en: 'Number' },
  departments: { zh: '部门', en: 'Departments' },
  from: { zh: '来自', en: 'From' },
  comment: { zh: '原因（记入审计日志，选填）', en: 'Why (kept in the audit, optional)' },
  pick: { zh: '请先勾选人员', en: 'Tick some people first' },
  approve: { zh: (n: string) => `同意这 ${n} 人`, en: (n: string) => `Let these ${n} in` },
  approveWord: { zh: '同意', en: 'Let in' },
  rejectWord: { zh: '拒绝', en: 'Refuse' },
  approveSure: {
    zh: (n: string) => `这 ${n} 人将变为在职，之后的同步会为他们开通账号。`,
    en: (n: string) => `These ${n} become active; syncs give them accounts from then on.`,
  },
  reject: { zh: (n: string) => `拒绝这 ${n} 人`, en: (n: string) => `Refuse these ${n}` },
  rejectSure: {
    zh: (n: string) => `这 ${n} 人按离职处理。`,
    en: (n: string) => `These ${n} count as left.`,
  },
  decided: { zh: '已提交', en: 'Done' },
});
