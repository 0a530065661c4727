/** Language, theme, zone and the cache of what the server said: around all pages. */
import { LoadingOutlined } from '@ant-design/icons';
import { QueryClientProvider } from '@tanstack/react-query';
import { App, ConfigProvider, theme } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import { type ReactNode, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import 'dayjs/locale/zh-cn';
import { type Preferences, keepPreferences, keptPreferences } from '#/base/preferences';
import { keepOnAccount } from '#/shell/queries';
import { LanguageProvider } from '#/texts/language';
import { PreferencesProvider } from '#/ui/preferences';
import { themeOf } from '#/ui/theme';
import { ZoneProvider } from '#/ui/zone';

import { cache } from './cache.ts';
import { pageNonce } from './nonce.ts';

function useMedia(query: string): boolean {
  const [media] = useState(() => matchMedia(query));
  return useSyncExternalStore(
    (listener) => {
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => media.matches,
  );
}

/** Colours that plain style sheets read. */
function Colours() {
  const { token } = theme.useToken();
  useEffect(() => {
    const { style } = document.documentElement;
    style.setProperty('--line', token.colorBorderSecondary);
    style.setProperty('--line-strong', token.colorBorder);
    style.setProperty('--panel', token.colorBgContainer);
    style.setProperty('--raised', token.colorBgElevated);
    style.setProperty('--soft', token.colorTextDescription);
    style.setProperty('--hover', token.colorFillTertiary);
    style.setProperty('--focus', token.colorPrimary);
    style.setProperty('--bad', token.colorError);
    style.setProperty('--good', token.colorSuccess);
    style.setProperty('--good-bg', token.colorSuccessBg);
    style.setProperty('--bad-bg', token.colorErrorBg);
    style.setProperty('--warn', token.colorWarning);
    style.setProperty('--warn-bg', token.colorWarningBg);
    style.setProperty('--busy', token.colorLink);
    style.setProperty('--link', token.colorLink);
    style.setProperty('--busy-bg', token.colorInfoBg);
    style.backgroundColor = token.colorBgLayout;
    document.body.style.backgroundColor = token.colorBgLayout;
    document.body.style.color = token.colorText;
  }, [token]);
  return null;
}

export function Providers(props: { children: ReactNode }) {
  const [preferences, setPreferences] = useState<Preferences>(keptPreferences);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const dark = preferences.theme === 'dark' || (preferences.theme === 'system' && systemDark);
  const { language, zone } = preferences;
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    dayjs.locale(language === 'zh' ? 'zh-cn' : 'en');
  }, [language]);
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  }, [dark]);
  const adopt = useCallback((kept: Partial<Preferences>) => {
    setPreferences((before) => {
      const after = { ...before, ...kept };
      keepPreferences(after);
      return after;
    });
  }, []);
  const liked = useMemo(
    () => ({
      preferences,
      adopt,
      change: (change: Partial<Preferences>) => {
        const after = { ...preferences, ...change };
        setPreferences(after);
        keepPreferences(after);
        // The account keeps them too; without one, or offline, this browser's copy is enough.
        void keepOnAccount({
          language: after.language,
          theme: after.theme,
          ...(after.zone ? { zone: after.zone } : {}),
        }).catch(() => undefined);
      },
    }),
    [preferences, adopt],
  );
  return (
    <QueryClientProvider client={cache}>
      <LanguageProvider value={language}>
        <PreferencesProvider value={liked}>
          <ZoneProvider value={zone || undefined}>
            <ConfigProvider
              theme={themeOf(dark, still)}
              locale={language === 'zh' ? zhCN : enUS}
              // What turns in a busy button is for the eye: it may stay for a while, and would change what the button is called.
              button={{ autoInsertSpace: false, loadingIcon: <LoadingOutlined aria-hidden /> }}
              {...(pageNonce ? { csp: { nonce: pageNonce } } : {})}
            >
              <App>
                <Colours />
                {props.children}
              </App>
            </ConfigProvider>
          </ZoneProvider>
        </PreferencesProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}
