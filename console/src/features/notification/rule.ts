/** A rule as a form shows it, and as it is sent. Pure. */
import { freeName } from '#/base/free';

import type { Channel, PutRule, Rule } from './queries.ts';

/** What stands in the fields. */
export interface Form {
  id: string;
  name: string;
  enabled: boolean;
  events: PutRule['events'];
  workflows: string[];
  kind: Channel['kind'];
  connection: string;
  users: string[];
  departments: string[];
  tags: string[];
  mails: string[];
  url: string;
  language: 'zh' | 'en';
  quiet: boolean;
  from: string;
  to: string;
  timezone: string;
  collect: number;
  expiring: number;
  secret: boolean;
}

const minute = 60_000;
const hour = 60 * minute;

/** A duration as a field shows it. */
function inUnits(ms: number, unit: number): number {
  return Math.round((ms * 100) / unit) / 100;
}

/** The duration that a field means; one that nobody changed is as long as it was, to the millisecond. */
function inMs(shown: number, unit: number, before: number | undefined): number {
  return before !== undefined && shown === inUnits(before, unit) ? before : Math.round(shown * unit);
}

/** What a new rule begins with; `taken` are the ids that there are. */
export function blank(
  language: 'zh' | 'en',
  timezone: string,
  connection: string,
  taken: readonly string[] = [],
): Form {
  return {
    id: freeName('problems', taken),
    name: '',
    enabled: true,
    events: ['run_failed', 'run_held', 'run_partial', 'run_recovered', 'approval_expiring', 'connection_unhealthy'],
    workflows: [],
    kind: 'message',
    connection,
    users: [],
    departments: [],
    tags: [],
    mails: [],
    url: '',
    language,
    quiet: false,
    from: '22:00',
    to: '07:30',
    timezone,
    collect: 1,
    expiring: 4,
    secret: false,
  };
}

/** The fields of a rule that is there. */
export function formOf(rule: Rule, timezone: string): Form {
  const { channel, quiet } = rule;
  const base = blank(rule.language, timezone, '');
  return {
    ...base,
    id: rule.id,
    name: rule.name,
    enabled: rule.enabled,
    events: rule.events,
    workflows: rule.workflows,
    kind: channel.kind,
    ...(channel.kind === 'message'
      ? {
          connection: channel.connection,
          users: channel.to_users ?? [],
          departments: channel.to_departments ?? [],
          tags: channel.to_tags ?? [],
        }
      : {}),
    ...(channel.kind === 'mail' ? { mails: channel.to } : {}),
    ...(channel.kind === 'webhook' ? { url: channel.url } : {}),
    quiet: Boolean(quiet),
    ...(quiet ? { from: quiet.from, to: quiet.to, timezone: quiet.timezone } : {}),
    collect: inUnits(rule.collect_ms, minute),
    expiring: inUnits(rule.expiring_ms, hour),
  };
}

function channelOf(form: Form): Channel {
  if (form.kind === 'mail') return { kind: 'mail', to: form.mails };
  if (form.kind === 'webhook') return { kind: 'webhook', url: form.url.trim() };
  return {
    kind: 'message',
    connection: form.connection,
    to_users: form.users,
    to_departments: form.departments,
    to_tags: form.tags,
  };
}

/** What is sent; `before` is the rule that is changed. */
export function sentOf(form: Form, before?: Rule): PutRule {
  return {
    name: form.name.trim() || form.id,
    enabled: form.enabled,
    events: form.events,
    workflows: form.workflows,
    channel: channelOf(form),
    language: form.language,
    quiet: form.quiet ? { from: form.from, to: form.to, timezone: form.timezone } : null,
    collect_ms: inMs(form.collect, minute, before?.collect_ms),
    expiring_ms: inMs(form.expiring, hour, before?.expiring_ms),
    new_secret: form.secret,
  };
}

/** To whom a channel goes, in a few words of data. */
export function targetOf(channel: Channel): string {
  if (channel.kind === 'mail') return channel.to.join(', ');
  if (channel.kind === 'webhook') return channel.url;
  const who = [...(channel.to_users ?? []), ...(channel.to_departments ?? []), ...(channel.to_tags ?? [])];
  return `${channel.connection}: ${who.join(', ')}`;
}
