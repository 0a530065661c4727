/** In which zone are times shown, and where do the tenant's pages stand? */
import { createContext, useContext } from 'react';

import { type Links, linksOf } from '#/base/links';

const ZoneContext = createContext<string | undefined>(undefined);
export const ZoneProvider = ZoneContext.Provider;

/** The viewer's zone; undefined is that of the browser. */
export function useZone(): string | undefined {
  return useContext(ZoneContext);
}

const TenantContext = createContext<string>('default');
export const TenantProvider = TenantContext.Provider;

/** The tenant that is looked at. */
export function useTenant(): string {
  return useContext(TenantContext);
}

const made = new Map<string, Links>();

/** The addresses of the tenant that is looked at. */
export function useLinks(): Links {
  const tenant = useContext(TenantContext);
  let known = made.get(tenant);
  if (known === undefined) {
    known = linksOf(tenant);
    made.set(tenant, known);
  }
  return known;
}
