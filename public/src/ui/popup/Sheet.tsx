// The sheet that shows a popup where the map is too small for it. Its height is `--sheet`, by which phone.css moves the map
// buttons, the scale bar and the attribution. It is dragged down to close and up to grow.

import type { Map as MapLibreMap } from 'maplibre-gl';
import { type ReactNode, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import { useApp } from '../hooks/context';
import { isLeftLow, useDrag } from '../hooks/useDrag';

interface SheetProps {
  /** The picked place, which the sheet does not cover. */
  at: readonly [number, number];
  close(): void;
  children: ReactNode;
}

export function Sheet({ at, close, children }: SheetProps) {
  const { view } = useApp();
  const sheet = useRef<HTMLDivElement>(null);
  const [isTall, setTall] = useState(false);
  const keepVisible = useEffectEvent((box: DOMRect): void => uncover(view.map, at, box));
  useLayoutEffect(() => {
    const { current } = sheet;
    if (!current) return;
    const { style } = document.documentElement;
    const publish = (): void => {
      // Rounded up: a part of a pixel would cover what lies above.
      style.setProperty('--sheet', `${Math.ceil(current.getBoundingClientRect().height)}px`);
      keepVisible(current.getBoundingClientRect());
    };
    publish();
    const size = new ResizeObserver(publish);
    size.observe(current);
    return () => {
      size.disconnect();
      style.removeProperty('--sheet');
    };
  }, []);
  const [lng, lat] = at;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another place in a sheet of the same height
  useLayoutEffect(() => {
    if (sheet.current) keepVisible(sheet.current.getBoundingClientRect());
  }, [lng, lat]);
  useDrag(sheet, {
    startsAt: (target) => target.closest('.sheet-grip, header') !== null,
    move(downPx) {
      if (sheet.current) sheet.current.style.translate = `0 ${Math.max(downPx, -MAX_LIFT_PX)}px`;
    },
    end(downPx, speed) {
      if (!sheet.current) return;
      sheet.current.style.translate = '';
      const isLow = isLeftLow(speed, downPx > sheet.current.clientHeight / 3);
      if (downPx > 0 && isLow && !isTall) close();
      else if (downPx > 0 && isLow) setTall(false);
      else if (downPx < -MAX_LIFT_PX / 2 || speed < 0) setTall(true);
    },
  });
  return (
    <div ref={sheet} className="cell-sheet" data-tall={isTall}>
      <div className="sheet-grip" aria-hidden="true">
        <span className="grip-bar" />
      </div>
      {children}
    </div>
  );
}

/** A sheet that is pulled up follows this far. */
const MAX_LIFT_PX = 40;

/** The least distance of the picked place from the edge of the sheet: above the row of map buttons. */
const CLEAR_PX = 112;

/** Moves the map as far as the sheet would cover the place. A movement of the user goes on. */
function uncover(map: MapLibreMap, [lng, lat]: readonly [number, number], sheet: DOMRect): void {
  const { x, y } = map.project([lng, lat]);
  const isBeside = x < sheet.left || x > sheet.right;
  const covered = isBeside ? 0 : y - (sheet.top - CLEAR_PX);
  if (covered > 0 && !map.isMoving()) map.panBy([0, covered], { animate: false });
}
