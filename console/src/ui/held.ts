/**
 * A form over an object that others may change, too: it shows the object as it is until somebody types, and holds it from then on,
 * with its tag. What others did meanwhile is told when it is sent, and what was typed stays.
 */
import { Form } from 'antd';
import { useEffect, useState } from 'react';

import { afterSaving, rebased } from '#/base/rebase';

import { useOpened } from './opened.ts';

export function useHeldForm<T, V extends object>(now: T, standing: (of: T) => Partial<V>) {
  const [form] = Form.useForm<V>();
  const [editing, setEditing] = useState(false);
  const { opened, anew, saved } = useOpened(now, editing);
  const [first, setFirst] = useState(() => standing(now));
  const fresh = standing(now);
  const shown = JSON.stringify(fresh);
  useEffect(() => {
    if (editing) return;
    setFirst(fresh);
    form.setFieldsValue(fresh);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- what stands in it is compared as text
  }, [shown, editing]);
  return {
    form,
    /** What is being changed, as it was read. */
    opened,
    /** What stood in the fields at first. */
    first,
    /** Somebody has typed. */
    typed: () => setEditing(true),
    /** So much of it was saved, as this: the form follows the object again, or goes on from it where more was typed meanwhile. */
    sent: (given: V, as: T) => {
      const { stands, more } = afterSaving<V>(form.getFieldsValue(true), given, standing(as));
      form.setFieldsValue(stands);
      setFirst(standing(as));
      if (more) saved(as);
      else setEditing(false);
    },
    /** Takes the object as it is now, under what was typed. */
    anew: () => {
      const there: Partial<V> = form.getFieldsValue(true);
      form.setFieldsValue(rebased<V>(there, first, fresh));
      setFirst(fresh);
      anew();
    },
  };
}

export type Held<T, V extends object> = ReturnType<typeof useHeldForm<T, V>>;
