/** A button that does something: with its permission, the count it touches, and what went wrong beside it. */
import { App, Button, type ButtonProps, Input, Popover, Space, Tooltip, Typography } from 'antd';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

import { Dropped, type Permission, dropWaitingWrites, useMay } from '#/api/session';
import { count as counted } from '#/base/number';
import { common, problems } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { permissionWords } from '#/texts/permissions';

import { ProblemView } from './ProblemView.tsx';

export interface DeedProps {
  children: string;
  /** What one must be allowed to do. */
  permission?: Permission | undefined;
  /** Why it cannot be done now, though one may. */
  why?: string | undefined;
  /** Asked before; a sentence that names what is touched. */
  confirm?: ReactNode;
  /** How many things are destroyed, or let in; from 10 on the number is typed. */
  destroys?: number | undefined;
  danger?: boolean;
  primary?: boolean;
  size?: ButtonProps['size'];
  icon?: ReactNode;
  /** Said after success. */
  done?: string | undefined;
  onDo: () => Promise<unknown>;
  /** Where somebody else changed what it is about: reads it anew. */
  onAnew?: (() => void) | undefined;
}

/** What is asked: it takes the focus, so that the next Tab is its first button; Escape leaves it, and the focus goes back. */
function Asked(props: { label: string; onLeave: () => void; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const { onLeave } = props;
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const shown = box.current;
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      onLeave();
    };
    shown?.addEventListener('keydown', press);
    return () => shown?.removeEventListener('keydown', press);
  }, [onLeave]);
  return (
    <div ref={box} role="dialog" aria-label={props.label} tabIndex={-1} className="asked">
      {props.children}
    </div>
  );
}

export function Deed(props: DeedProps) {
  const may = useMay(props.permission);
  const { message } = App.useApp();
  const t = useTexts(common);
  const refusal = useTexts(problems);
  const say = useSay();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const acting = useRef(false);
  const reason = useId();
  const why = may ? props.why : refusal.needs(props.permission ? say(permissionWords[props.permission]) : '');
  const act = async () => {
    setBusy(true);
    setError(undefined);
    acting.current = true;
    try {
      await props.onDo();
      setOpen(false);
      setTyped('');
      if (props.done) message.success(props.done);
    } catch (wrong) {
      if (wrong instanceof Dropped) return;
      setError(wrong);
      setOpen(true);
    } finally {
      acting.current = false;
      setBusy(false);
    }
  };
  const leave = () => {
    if (acting.current) dropWaitingWrites();
    setOpen(false);
    setError(undefined);
  };
  const { onAnew } = props;
  const anew =
    onAnew &&
    (() => {
      onAnew();
      leave();
    });
  const asks = props.confirm !== undefined || (props.destroys ?? 0) >= 10;
  const number = counted(props.destroys ?? 0);
  const sure = (props.destroys ?? 0) < 10 || typed.replace(/[,\s]/g, '') === String(props.destroys);
  const press = () => {
    if (why !== undefined || busy) return;
    if (asks) setOpen(true);
    else void act();
  };
  const button = (
    <Button
      type={props.primary ? 'primary' : 'default'}
      danger={props.danger ?? false}
      {...(props.size === undefined ? {} : { size: props.size })}
      icon={props.icon}
      loading={busy}
      aria-disabled={why !== undefined}
      {...(why === undefined ? {} : { 'aria-describedby': reason })}
      className={why === undefined ? '' : 'deed-refused'}
      onClick={press}
    >
      {props.children}
    </Button>
  );
  // One and the same button whether or not it may be pressed: a press that leaves a field may be what allows it, and a button that
  // is made anew in the middle of a press gets no click.
  // Why not is told to whoever comes by keyboard, too: it shows with the focus, and it is read out.
  return (
    <>
      <Tooltip title={why} trigger={['hover', 'focus']}>
        <Popover
          open={open && why === undefined}
          trigger={[]}
          onOpenChange={setOpen}
          destroyOnHidden
          content={
            <Asked label={props.children} onLeave={leave}>
              <Space orientation="vertical" style={{ maxWidth: 420 }}>
                {props.confirm !== undefined && <Typography.Text>{props.confirm}</Typography.Text>}
                {(props.destroys ?? 0) >= 10 && (
                  <label>
                    {t.typeCount(number)}
                    <Input value={typed} inputMode="numeric" onChange={(event) => setTyped(event.target.value)} />
                  </label>
                )}
                {error !== undefined && <ProblemView error={error} onAnew={anew} />}
                <Space>
                  {asks && (
                    <Button
                      type="primary"
                      danger={props.danger ?? false}
                      loading={busy}
                      disabled={!sure}
                      onClick={() => void act()}
                    >
                      {props.children}
                    </Button>
                  )}
                  <Button onClick={leave}>{asks ? t.cancel : t.close}</Button>
                </Space>
              </Space>
            </Asked>
          }
        >
          {button}
        </Popover>
      </Tooltip>
      {why !== undefined && (
        <span id={reason} hidden>
          {why}
        </span>
      )}
    </>
  );
}
