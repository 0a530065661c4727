/** What can be done with a person or department by hand? What a workflow fills is said, not hidden. */
import { useQueryClient } from '@tanstack/react-query';
import { Flex } from 'antd';
import { useState } from 'react';

import { stale } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';

import { EditObject, MoveForm, editable } from './ObjectForm.tsx';
import { type Detail, type Verb, moveObject, switchObject } from './queries.ts';
import { directoryTexts } from './texts.ts';

/** Which field a deed changes; its master is the reason why it is refused. */
const about: Record<Verb, readonly string[]> = {
  edit: [],
  disable: ['status'],
  enable: ['status'],
  remove: ['status'],
  move: ['departments', 'parent'],
};

export function ObjectDeeds(props: { object: Detail }) {
  const { object } = props;
  const t = useTexts(directoryTexts);
  const say = useSay();
  const client = useQueryClient();
  const [open, setOpen] = useState<'edit' | 'move'>();
  const person = object.kind === 'user';
  const gone = object.status !== 'active';
  const changed = () => stale(client, ['directory']);
  const why = (verb: Verb): string | undefined => {
    if (verb === 'edit' && editable(object).length === 0) return t.editNothing;
    if (object.allowed.includes(verb)) return undefined;
    const master = object.fields.find(({ name, master: by }) => by && about[verb].includes(name))?.master;
    return master ? t.masterOf(say(master.name)) : t.notNow;
  };
  const act = async (verb: 'disable' | 'enable' | 'remove') => {
    await switchObject(object, verb);
    await changed();
  };
  const show = (what: 'edit' | 'move') => {
    setOpen(what);
    return Promise.resolve();
  };
  return (
    <Flex gap={8} wrap>
      <Deed size="small" primary permission="directory:edit" why={why('edit')} onDo={() => show('edit')}>
        {t.edit}
      </Deed>
      {!gone && (
        <Deed size="small" permission="directory:edit" why={why('move')} onDo={() => show('move')}>
          {t.move}
        </Deed>
      )}
      {person && !gone && (
        <Deed
          size="small"
          permission="directory:edit"
          why={why('disable')}
          confirm={t.sureDisable(object.label)}
          done={t.done}
          onDo={() => act('disable')}
        >
          {t.disable}
        </Deed>
      )}
      {gone && (
        <Deed size="small" permission="directory:edit" why={why('enable')} done={t.done} onDo={() => act('enable')}>
          {object.status === 'disabled' ? t.enable : t.restore}
        </Deed>
      )}
      {object.status !== 'left' && object.status !== 'removed' && (
        <Deed
          size="small"
          danger
          permission="directory:edit"
          why={why('remove')}
          confirm={person ? t.sureRemove(object.label) : t.sureRemoveDepartment(object.label)}
          done={t.done}
          onDo={() => act('remove')}
        >
          {person ? t.removePerson : t.removeDepartment}
        </Deed>
      )}
      <EditObject object={object} open={open === 'edit'} onClose={() => setOpen(undefined)} onSaved={changed} />
      <MoveForm
        title={t.move}
        many={person}
        open={open === 'move'}
        onClose={() => setOpen(undefined)}
        onMove={async (to) => {
          await moveObject(object, to);
          await changed();
        }}
      />
    </Flex>
  );
}
