/** Words of the audit log. */
import { texts } from '#/texts/language';

export const auditTexts = texts('audit', {
  audit: { zh: '审计日志', en: 'Audit log' },
  no: { zh: '序号', en: 'No.' },
  time: { zh: '时间', en: 'Time' },
  actor: { zh: '操作人', en: 'Who' },
  deed: { zh: '做了什么', en: 'Deed' },
  about: { zh: '对象', en: 'About' },
  kind: { zh: '类别', en: 'Kind' },
  outcome: { zh: '结果', en: 'Outcome' },
  address: { zh: '来自', en: 'From' },
  before: { zh: '之前', en: 'Before' },
  after: { zh: '之后', en: 'After' },
  hash: { zh: '哈希', en: 'Hash' },
  none: { zh: '还没有记录', en: 'There are no entries yet' },
  verify: { zh: '验证完整性', en: 'Verify the chain' },
  intact: {
    zh: (n: string) => `${n} 条记录完整，没有被改动`,
    en: (n: string) => `All ${n} entries are there and unchanged`,
  },
  broken: { zh: (n: string) => `发现 ${n} 处异常`, en: (n: string) => `${n} faults were found` },
  newest: { zh: '最新一条的哈希，请另存', en: 'The newest hash; note it elsewhere' },
  findActor: { zh: '操作人', en: 'Who' },
});

/** What sort of entry. */
export const auditKinds = {
  write: { zh: '修改', en: 'Write' },
  sign_in: { zh: '登录', en: 'Sign-in' },
  reveal: { zh: '查看完整值', en: 'Reveal' },
  export: { zh: '导出', en: 'Export' },
} as const;

/** What is wrong with the chain. */
export const auditFaults = {
  changed: { zh: '被改动', en: 'changed' },
  missing: { zh: '缺失', en: 'missing' },
  moved: { zh: '被移动', en: 'moved' },
  unreadable: { zh: '无法读取', en: 'unreadable' },
} as const;
