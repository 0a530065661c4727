/** The addresses at which the other system calls: the values to enter there, what was heard, and new keys. */
import { Card, Descriptions, Flex, Modal, Typography } from 'antd';
import { useState } from 'react';

import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import type { Look } from '#/texts/states';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { IssueText } from '#/ui/ProblemView';
import { StateTag } from '#/ui/StateTag';

import { type Callback, newKeys } from './queries.ts';
import { integrationTexts } from './texts.ts';

const looks: Record<string, Look> = {
  never: { ...integrationTexts.never, tone: 'warn' },
  reached: { ...integrationTexts.reached, tone: 'good' },
  refusing: { ...integrationTexts.refusing, tone: 'bad' },
  noKeys: { ...integrationTexts.noKeys, tone: 'warn' },
};

/** The health of a callback in a word. */
export function healthOf(callback: Callback): 'never' | 'reached' | 'refusing' | 'noKeys' {
  if (callback.trouble) return 'refusing';
  if (!callback.has_keys) return 'noKeys';
  return callback.reached ? 'reached' : 'never';
}

function When(props: { time: string | null | undefined }) {
  const t = useTexts(integrationTexts);
  return props.time ? <Moment time={props.time} relative /> : <span>{t.notYet}</span>;
}

function One(props: { connection: string; callback: Callback; origin: string }) {
  const { callback } = props;
  const t = useTexts(integrationTexts);
  const say = useSay();
  const [made, setMade] = useState<Callback>();
  const keys = useDeed(() => newKeys(props.connection, callback.receiver), ['connection']);
  const refused = callback.last_refused;
  return (
    <Card
      title={
        <Flex gap={8} align="center" wrap>
          <h2 className="part">
            {callback.receiver === '' ? t.main : callback.receiver === 'app' ? t.app : callback.receiver}
          </h2>
          <StateTag state={healthOf(callback)} of={looks} />
        </Flex>
      }
      extra={
        <Deed
          size="small"
          permission="connection:edit"
          confirm={t.newKeysSure}
          onDo={async () => setMade(await keys.mutateAsync(undefined))}
        >
          {t.newKeys}
        </Deed>
      }
    >
      <Flex vertical gap={12}>
        <Typography.Text>{say(callback.doc)}</Typography.Text>
        <div>
          {t.address} <CopyLine value={`${props.origin}${callback.url}`} label={t.address} />
        </div>
        {callback.trouble && <IssueText issue={callback.trouble} withNext={false} />}
        <Descriptions
          size="small"
          column={{ xs: 1, md: 2 }}
          items={[
            { key: 'echo', label: t.lastEcho, children: <When time={callback.last_echo} /> },
            { key: 'event', label: t.lastEvent, children: <When time={callback.last_event} /> },
            { key: 'made', label: t.keysMade, children: <When time={callback.keys_made} /> },
            ...(callback.old_keys_until
              ? [{ key: 'old', label: t.oldUntil, children: <Moment time={callback.old_keys_until} /> }]
              : []),
            {
              key: 'refused',
              label: t.lastRefused,
              children: refused ? (
                <span>
                  <Moment time={refused.at} relative /> <span data-value>{say(refused.why.reason)}</span>
                </span>
              ) : (
                t.notYet
              ),
            },
            ...(callback.last_missed
              ? [
                  {
                    key: 'missed',
                    label: t.lastMissed,
                    children: (
                      <span>
                        <Moment time={callback.last_missed.at} relative />{' '}
                        <span data-value>{say(callback.last_missed.why.reason)}</span>
                      </span>
                    ),
                  },
                ]
              : []),
          ]}
        />
      </Flex>
      <Modal open={made !== undefined} title={t.keysTitle} footer={null} onCancel={() => setMade(undefined)}>
        <Flex vertical gap={12}>
          {t.keysText}
          {Object.entries(made?.keys ?? {}).map(([name, value]) => (
            <div key={name}>
              <Typography.Text strong data-value>
                {name}
              </Typography.Text>
              <br />
              <CopyLine value={value} label={name} />
            </div>
          ))}
        </Flex>
      </Modal>
    </Card>
  );
}

export function Callbacks(props: {
  connection: string;
  callbacks: readonly Callback[];
  origin: string | null | undefined;
}) {
  const t = useTexts(integrationTexts);
  if (props.callbacks.length === 0) return <Nothing title={t.noCallbacks} />;
  return (
    <Flex vertical gap={16}>
      {props.callbacks.map((callback) => (
        <One
          key={callback.receiver}
          connection={props.connection}
          callback={callback}
          origin={props.origin ?? location.origin}
        />
      ))}
    </Flex>
  );
}
