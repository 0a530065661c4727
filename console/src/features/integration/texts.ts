/** Words of the integration page: what is entered in the console of the other system. */
import { texts } from '#/texts/language';

export const integrationTexts = texts('integration', {
  title: { zh: (name: string) => `对接信息：${name}`, en: (name: string) => `Integration of ${name}` },
  lead: {
    zh: '把下面的值逐项填到企业微信管理后台，填完后回到这里检查。',
    en: 'Enter these values in the administration of WeCom, one by one; then come back and check.',
  },
  open: { zh: '打开企业微信管理后台', en: 'Open the administration of WeCom' },
  values: { zh: '要填写的值', en: 'Values to enter' },
  value: { zh: '值', en: 'Value' },
  what: { zh: '填什么', en: 'What' },
  where: { zh: '在管理后台的位置', en: 'Where in its administration' },
  trusted: { zh: '可信域名', en: 'Trusted domain' },
  trustedAt: {
    zh: '应用管理 → 自建 → 应用 → 网页授权及 JS-SDK → 设置可信域名',
    en: 'App management → Self-built → the app → Web authorization and JS-SDK → Trusted domain',
  },
  back: { zh: '授权回调域', en: 'Authorised callback domain' },
  backAt: {
    zh: '应用管理 → 自建 → 应用 → 企业微信授权登录 → Web 网页',
    en: 'App management → Self-built → the app → WeCom authorised login → Web page',
  },
  home: { zh: '应用主页', en: 'Home page of the app' },
  homeAt: {
    zh: '应用管理 → 自建 → 应用 → 应用主页',
    en: 'App management → Self-built → the app → Home page',
  },
  address: { zh: '接收事件服务器 URL', en: 'URL of the server that receives events' },
  notPublic: {
    zh: (address: string) =>
      `您正在用 ${address} 打开本页，企业微信不接受这样的地址。请用 HTTPS 域名打开，或请运维设置 --public-url。`,
    en: (address: string) =>
      `You opened this page at ${address}, which WeCom does not accept. Open it at an HTTPS name, or have --public-url set.`,
  },
  callbacks: { zh: '事件回调', en: 'Event callbacks' },
  noCallbacks: { zh: '这个系统没有事件回调', en: 'This system sends no events' },
  main: { zh: '通讯录同步', en: 'Contact sync' },
  app: { zh: '应用接收消息', en: 'Messages to the app' },
  never: { zh: '从未收到', en: 'Never reached' },
  reached: { zh: '正常', en: 'Works' },
  refusing: { zh: '正在拒绝', en: 'Refuses calls' },
  noKeys: { zh: '还没有密钥', en: 'No keys yet' },
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
  check: { zh: '检查', en: 'Check' },
  setup: { zh: '账号连接的设置', en: 'Settings of the connection' },
});
