/** Words of the first use. */
import { plural, texts } from '#/texts/language';

export const setupTexts = texts('setup', {
  title: { zh: '初始化', en: 'First use' },
  lead: {
    zh: '把企业微信的部门和成员同步到这里。填写账号信息（企业 ID 必填，其余按需要），先看会做什么，再开始。',
    en: 'Bring the departments and members of WeCom here: give the values (the company id, and what you have of the others), see what will happen, then begin.',
  },
  stepForm: { zh: '填写信息', en: 'Values' },
  stepPlan: { zh: '检查与预览', en: 'Checks and plan' },
  stepRun: { zh: '首次同步', en: 'First run' },
  before: { zh: '在企业微信管理后台准备', en: 'Prepare in the administration of WeCom' },
  prepareApp: {
    zh: '应用管理 → 自建 → 创建应用：名称可以用“通讯录同步助手”，可见范围选择要同步的部门。看不到的人不会同步。',
    en: 'App management → Self-built → Create an app: call it “Contact sync helper”, for example; its visible range are the departments to sync. Whoever it cannot see is not synced.',
  },
  prepareContacts: {
    zh: '管理工具 → 通讯录同步：开启 API 接口同步，查看 Secret。它知道公司里都有谁。',
    en: 'Management tools → Contact sync: switch the API on and look at its Secret. It knows who there is.',
  },
  prepareIp: {
    zh: '在应用和通讯录同步中分别设置企业可信 IP：运行 idflow 的服务器的出口 IP。',
    en: 'Set the trusted IPs of both, the app and contact sync: the address from which this server reaches the internet.',
  },
  open: { zh: '打开企业微信管理后台', en: 'Open the administration of WeCom' },
  next: { zh: '下一步', en: 'Next' },
  checking: {
    zh: '正在验证凭证，并预览首次同步。通常需要几秒，大公司需要几分钟。',
    en: 'Trying the credentials and planning the first run: some seconds, for a large company some minutes.',
  },
  askWho: {
    zh: (who: string) => `只有租户的所有者可以初始化：${who}`,
    en: (who: string) => `Only an owner of the tenant may do this: ${who}`,
  },
  looked: { zh: '凭证检查通过', en: 'The credentials are good' },
  lookedFound: {
    zh: (n: number) => `凭证可用，有 ${n} 点需要注意`,
    en: (n: number) => `The credentials can be used; ${n} ${plural(n, 'thing', 'things')} to know`,
  },
  others: { zh: '没有企业微信，或者想先从别处开始：', en: 'No WeCom, or another beginning:' },
  fromFile: { zh: '从 CSV 或 XLSX 文件导入人员', en: 'Import people from a CSV or XLSX file' },
  fromTemplate: { zh: '打开模板库', en: 'Open the templates' },
  fromDirectory: { zh: '查看用户管理', en: 'Look at the people' },
  start: { zh: (n: string) => `开始同步这 ${n} 项`, en: (n: string) => `Begin with these ${n}` },
  startRemove: {
    zh: (n: string, removes: string) => `开始同步这 ${n} 项，其中移除 ${removes} 项`,
    en: (n: string, removes: string) => `Begin with these ${n}, ${removes} of them removals`,
  },
  notYet: { zh: '变更预览还没有算完', en: 'The plan is not there yet' },
  begun: { zh: '首次同步已开始', en: 'The first run has begun' },
  planAgain: { zh: '重新预览', en: 'Plan again' },
  back: { zh: '修改账号连接', en: 'Change the connection' },
  zero: {
    zh: '从企业微信读到 0 人。常见原因：应用的可见范围为空，或没有读取成员的权限。',
    en: 'No member was read from WeCom: the visible range of the app is empty, or it may not read members.',
  },
  running: { zh: '正在同步，数字会自动更新', en: 'The first run is at work; the numbers move by themselves' },
  done: {
    zh: (people: string, departments: string) => `目录里现在有 ${people} 人、${departments} 个部门`,
    en: (people: string, departments: string) =>
      `The directory has ${people} people and ${departments} departments now`,
  },
  toPeople: { zh: '查看人员', en: 'Show the people' },
  toRun: { zh: '查看运行日志', en: 'Show the run log' },
  toNightly: { zh: '设置每晚自动同步', en: 'Let it run every night' },
  waits: {
    zh: '首次同步在等待审批：目录里已有数据，或与预览不同。',
    en: 'The first run waits for an approval: there is data already, or it is not what was planned.',
  },
  toPlan: { zh: '去审批', en: 'Decide about it' },
});
