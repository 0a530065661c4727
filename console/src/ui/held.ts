/**
 * A form over an object that others may change, too: it shows the object as it is until somebody types, and holds it from then on,
 * with its tag. What others did meanwhile is told when it is sent, and what was typed stays.
 */
import { Form } from 'antd';
import { useEffect, useState } from 'react';

import { rebased } from '#/base/rebase';

import { useOpened } from './opened.ts';

export function useHeldForm<T, V extends object>(now: T, standing: (of: T) => Partial<V>) {
  const [form] = Form.useForm<V>();
  const [editing, setEditing] = useState(false);
  const { opened, anew } = useOpened(now, editing);
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
    /** It was sent: the form follows the object again. */
    sent: () => setEditing(false),
    /** Takes the object as it is now, under what was typed. */
    anew: () => {
      const there: Partial<V> = form.getFieldsValue(true);
      form.setFieldsValue(rebased<V>(there, first, fresh));
      setFirst(fresh);
      anew();
    },
  };
}
