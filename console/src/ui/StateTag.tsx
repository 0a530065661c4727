/** In which state is it? Icon, word and colour together. */
import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  CloseCircleOutlined,
  ExclamationCircleOutlined,
  MinusCircleOutlined,
} from '@ant-design/icons';
import { Tag } from 'antd';
import type { ReactNode } from 'react';

import { useSay } from '#/texts/language';
import { type Look, type RunLike, runLook, runStates } from '#/texts/states';

const icons = {
  good: <CheckCircleOutlined />,
  bad: <CloseCircleOutlined />,
  warn: <ExclamationCircleOutlined />,
  busy: <ClockCircleOutlined />,
  quiet: <MinusCircleOutlined />,
} as const;

const colours = { good: 'success', bad: 'error', warn: 'warning', busy: 'processing', quiet: 'default' } as const;

/** A state that the table does not know is shown as it came: a newer server may have more. */
export function StateTag(props: { state: string | null | undefined; of: Record<string, Look>; children?: ReactNode }) {
  const look = props.state ? props.of[props.state] : undefined;
  if (look === undefined) return <Tag>{props.state ?? '—'}</Tag>;
  return <LookTag look={look}>{props.children}</LookTag>;
}

/** How does a run stand? What only planned is told as a plan. */
export function RunTag(props: { run: RunLike }) {
  // A state that a newer server has is shown as it came.
  if (!Object.hasOwn(runStates, props.run.status)) return <Tag>{props.run.status}</Tag>;
  return <LookTag look={runLook(props.run)} />;
}

function LookTag(props: { look: Look; children?: ReactNode }) {
  const say = useSay();
  const { look } = props;
  return (
    <Tag color={colours[look.tone]} icon={icons[look.tone]} style={{ marginInlineEnd: 0 }}>
      {say(look)}
      {props.children}
    </Tag>
  );
}
