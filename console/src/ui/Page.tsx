/** The frame of every page: title in the tab, heading with the focus after a navigation, deeds beside it. */
import { Flex, Typography } from 'antd';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

export function Page(props: { title: string; tag?: ReactNode; deeds?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLDivElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = `${props.title} · idflow`;
  }, [props.title]);
  // Only another page takes the focus; a drawer or a filter in the query does not.
  useEffect(() => {
    if (pathname) heading.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <Flex vertical gap={16}>
      <Flex wrap gap={12} align="center" justify="space-between">
        <Flex gap={12} align="center" wrap ref={heading} tabIndex={-1} className="page-heading">
          <Typography.Title level={1} style={{ margin: 0, fontSize: 22 }}>
            {props.title}
          </Typography.Title>
          {props.tag}
        </Flex>
        {props.deeds && (
          <Flex gap={8} wrap>
            {props.deeds}
          </Flex>
        )}
      </Flex>
      {props.children}
    </Flex>
  );
}
