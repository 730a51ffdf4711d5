// The panel that shows what was picked, next to the map's own controls. It opens over the half of the map where the picked
// place is not, so nothing has to move.

import { type ReactNode, useLayoutEffect, useState } from 'react';
import { useApp, useUrl } from '../hooks/context';

interface SidePanelProps {
  /** The picked place. */
  at: readonly [number, number];
  /** Whether the place is marked; a cell has an outline of its own. */
  isMarked: boolean;
  children: ReactNode;
}

export function SidePanel({ at: [lng, lat], isMarked, children }: SidePanelProps) {
  const { view } = useApp();
  const { lang } = useUrl('lang');
  const [side, setSide] = useState<'start' | 'end'>('start');
  useLayoutEffect(() => {
    const { map } = view;
    const isLeft = map.project([lng, lat]).x < map.getContainer().clientWidth / 2;
    // The settings are at the start of the page: on the left in English, on the right in Persian.
    setSide(isLeft === (lang === 'en') ? 'end' : 'start');
  }, [view, lng, lat, lang]);
  useLayoutEffect(() => (isMarked ? view.ring([lng, lat]) : undefined), [view, lng, lat, isMarked]);
  return (
    <aside className="side-panel card" data-side={side}>
      {children}
    </aside>
  );
}
