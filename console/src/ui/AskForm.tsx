/** A form in a window: its fields, what the server refused beside them, and the button that sends it. */
import { Button, Flex, Form, Modal } from 'antd';
import { type ReactNode, useEffect, useRef, useState } from 'react';

import { Dropped, dropWaitingWrites } from '#/api/session';
import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';

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
    } finally {
      sending.current = false;
      setBusy(false);
    }
  };
  return (
    <Modal open={props.open} title={props.title} footer={null} onCancel={close} destroyOnHidden>
      <Form<T>
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
