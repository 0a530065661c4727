/** What somebody can say of an object that could not be told apart; what was said can be changed until a run has carried it out. */
import { Button, Flex, Tag, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';

import { write } from '#/api/client';
import type { components } from '#/api/contract';
import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { Colon } from '#/ui/Colon';
import { Deed } from '#/ui/Deed';
import { useLinks } from '#/ui/zone';

import { candidateOf, objectOf } from './called.ts';
import { apartOf, isTaken, labelOf, offeredOf, ownDecision, sidesOf } from './sides.ts';
import { choices, matchingTexts, reasons } from './texts.ts';

type Undecided = components['schemas']['Undecided'];
interface Said {
  choice: components['schemas']['Choice'];
  about: readonly { key: string; candidate?: string }[];
}

/** The candidates of an object, each to be chosen, and the answers that take none. */
function Offers(props: { pair: Undecided; sure: (what: string) => string; onSaid: (said: Said) => Promise<unknown> }) {
  const { pair, sure, onSaid } = props;
  const t = useTexts(matchingTexts);
  const say = useSay();
  const offered = offeredOf(pair);
  const who = objectOf(pair, t.inDirectory);
  return (
    <>
      {pair.candidates
        .filter(({ key }) => offered.same.includes(key))
        .map((candidate) => (
          <Flex key={candidate.key} gap={8} align="center" wrap>
            <span data-value>{candidateOf(pair, candidate, t.inDirectory)}</span>
            {(candidate.why ?? []).map((reason) => (
              <Tag key={reason}>{say(reasons[reason]) || reason}</Tag>
            ))}
            {isTaken(pair, candidate.key) ? (
              <Typography.Text type="secondary">{t.taken}</Typography.Text>
            ) : (
              <Deed
                size="small"
                permission="link:manage"
                confirm={sure(t.sameSure(who, candidateOf(pair, candidate, t.inDirectory)))}
                done={t.done}
                onDo={() => onSaid({ choice: 'same', about: [sidesOf(pair, candidate.key)] })}
              >
                {t.same}
              </Deed>
            )}
          </Flex>
        ))}
      {offered.apart && (
        <div>
          <Deed
            size="small"
            permission="link:manage"
            confirm={t.apartSure(who, pair.candidates.map((one) => candidateOf(pair, one, t.inDirectory)).join('、'))}
            done={t.done}
            onDo={() => onSaid({ choice: 'other', about: apartOf(pair) })}
          >
            {t.apart}
          </Deed>
        </div>
      )}
      {(offered.create || offered.ignore) && (
        <Flex gap={8}>
          {offered.create && (
            <Deed
              size="small"
              permission="link:manage"
              confirm={sure(t.createSure(who))}
              done={t.done}
              onDo={() => onSaid({ choice: 'create', about: [{ key: pair.key ?? '' }] })}
            >
              {t.create}
            </Deed>
          )}
          {offered.ignore && (
            <Deed
              size="small"
              permission="link:manage"
              confirm={sure(t.ignoreSure(who))}
              done={t.done}
              onDo={() => onSaid({ choice: 'ignore', about: [{ key: pair.key ?? '' }] })}
            >
              {t.ignore}
            </Deed>
          )}
        </Flex>
      )}
    </>
  );
}

export function Answers(props: { pair: Undecided }) {
  const { pair } = props;
  const t = useTexts(matchingTexts);
  const say = useSay();
  const links = useLinks();
  const [changing, setChanging] = useState(false);
  const decide = useDeed(
    ({ choice, about }: Said) => {
      const place = { connection: pair.connection, with: pair.with, kind: pair.kind, choice };
      return write('post', '/matching/decisions', {
        body: { decisions: about.map((sides) => ({ ...place, ...sides })) },
      });
    },
    ['matching'],
  );
  const decided = ownDecision(pair);
  if (decided === undefined) {
    return (
      <Flex vertical gap={6}>
        <Offers pair={pair} sure={(what) => what} onSaid={decide.mutateAsync} />
      </Flex>
    );
  }
  const before = `${say(choices[decided.choice])} ${labelOf(pair, decided)}`.trim();
  const offered = offeredOf(pair);
  return (
    <Flex vertical gap={6}>
      <Flex gap={8} align="center" wrap>
        <span>
          {t.decided}
          <Colon />
          <span data-value>{before}</span>
        </span>
        {offered.same.length > 0 || offered.create || offered.ignore ? (
          <Button size="small" aria-expanded={changing} onClick={() => setChanging(!changing)}>
            {t.change}
          </Button>
        ) : (
          <Link to={links.matching({ tab: 'decisions', connection: pair.connection })}>{t.changeThere}</Link>
        )}
      </Flex>
      {changing && (
        <Offers
          pair={pair}
          sure={(what) => t.changeSure(before, what)}
          onSaid={async (said) => {
            await decide.mutateAsync(said);
            setChanging(false);
          }}
        />
      )}
    </Flex>
  );
}
