/** How the viewer likes the console, and how that is changed. */
import { createContext, useContext } from 'react';

import type { Preferences } from '#/base/preferences';

export interface Liked {
  readonly preferences: Preferences;
  /** Takes over what the account says. */
  adopt: (kept: Partial<Preferences>) => void;
  change: (change: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<Liked>({
  preferences: { language: 'zh', theme: 'system' },
  change: () => undefined,
  adopt: () => undefined,
});
export const PreferencesProvider = PreferencesContext.Provider;

/** The preferences, and how they are changed. */
export function usePreferences(): Liked {
  return useContext(PreferencesContext);
}
