/** A way to another page that stands among buttons, and looks like one; it is a link all the same, and opens in another tab too. */
import { Button } from 'antd';
import type { MouseEvent, ReactNode } from 'react';
import { useHref, useNavigate } from 'react-router';

export function GoTo(props: { to: string; primary?: boolean; children: ReactNode }) {
  const href = useHref(props.to);
  const navigate = useNavigate();
  const go = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate(props.to);
  };
  return (
    <Button href={href} type={props.primary ? 'primary' : 'default'} onClick={go}>
      {props.children}
    </Button>
  );
}
