/** Language and theme, switched in place. */
import { BulbOutlined, GlobalOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';

import { useTexts } from '#/texts/language';
import { usePreferences } from '#/ui/preferences';

import { shellTexts } from './texts.ts';

export function LanguageButton() {
  const t = useTexts(shellTexts);
  const { preferences, change } = usePreferences();
  const other = preferences.language === 'zh' ? 'en' : 'zh';
  return (
    <Button
      type="text"
      icon={<GlobalOutlined />}
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      data-language
      onClick={() => change({ language: other })}
    >
      {t.switchLanguage}
    </Button>
  );
}

export function ThemeButton() {
  const t = useTexts(shellTexts);
  const { preferences, change } = usePreferences();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [preferences.theme],
        items: (['light', 'dark', 'system'] as const).map((key) => ({ key, label: t[key] })),
        onClick: ({ key }) => change({ theme: key === 'light' || key === 'dark' ? key : 'system' }),
      }}
    >
      <Button type="text" icon={<BulbOutlined />} aria-label={`${t.theme}: ${t[preferences.theme]}`} title={t.theme} />
    </Dropdown>
  );
}
