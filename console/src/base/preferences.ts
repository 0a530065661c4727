/** How does this browser like the console: language, theme, zone? The account keeps the same; this is the copy that is there at once. */

export type Language = 'zh' | 'en';
export type Theme = 'light' | 'dark' | 'system';

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
  readonly zone?: string;
}

const name = 'idflow.preferences';

/** What is kept here, or what the browser says. */
export function keptPreferences(): Preferences {
  const usual: Preferences = { language: navigator.language.startsWith('zh') ? 'zh' : 'en', theme: 'system' };
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? '{}') as Partial<Record<keyof Preferences, string>>;
    return {
      language: kept.language === 'zh' || kept.language === 'en' ? kept.language : usual.language,
      theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'system',
      ...(kept.zone ? { zone: kept.zone } : {}),
    };
  } catch {
    return usual;
  }
}

/** Keeps them; a browser that keeps nothing is no fault. */
export function keepPreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(name, JSON.stringify(preferences));
  } catch {
    // Private windows and full disks: the choice holds for this page.
  }
}
