/** The types of `house.mjs`. */
import type { House } from './support.ts';

export const password: string;
export function openHouse(): Promise<House>;
export function seed(house: House): Promise<void>;
export function users(leave?: (n: number) => boolean, mend?: boolean): string;
export function settle(house: House): Promise<void>;
export function openOwn(template: string): Promise<House>;
