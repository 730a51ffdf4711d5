// The divider of a comparison, moved by pointer or by keys, and the names of the sides.

import { type KeyboardEvent, type PointerEvent, useEffect } from 'react';
import { holidaysIn } from '../../data/time/holidays';
import { dividerX, openCompareMap } from '../../map/compareMap';
import { type Side, sideOf } from '../../state/sides';
import { type Comparison, DIVIDER } from '../../state/slices/compare';
import { Sideways } from '../controls/icons';
import { useApp, useI18n, useModel, useStore, useUrl } from '../hooks/context';

export function Compare() {
  const { showsDensity, compare } = useUrl('showsDensity', 'compare');
  return showsDensity && compare && <PositionedDivider compare={compare} />;
}

function PositionedDivider({ compare }: { compare: Comparison }) {
  const app = useApp();
  useEffect(() => openCompareMap(app), [app]);
  // The size and the padding of the map are not React state, but they always change with the camera.
  useStore(app.view.camera);
  const { text } = useI18n();
  const x = dividerX(app.view, compare);
  return (
    <section className="swipe" style={{ left: x }} aria-label={text.compare}>
      <Divider compare={compare} x={x} />
      <SideName side="main" />
      <SideName side="compared" />
    </section>
  );
}

function Divider({ compare, x }: { compare: Comparison; x: number }) {
  const { url, view } = useApp();
  const { text, format } = useI18n();
  const width = view.map.getContainer().clientWidth;
  const share = x / width;
  const moveTo = (to: number): void => {
    const divider = Math.round(Math.min(Math.max(to, DIVIDER.min), DIVIDER.max) * 1000) / 1000;
    url.follow({ compare: { ...compare, divider } });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = keyTarget(event.key, share);
    if (to === null) return;
    event.preventDefault();
    moveTo(to);
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) moveTo(event.clientX / width);
  };
  return (
    <div
      className="divider"
      role="slider"
      tabIndex={0}
      aria-label={text.divider}
      aria-valuemin={DIVIDER.min * 100}
      aria-valuemax={DIVIDER.max * 100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={text.dividerAt(format.percent(share))}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
    >
      <span className="divider-grip">
        <Sideways />
      </span>
    </div>
  );
}

/** Left and right are the same in every language, and so are the arrow keys. */
function keyTarget(key: string, share: number): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return share - DIVIDER.step;
    case 'ArrowRight':
    case 'ArrowUp':
      return share + DIVIDER.step;
    case 'Home':
      return DIVIDER.min;
    case 'End':
      return DIVIDER.max;
    default:
      return null;
  }
}

export function SideName({ side }: { side: Side }) {
  const model = useModel();
  const { state, dataset } = sideOf(side, useUrl(), model);
  const { text, format } = useI18n();
  if (!dataset) return null;
  const { from, to } = dataset.layer;
  return (
    <p className="side-name card" data-side={side} dir={state.lang === 'fa' ? 'rtl' : 'ltr'}>
      <strong>{text.kinds[state.kind]}</strong>
      <span>{format.days(from, to)}</span>
      {holidaysIn(model.catalog?.holidays ?? [], from, to).length > 0 && <span>{text.hasHolidays}</span>}
    </p>
  );
}
