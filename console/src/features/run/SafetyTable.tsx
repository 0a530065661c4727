/** Which limits and source checks were there, and which is broken? */
import { Card, Table } from 'antd';

import type { components } from '#/api/contract';
import { useSay, useTexts } from '#/texts/language';
import { kinds, type Look } from '#/texts/states';
import { StateTag } from '#/ui/StateTag';
import { cards } from '#/ui/cards';

import { stateOf } from './checks.ts';
import { checkRules, runTexts } from './texts.ts';

type SafetyCheck = components['schemas']['SafetyCheck'];

/** Rules about one field, which stands behind the point. */
function ofField(rule: string): boolean {
  return rule.startsWith('mass_clear.') || rule.startsWith('filter_blank.');
}

/** Rules that count in percent. */
function inPercent(rule: string): boolean {
  return (
    rule.endsWith('percent') || ofField(rule) || ['source_shrink', 'target_missing', 'identity_shift'].includes(rule)
  );
}

function Figure(props: { rule: string; value: number }) {
  return (
    <span className="number">
      {props.value.toLocaleString('en', { maximumFractionDigits: 1 })}
      {inPercent(props.rule) ? ' %' : ''}
    </span>
  );
}

/** What a rule is called; the field that it is about stands behind it. */
function RuleName(props: { rule: string }) {
  const say = useSay();
  const [name = '', ...field] = ofField(props.rule) ? props.rule.split('.') : [props.rule];
  const words = say(checkRules[name]);
  if (words === '') return <code data-value>{props.rule}</code>;
  return (
    <>
      {words}
      {field.length > 0 && (
        <>
          {' '}
          <code data-value>{field.join('.')}</code>
        </>
      )}
    </>
  );
}

export function SafetyTable(props: { checks: readonly SafetyCheck[] }) {
  const t = useTexts(runTexts);
  const say = useSay();
  // Who is who is a question, and no limit: it stands among the reasons, with names.
  const checks = props.checks.filter(({ rule }) => rule !== 'adopt');
  const looks: Record<string, Look> = {
    ok: { ...runTexts.checkOk, tone: 'good' },
    close: { ...runTexts.checkClose, tone: 'warn' },
    past: { ...runTexts.checkPast, tone: 'warn' },
    bad: { ...runTexts.checkBad, tone: 'bad' },
  };
  if (checks.length === 0) return null;
  return (
    <Card size="small" title={<h2 className="part">{t.checks}</h2>}>
      <Table<SafetyCheck>
        aria-label={t.checks}
        className="cards"
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={checks.toSorted((a, b) => Number(a.ok) - Number(b.ok))}
        rowKey={({ rule, kind }) => `${rule} ${kind}`}
        columns={cards<SafetyCheck>([
          {
            title: t.checkRule,
            key: 'rule',
            render: (_, { rule, kind }) => (
              <span title={rule}>
                <RuleName rule={rule} /> · {say(kinds[kind]) || kind}
              </span>
            ),
          },
          {
            title: t.checkActual,
            key: 'actual',
            render: (_, { rule, actual }) => <Figure rule={rule} value={actual} />,
          },
          {
            title: t.checkLimit,
            key: 'limit',
            render: (_, { rule, limit }) => (
              <>
                {rule === 'source_min' ? '≥' : '≤'} <Figure rule={rule} value={limit} />
              </>
            ),
          },
          { title: t.result, key: 'ok', render: (_, check) => <StateTag state={stateOf(check)} of={looks} /> },
        ])}
      />
    </Card>
  );
}
