/** A value to take elsewhere. Over plain HTTP there is no clipboard: then the text is selected. */
import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { Button, Typography } from 'antd';
import { useRef, useState } from 'react';

import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';

export function CopyLine(props: { value: string; label?: string; quiet?: boolean }) {
  const t = useTexts(common);
  const shown = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.value);
      setCopied(true);
    } catch {
      const range = document.createRange();
      if (shown.current) range.selectNodeContents(shown.current);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(range);
    }
  };
  const name = copied ? t.copied : props.label ? `${t.copy} ${props.label}` : t.copy;
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 4, maxWidth: '100%' }}>
      <Typography.Text code={!props.quiet} ref={shown} style={{ overflowWrap: 'anywhere' }} data-value>
        {props.value}
      </Typography.Text>
      <Button
        size="small"
        type="text"
        aria-label={name}
        title={name}
        icon={copied ? <CheckOutlined /> : <CopyOutlined />}
        onClick={() => void copy()}
      />
    </span>
  );
}
