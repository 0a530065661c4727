/** Words of tenants. */
import { texts } from '#/texts/language';

export const tenantTexts = texts('tenant', {
  tenants: { zh: '租户', en: 'Tenants' },
  id: { zh: '标识', en: 'Id' },
  name: { zh: '名称', en: 'Name' },
  state: { zh: '状态', en: 'State' },
  active: { zh: '使用中', en: 'Active' },
  archived: { zh: '已归档', en: 'Archived' },
  created: { zh: '创建时间', en: 'Created' },
  create: { zh: '新建租户', en: 'New tenant' },
  rename: { zh: '改名', en: 'Rename' },
  archive: { zh: '归档', en: 'Archive' },
  restore: { zh: '恢复', en: 'Restore' },
  archiveSure: {
    zh: (name: string) => `归档后，“${name}”的定时和触发器都不再运行；数据保留，可以恢复。`,
    en: (name: string) => `Nothing of “${name}” runs any more; its data stays, and it can be restored.`,
  },
  done: { zh: '已保存', en: 'Saved' },
  needId: { zh: '请填写标识', en: 'Give an id' },
  idHelp: {
    zh: '小写字母、数字、下划线；以后不能改。',
    en: 'Small letters, digits and underscores; it stays for ever.',
  },
  none: { zh: '没有租户', en: 'There are no tenants' },
});
