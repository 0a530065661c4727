/** A field that sends what was typed when it is left. */
import { Input } from 'antd';
import { useState } from 'react';

export function Typed(props: {
  id: string;
  label?: string;
  value: string;
  type?: 'time';
  width?: number;
  /** Nothing is typed for now; the focus stays. */
  busy?: boolean;
  onDone: (value: string) => void;
}) {
  const [typed, setTyped] = useState(props.value);
  const [seen, setSeen] = useState(props.value);
  if (seen !== props.value) {
    setSeen(props.value);
    setTyped(props.value);
  }
  const done = () => {
    if (typed !== props.value) props.onDone(typed);
  };
  return (
    <Input
      id={props.id}
      {...(props.label ? { 'aria-label': props.label } : {})}
      {...(props.type ? { type: props.type } : {})}
      {...(props.width ? { style: { width: props.width, maxWidth: '100%' } } : {})}
      readOnly={props.busy ?? false}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={done}
      onPressEnter={done}
    />
  );
}
