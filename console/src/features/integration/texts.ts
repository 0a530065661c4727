/** Words of the integration page: what is entered in the console of the other system, and the close look at a connection. */
import type { components } from '#/api/contract';
import { plural, texts } from '#/texts/language';
import type { Look } from '#/texts/states';

type Schemas = components['schemas'];

export const integrationTexts = texts('integration', {
  title: { zh: (name: string) => `对接信息：${name}`, en: (name: string) => `Integration of ${name}` },
  setup: { zh: '账号连接的设置', en: 'Settings of the connection' },
  lead: {
    zh: '把下面的值逐项填到企业微信管理后台，填完后点“检查”。',
    en: 'Enter these values in the administration of WeCom, one by one; then choose Check.',
  },
  notPublic: {
    zh: '还没有设置对外地址：请运维用 --public-url 指定企业微信能访问的 HTTPS 域名。',
    en: 'There is no public address yet: have --public-url name the HTTPS address at which WeCom reaches this server.',
  },
  tabValues: { zh: '要填写的值', en: 'Values to enter' },
  tabDoctor: { zh: '检查结果', en: 'Checks' },
  tabCallbacks: { zh: '事件回调', en: 'Event callbacks' },
  tabFiles: { zh: '域名校验文件', en: 'Files that prove the domain' },
  noValues: { zh: '这个系统没有要填写的值', en: 'Nothing has to be entered in this system' },
  value: { zh: '值', en: 'Value' },
  what: { zh: '填什么', en: 'What' },
  where: { zh: '在管理后台的位置', en: 'Where in its administration' },
  there: { zh: (value: string) => `现在填的是 ${value}`, en: (value: string) => `${value} stands there` },
  open: { zh: '打开该页面', en: 'Open that page' },
  unknownYet: { zh: '还不知道', en: 'not known yet' },
  check: { zh: '检查', en: 'Check' },
  checkAgain: { zh: '更正后重试密钥', en: 'Try refused secrets again' },
  never: { zh: '从未收到', en: 'Never reached' },
  neverChecked: { zh: '还没有检查过', en: 'It was not checked yet' },
  lastChecked: { zh: '上次检查', en: 'Last check' },
  usable: { zh: '可以使用', en: 'It can be used' },
  usableBut: {
    zh: (n: number) => `可以使用，有 ${n} 点需要注意`,
    en: (n: number) => `It can be used; ${n} ${plural(n, 'thing', 'things')} to know`,
  },
  unusable: { zh: '还不能使用', en: 'It cannot be used yet' },
  calls: { zh: (n: string) => `用了 ${n} 次接口调用，没有写入`, en: (n: string) => `${n} calls, none of them a write` },
  noFindings: { zh: '没有发现问题', en: 'Nothing is wrong' },
  abilities: { zh: '能力表', en: 'What each secret may do' },
  ability: { zh: '能力', en: 'Capability' },
  verdict: { zh: '是否可用', en: 'May it' },
  evidence: { zh: '依据', en: 'Evidence' },
  remedy: { zh: '怎么办', en: 'What to do' },
  range: { zh: '能看到的范围', en: 'What can be seen' },
  hidden: { zh: '看不到的字段', en: 'Fields that are hidden' },
  addresses: { zh: '没有被信任的出口 IP', en: 'Addresses that are not trusted' },
  addressFor: {
    zh: (setting: string) => `${setting} 的企业可信 IP`,
    en: (setting: string) => `trusted IPs of ${setting}`,
  },
  noCallbacks: { zh: '这个系统没有事件回调', en: 'This system sends no events' },
  main: { zh: '通讯录同步', en: 'Contact sync' },
  app: { zh: '应用接收消息', en: 'Messages to the app' },
  reached: { zh: '正常', en: 'Works' },
  refusing: { zh: '正在拒绝', en: 'Refuses calls' },
  noKeys: { zh: '还没有密钥', en: 'No keys yet' },
  address: { zh: '接收事件服务器 URL', en: 'URL of the server that receives events' },
  lastEcho: { zh: '上次验证 URL', en: 'URL last tried out' },
  lastEvent: { zh: '上次收到事件', en: 'Last event' },
  lastRefused: { zh: '上次被拒绝', en: 'Last refused' },
  keysMade: { zh: '密钥生成于', en: 'Keys made' },
  oldUntil: { zh: '旧密钥有效到', en: 'Old keys good until' },
  notYet: { zh: '还没有', en: 'not yet' },
  newKeys: { zh: '生成新密钥', en: 'Make new keys' },
  newKeysSure: {
    zh: '新密钥只显示这一次；旧密钥在一天内仍然有效，请在此期间更新企业微信里的设置。',
    en: 'New keys are shown this once; the old ones stay good for a day, in which WeCom has to get the new ones.',
  },
  keysTitle: { zh: '请现在复制', en: 'Copy these now' },
  keysText: {
    zh: '离开本页后不再显示。填好后在企业微信里点“保存”，企业微信会立刻验证 URL。',
    en: 'They are not shown again. Choose Save in WeCom once they are entered: it tries the URL out at once.',
  },
  filesHelp: {
    zh: '企业微信设置可信域名时给出一个 WW_verify 文件。在这里上传后，本服务在域名根目录原样提供它。',
    en: 'WeCom gives a WW_verify file for a trusted domain. Upload it here: this server gives it out at the top of its domain, byte for byte.',
  },
  noFiles: { zh: '还没有校验文件', en: 'There are no such files' },
  addFile: { zh: '上传校验文件', en: 'Upload a file' },
  file: { zh: '文件', en: 'File' },
  fileUrl: { zh: '地址', en: 'Address' },
  given: { zh: '上传', en: 'Given' },
  checkFile: { zh: '现在检查', en: 'Check now' },
  fileGood: { zh: '可以访问，内容一致', en: 'It is reached, and its content is right' },
  fileBad: { zh: '访问不到，或内容不一致', en: 'It is not reached, or its content is not right' },
  remove: { zh: '移除', en: 'Remove' },
  removeFileSure: { zh: (name: string) => `不再提供 ${name}？`, en: (name: string) => `Give ${name} out no more?` },
  saved: { zh: '已保存', en: 'Saved' },
  removed: { zh: '已移除', en: 'Removed' },
});

export const valueStates = {
  same: { zh: '已填好', en: 'Entered', tone: 'good' },
  missing: { zh: '还没有填', en: 'Not entered', tone: 'warn' },
  different: { zh: '填的不一样', en: 'Something else', tone: 'bad' },
  unknown: { zh: '无法读取', en: 'Cannot be read', tone: 'quiet' },
} as const satisfies Record<Schemas['ValueState'], Look>;

export const verdicts = {
  yes: { zh: '可用', en: 'Yes', tone: 'good' },
  no: { zh: '不可用', en: 'No', tone: 'bad' },
  unknown: { zh: '未知', en: 'Not known', tone: 'quiet' },
} as const satisfies Record<Schemas['AbilityVerdict'], Look>;
