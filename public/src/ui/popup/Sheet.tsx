// The sheet that shows a popup where the map is too small for it. Its height is `--sheet`, by which phone.css moves the map
// buttons, the scale bar and the attribution.

import { type ReactNode, useLayoutEffect, useRef } from 'react';

export function Sheet({ children }: { children: ReactNode }) {
  const sheet = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = sheet;
    if (!current) return;
    const { style } = document.documentElement;
    const publish = (): void => {
      // Rounded up: a part of a pixel would cover what lies above.
      style.setProperty('--sheet', `${Math.ceil(current.getBoundingClientRect().height)}px`);
    };
    publish();
    const size = new ResizeObserver(publish);
    size.observe(current);
    return () => {
      size.disconnect();
      style.removeProperty('--sheet');
    };
  }, []);
  return (
    <div ref={sheet} className="cell-sheet">
      {children}
    </div>
  );
}
