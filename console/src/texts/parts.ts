/** Words of the parts that know no resource: forms from a schema, graphs. */
import { texts } from './language.ts';

export const schemaFormTexts = texts('schema form', {
  optional: { zh: '（选填）', en: '(optional)' },
  find: { zh: '在哪里找到：', en: 'Where to find it: ' },
  open: { zh: '打开该页面', en: 'Open that page' },
  more: { zh: '更多设置（通常不用改）', en: 'More settings (normally left alone)' },
  replace: { zh: '更换', en: 'Replace' },
  keep: { zh: '保留原来的', en: 'Keep the old one' },
  set: { zh: '已设置，不再显示', en: 'Set; it is never shown' },
  setAt: { zh: '设置于', en: 'set' },
  needed: { zh: '必须填写', en: 'This is needed' },
  shapeDigits: {
    zh: (least: string, most: string) => `：应为 ${least} 到 ${most} 位数字`,
    en: (least: string, most: string) => `: ${least} to ${most} digits are asked for`,
  },
  shapeBegins: {
    zh: (words: string) => `：应以 ${words} 开头`,
    en: (words: string) => `: it begins with ${words}`,
  },
  or: { zh: ' 或 ', en: ' or ' },
  shape: { zh: '格式不对', en: 'This does not have the right form' },
});

export const paneTexts = texts('pane', {
  zoomIn: { zh: '放大', en: 'Zoom in' },
  zoomOut: { zh: '缩小', en: 'Zoom out' },
  fit: { zh: '显示全部', en: 'Show all' },
  pane: { zh: '视图控制', en: 'View' },
});

/** Words of the inputs of a run. */
export const inputTexts = texts('inputs', {
  needed: { zh: (what: string) => `请填写${what}`, en: (what: string) => `Give: ${what}` },
  durationLike: { zh: '例如 30d、12h、45m', en: 'As 30d, 12h, 45m' },
});
