// The tooltip below the pointer and the highlight of what it describes. Loaded after the controls.

import { useEffect } from 'react';
import { type Hovered, outlineArea } from '../../map/hover';
import { cellAt, cellSquare } from '../../tiles/cells';
import { tooltipOf } from '../../view/tooltip';
import { useApp, useI18n, useModel, useStore, useUrl } from '../hooks/context';

/** The distance of the tooltip from the pointer, and the size that it may need. */
const GAP_PX = 14;
const ROOM = { width: 270, height: 64 };

export default function Hover() {
  const { view } = useApp();
  const hovered = useStore(view.hovered);
  const state = useUrl();
  const model = useModel();
  const i18n = useI18n();
  useAreaOutline(hovered);
  if (!hovered) return null;
  const tooltip = tooltipOf(hovered, state, model, i18n);
  if (!tooltip) return null;
  const { clientWidth, clientHeight } = view.map.getContainer();
  const left = hovered.x + GAP_PX + ROOM.width > clientWidth ? hovered.x - GAP_PX - ROOM.width : hovered.x + GAP_PX;
  const top = hovered.y + GAP_PX + ROOM.height > clientHeight ? hovered.y - GAP_PX - ROOM.height : hovered.y + GAP_PX;
  return (
    <>
      <Highlight hovered={hovered} />
      <div className="tooltip" role="status" style={{ left, top }}>
        <strong dir="auto">{tooltip.figure}</strong>
        {tooltip.label}
      </div>
    </>
  );
}

/** The map is never rotated, so a cell is a box on the screen. */
function Highlight({ hovered }: { hovered: Hovered }) {
  const { view } = useApp();
  const { overlays } = useModel('overlays');
  const { cell, feature, lng, lat } = hovered;
  if (feature?.overlay === 'vendors') return <Circle at={feature.at} />;
  if (feature?.overlay === 'areas') return null;
  const tiles = overlays.find(({ overlay }) => overlay === 'coverage');
  const zoom = Math.min(Math.max(Math.floor(view.map.getZoom()), tiles?.minzoom ?? 0), tiles?.maxzoom ?? 0);
  const [ring = []] = cellSquare(cell?.address ?? cellAt(lng, lat, zoom)).coordinates;
  const corners = ring.map(([x = 0, y = 0]) => view.map.project([x, y]));
  const [left, top] = [Math.min(...corners.map(({ x }) => x)), Math.min(...corners.map(({ y }) => y))];
  const [width, height] = [Math.max(...corners.map(({ x }) => x)) - left, Math.max(...corners.map(({ y }) => y)) - top];
  return <div className="hovered" style={{ left, top, width, height }} />;
}

const CIRCLE_PX = 20;

function Circle({ at }: { at: readonly [number, number] }) {
  const { view } = useApp();
  const { x, y } = view.map.project([...at]);
  const half = CIRCLE_PX / 2;
  return (
    <div
      className="hovered"
      data-round={true}
      style={{ left: x - half, top: y - half, width: CIRCLE_PX, height: CIRCLE_PX }}
    />
  );
}

function useAreaOutline(hovered: Hovered | null): void {
  const { view } = useApp();
  const { theme } = useUrl('theme');
  const id = hovered?.feature?.overlay === 'areas' ? Number(hovered.feature.attributes.id) : null;
  useEffect(() => {
    if (id === null) return;
    outlineArea(view.map, id, theme === 'day' ? '#101418' : '#ffffff');
    return () => outlineArea(view.map, null, '');
  }, [view, id, theme]);
}
