/** The same with many people: those that were ticked, or all that the filter finds. */
import { useQueryClient } from '@tanstack/react-query';
import { Button, Flex, Typography } from 'antd';
import { useState } from 'react';

import { stale } from '#/api/stale';
import { count } from '#/base/number';
import { useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';

import { MoveForm } from './ObjectForm.tsx';
import { type BulkFilter, type Verb, changeMany } from './queries.ts';
import { directoryTexts } from './texts.ts';

export function BulkDeeds(props: {
  chosen: readonly string[];
  /** What the list shows, and how many that are where that is known. */
  filter: Omit<BulkFilter, 'kind' | 'ids'>;
  total: number | undefined;
  onDone: () => void;
}) {
  const t = useTexts(directoryTexts);
  const client = useQueryClient();
  // All that match are meant as long as nobody ticks another row: whoever unticks one does not mean them.
  const ticks = props.chosen.join(' ');
  const [allOver, setAllOver] = useState<string>();
  const all = allOver === ticks;
  const [moving, setMoving] = useState(false);
  const whole = all && props.total !== undefined;
  const n = whole ? (props.total ?? 0) : props.chosen.length;
  const number = count(n);
  const filter: BulkFilter = whole
    ? { kind: 'user', ...props.filter, ids: [] }
    : { kind: 'user', ids: [...props.chosen] };
  const act = async (verb: Verb, to: readonly string[] = []) => {
    await changeMany(verb, filter, n, to);
    await stale(client, ['directory']);
    setAllOver(undefined);
    props.onDone();
  };
  return (
    <Flex gap={8} wrap align="center">
      <Typography.Text aria-live="polite">{t.chosen(n)}</Typography.Text>
      {!all && props.total !== undefined && props.total > props.chosen.length && (
        <Button type="link" size="small" onClick={() => setAllOver(ticks)}>
          {t.chooseAll(count(props.total))}
        </Button>
      )}
      <Deed
        size="small"
        danger
        permission="directory:edit"
        destroys={n}
        confirm={t.sureMany(number)}
        done={t.done}
        onDo={() => act('disable')}
      >
        {t.disableThese(number)}
      </Deed>
      <Deed
        size="small"
        permission="directory:edit"
        destroys={n}
        confirm={t.sureEnableMany(number)}
        done={t.done}
        onDo={() => act('enable')}
      >
        {t.enableThese(number)}
      </Deed>
      <Deed
        size="small"
        permission="directory:edit"
        onDo={() => {
          setMoving(true);
          return Promise.resolve();
        }}
      >
        {t.moveThese(number)}
      </Deed>
      <MoveForm
        title={t.moveThese(number)}
        many
        open={moving}
        onClose={() => setMoving(false)}
        onMove={(to) => act('move', to)}
      />
    </Flex>
  );
}
