/** A form in a window: its fields, what the server refused beside them, and the button that sends it. */
import { Button, Flex, Form, type FormInstance, Modal } from 'antd';
import { type ReactNode, useEffect, useRef, useState } from 'react';

import { fieldErrors } from '#/api/problem';
import { Dropped, dropWaitingWrites } from '#/api/session';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';

import { ProblemView } from './ProblemView.tsx';

export function AskForm<T extends object>(props: {
  title: string;
  send: string;
  open: boolean;
  initial?: Partial<T>;
  onClose: () => void;
  onSend: (given: T) => Promise<unknown>;
  children: ReactNode;
}) {
  const t = useTexts(common);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const say = useSay();
  const form = useRef<FormInstance<T>>(null);
  const sending = useRef(false);
  // What is left while it waits for a sign-in is not done after it.
  useEffect(
    () => () => {
      if (sending.current) dropWaitingWrites();
    },
    [],
  );
  const close = () => {
    if (sending.current) dropWaitingWrites();
    setError(undefined);
    props.onClose();
  };
  /** What the server refused stands beside the field that it is about. */
  const mark = (wrong: unknown) => {
    const refused = fieldErrors(wrong);
    for (const { name } of form.current?.getFieldsError() ?? []) {
      const last = String(name.at(-1));
      const reason = refused.get(last) ?? refused.get(`fields.${last}`);
      if (reason) form.current?.setFields([{ name, errors: [say(reason)] } as never]);
    }
  };
  const send = async (given: T) => {
    setBusy(true);
    setError(undefined);
    sending.current = true;
    try {
      await props.onSend(given);
      sending.current = false;
      close();
    } catch (wrong) {
      if (!(wrong instanceof Dropped)) setError(wrong);
      mark(wrong);
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };
  return (
    <Modal open={props.open} title={props.title} footer={null} onCancel={close} destroyOnHidden>
      <Form<T>
        ref={form}
        layout="vertical"
        preserve={false}
        {...(props.initial ? { initialValues: props.initial } : {})}
        onFinish={(given) => void send(given)}
      >
        {props.children}
        {error !== undefined && <ProblemView error={error} />}
        <Flex gap={8} style={{ marginTop: 16 }}>
          <Button type="primary" htmlType="submit" loading={busy}>
            {props.send}
          </Button>
          <Button onClick={close}>{t.cancel}</Button>
        </Flex>
      </Form>
    </Modal>
  );
}
