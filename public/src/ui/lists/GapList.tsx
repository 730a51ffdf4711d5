// The list of coverage gaps: the cells where one more vendor of the chosen line would help most.

import { lazy, Suspense, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { CoverageGap } from '../../coverage/gaps';
import type { CoverageSettings } from '../../coverage/settings';
import { lineName } from '../../i18n/texts';
import { cellAt, cellSideM } from '../../tiles/cells';
import { cityOf } from '../../view/model';
import { coverageLine, coverageSettings } from '../../view/overlayStyle';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

/** Loaded on demand. */
const AreaGaps = lazy(() => import('./AreaGaps'));

interface FoundGaps {
  gaps: CoverageGap[];
  radiusM: number;
}

/** Computed on request, then updated when filter or radii change. */
export function GapList() {
  const model = useModel('overlays', 'vendorTable', 'catalog', 'config');
  const { overlays, vendorTable, catalog } = model;
  const state = useUrl();
  const { text } = useI18n();
  const [isOpen, setOpen] = useState(false);
  const [hasTable, setTable] = useState(false);
  const line = coverageLine(state, overlays);
  const city = catalog && cityOf(catalog, state)?.key;
  if (line === null || !city || !vendorTable) return null;
  const name = overlays.find(({ overlay }) => overlay === 'coverage')?.lines[line] ?? '';
  const settings = coverageSettings(state, model);
  return (
    <>
      <div className="gaps">
        <h3>{text.gaps}</h3>
        {isOpen ? (
          <Gaps city={city} line={line} settings={settings} />
        ) : (
          <Button className="quiet" data-gaps="find" onPress={() => setOpen(true)}>
            {text.findGaps(lineName(text, name))}
          </Button>
        )}
      </div>
      <div className="gaps">
        <h3>{text.areaGaps}</h3>
        {hasTable ? (
          <Suspense fallback={<p className="hint">{text.searching}</p>}>
            <AreaGaps city={city} line={line} lineKey={name} settings={settings} />
          </Suspense>
        ) : (
          <Button className="quiet" data-gaps="areas" onPress={() => setTable(true)}>
            {text.showAreaGaps(lineName(text, name))}
          </Button>
        )}
      </div>
    </>
  );
}

interface GapsProps {
  city: string;
  line: number;
  settings: CoverageSettings;
}

function Gaps({ city, line, settings }: GapsProps) {
  const { text, format } = useI18n();
  const found = useGaps(city, line, settings);
  usePins(found?.gaps ?? NONE);
  if (!found) return <p className="hint">{text.searching}</p>;
  if (found.gaps.length === 0) return <p className="hint">{text.noGaps}</p>;
  return (
    <>
      <p className="hint">{text.gapsRule(format.kilometres(found.radiusM))}</p>
      <ol className="gap-list">
        {found.gaps.map((gap) => (
          <GapItem key={`${gap.lng} ${gap.lat}`} gap={gap} settings={settings} />
        ))}
      </ol>
    </>
  );
}

const NONE: readonly CoverageGap[] = [];

/** The list numbers its locations, and the map has a pin with the number of each. */
function usePins(gaps: readonly CoverageGap[]): void {
  const { view } = useApp();
  const { format } = useI18n();
  useEffect(
    () => view.showPins(gaps.map(({ lng, lat }, i) => ({ lng, lat, label: format.number(i + 1) }))),
    [view, gaps, format],
  );
}

/** While a slider moves, only the latest request is sent, and older responses are dropped. */
function useGaps(city: string, line: number, settings: CoverageSettings): FoundGaps | null {
  const { coverage, model } = useApp();
  const [found, setFound] = useState<FoundGaps | null>(null);
  const key = JSON.stringify(settings);
  useEffect(() => {
    let isCurrent = true;
    const update = async (): Promise<void> => {
      const next = await coverage().gaps(JSON.parse(key), city, line);
      if (isCurrent) setFound(next ?? { gaps: [], radiusM: 0 });
    };
    const timer = setTimeout(() => {
      update().catch((error: unknown) => model.fail('vendors', String(error), null));
    }, SETTLE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [coverage, model, city, line, key]);
  return found;
}

const SETTLE_MS = 150;
/** The level of grid cells: those of the tiles of zoom 12. */
const GRID_LEVEL = 18;
/** The zoom that a gap is shown at. */
const GAP_ZOOM = 13;

/** The area of the cells below target. Cells are square. */
function surfaceKm2({ cells, lat }: CoverageGap): number {
  return cells * (cellSideM(GRID_LEVEL, lat) / 1000) ** 2;
}

function GapItem({ gap, settings }: { gap: CoverageGap; settings: CoverageSettings }) {
  const { view, model, coverage } = useApp();
  const { areaList, overlays } = useModel('areaList', 'overlays');
  const { text, format } = useI18n();
  const area = areaList?.areas.find(({ id }) => id === gap.area);
  const show = async (): Promise<void> => {
    const at: [number, number] = [gap.lng, gap.lat];
    view.moveTo({ lng: gap.lng, lat: gap.lat, zoom: GAP_ZOOM }, true);
    const maxzoom = overlays.find(({ overlay }) => overlay === 'coverage')?.maxzoom ?? 0;
    const attributes = await coverage().cell(settings, cellAt(...at, maxzoom));
    if (attributes) model.pickFeature({ overlay: 'coverage', at, attributes });
  };
  return (
    <li>
      <Button
        className="gap"
        data-missing={gap.missing}
        data-cells={gap.cells}
        data-place={`${gap.lng} ${gap.lat}`}
        onPress={() => {
          show().catch((error: unknown) => model.fail('vendors', String(error), null));
        }}
      >
        <bdi>{area?.name ?? text.cell}</bdi>
        <small>{text.gapShortage(format.figure(gap.missing / gap.cells), format.figure(surfaceKm2(gap)))}</small>
        {gap.target !== null && (
          <small>
            {gap.target === 0
              ? text.gapHereZeroTarget(format.number(gap.covering))
              : text.gapHere(format.number(gap.covering), format.number(gap.target))}
          </small>
        )}
      </Button>
    </li>
  );
}
