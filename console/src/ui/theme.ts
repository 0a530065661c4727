/** How does the console look? antd's own colours fail contrast AA in places; these do not, in both themes. */
import { type ThemeConfig, theme } from 'antd';

const shared: ThemeConfig = {
  zeroRuntime: false,
  token: {
    fontFamily:
      "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif",
    borderRadius: 6,
  },
};

/** All pages of the menu fit into a window of 900 px. */
const menu = { itemHeight: 32, itemMarginBlock: 1, subMenuItemBg: 'transparent' };

const light: ThemeConfig = {
  ...shared,
  algorithm: theme.defaultAlgorithm,
  token: {
    ...shared.token,
    colorPrimary: '#0958d9',
    // What is under the pointer is to be read as well: the derived colours are too pale.
    colorPrimaryHover: '#1668dc',
    colorLinkHover: '#003eb3',
    colorErrorHover: '#a31515',
    colorLink: '#0958d9',
    colorError: '#c41d1d',
    colorSuccess: '#237804',
    colorWarning: '#a85100',
    colorInfo: '#0958d9',
    colorPrimaryBg: '#e6f4ff',
    colorErrorBg: '#fff1f0',
    colorSuccessBg: '#f6ffed',
    colorWarningBg: '#fff7e6',
    colorInfoBg: '#e6f4ff',
    colorErrorBorder: '#ffa39e',
    colorSuccessBorder: '#95de64',
    colorWarningBorder: '#ffd591',
    colorInfoBorder: '#91caff',
    colorTextDescription: 'rgba(0,0,0,0.65)',
    colorTextTertiary: 'rgba(0,0,0,0.65)',
    colorTextPlaceholder: 'rgba(0,0,0,0.6)',
    colorTextDisabled: 'rgba(0,0,0,0.6)',
    colorBgLayout: '#f5f6f8',
  },
  components: {
    Layout: { headerBg: '#ffffff', siderBg: '#ffffff', bodyBg: '#f5f6f8' },
    Menu: { ...menu, itemSelectedColor: '#003eb3', subMenuItemSelectedColor: '#003eb3' },
    Descriptions: { labelBg: '#fafafa' },
  },
};

const dark: ThemeConfig = {
  ...shared,
  algorithm: theme.darkAlgorithm,
  token: {
    ...shared.token,
    colorPrimary: '#3c89e8',
    colorLink: '#69b1ff',
    colorError: '#f37370',
    colorSuccess: '#6abe39',
    colorWarning: '#e8b339',
    colorInfo: '#69b1ff',
    colorTextDescription: 'rgba(255,255,255,0.65)',
    colorTextTertiary: 'rgba(255,255,255,0.65)',
    colorTextPlaceholder: 'rgba(255,255,255,0.6)',
    colorTextDisabled: 'rgba(255,255,255,0.6)',
  },
  components: {
    Layout: { headerBg: '#141414', siderBg: '#141414' },
    Menu: { ...menu, itemSelectedColor: '#91caff', subMenuItemSelectedColor: '#91caff' },
    // White on a blue that is deep enough: 5.2 to 1, also under the pointer.
    Button: {
      colorPrimary: '#1668dc',
      colorPrimaryHover: '#1554ad',
      colorPrimaryActive: '#15417e',
      primaryColor: '#ffffff',
      dangerColor: '#000000',
    },
  },
};

/** The theme of antd. */
export function themeOf(isDark: boolean, still: boolean): ThemeConfig {
  const chosen = isDark ? dark : light;
  return { ...chosen, token: { ...chosen.token, motion: !still } };
}
