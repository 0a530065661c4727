/** What stands where nothing is? The next step; "nothing matches" is not "nothing there". */
import { Button, Empty, Typography } from 'antd';
import type { ReactNode } from 'react';

import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';

export function Nothing(props: {
  title: ReactNode;
  next?: ReactNode;
  onClear?: (() => void) | undefined;
  small?: boolean;
}) {
  const t = useTexts(common);
  if (props.small) {
    return (
      <Typography.Text type="secondary">
        {props.title} {props.next}
      </Typography.Text>
    );
  }
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={props.onClear ? t.nothing : props.title}>
      {props.onClear ? <Button onClick={props.onClear}>{t.clear}</Button> : props.next}
    </Empty>
  );
}
