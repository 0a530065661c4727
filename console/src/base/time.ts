/** How is a time or a duration written? The only file that makes formatters of times. */

type Language = 'zh' | 'en';

const tags = { zh: 'zh-CN', en: 'en-GB' } as const;
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(language: Language, zone: string | undefined, form: 'full' | 'minute' | 'clock' | 'day') {
  const key = `${language} ${zone ?? ''} ${form}`;
  const known = made.get(key);
  if (known) return known;
  // Day and month cannot be mistaken for each other: 2026/11/28, 28 Nov 2026.
  const day = { year: 'numeric', month: language === 'en' ? 'short' : '2-digit', day: '2-digit' } as const;
  const minute = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const options: Intl.DateTimeFormatOptions = {
    ...(form === 'clock' ? {} : day),
    ...(form === 'day' ? {} : minute),
    ...(form === 'full' || form === 'clock' ? { second: '2-digit' } : {}),
    ...(zone === undefined ? {} : { timeZone: zone }),
  };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat(tags[language], options);
  } catch {
    // A zone that this browser does not know: its own zone is better than no time.
    const { timeZone: _, ...rest } = options;
    format = new Intl.DateTimeFormat(tags[language], rest);
  }
  made.set(key, format);
  return format;
}

/** The zone of this browser. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All zones that this browser knows; not every browser counts UTC among them. */
export function zones(): string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
}

/** An instant in a zone: `2026/11/28 21:06`. What is no time is given back as it is. */
export function instant(
  written: string,
  language: Language,
  zone?: string,
  form: 'full' | 'minute' | 'clock' | 'day' = 'minute',
): string {
  const time = Date.parse(written);
  return Number.isNaN(time) ? written : formatter(language, zone, form).format(time);
}

/** A space between Han and digits, which the browser's words leave out. */
function spaced(text: string): string {
  return text.replace(/(\d+)(?=\p{Script=Han})/gu, '$1 ').replace(/(\p{Script=Han})(?=\d)/gu, '$1 ');
}

/** How long ago, or until when, in words; nothing beyond a day. */
export function relative(written: string, from: number, language: Language): string | undefined {
  const time = Date.parse(written);
  if (Number.isNaN(time)) return undefined;
  const seconds = Math.round((time - from) / 1000);
  if (Math.abs(seconds) >= 86_400) return undefined;
  const words = new Intl.RelativeTimeFormat(tags[language], { numeric: 'auto' });
  if (Math.abs(seconds) < 60) return spaced(words.format(seconds, 'second'));
  if (Math.abs(seconds) < 3600) return spaced(words.format(Math.trunc(seconds / 60), 'minute'));
  return spaced(words.format(Math.trunc(seconds / 3600), 'hour'));
}

/** The time now; pages ask for it here, so that a test can move it. */
export function now(): number {
  return Date.now();
}

/** The instant some hours before, as the API reads it. */
export function hoursAgo(hours: number, from = now()): string {
  return new Date(from - hours * 3_600_000).toISOString();
}

/** The number of milliseconds from one instant to another; undefined where one of them is no time. */
export function between(from: string | null | undefined, to: string | null | undefined): number | undefined {
  if (!from || !to) return undefined;
  const ms = Date.parse(to) - Date.parse(from);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A duration: `840 毫秒`, `12 秒`, `3 分 20 秒`, `2 小时 5 分`. */
export function duration(ms: number, language: Language): string {
  const zh = language === 'zh';
  if (ms < 1000) return zh ? `${Math.round(ms)} 毫秒` : `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return zh ? `${seconds} 秒` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return zh ? `${minutes} 分 ${seconds % 60} 秒` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return zh ? `${hours} 小时 ${minutes % 60} 分` : `${hours} h ${minutes % 60} min`;
}
