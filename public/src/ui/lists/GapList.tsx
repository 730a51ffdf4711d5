// Where one more vendor of the chosen line would help most: a ranked list, each place a press away.

import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Need } from '../../coverage/gaps';
import type { ReachSettings } from '../../coverage/settings';
import { lineName } from '../../i18n/texts';
import { cellAt, cellSideM } from '../../tiles/cells';
import { cityOf } from '../../view/model';
import { coverageLine, reachSettings } from '../../view/overlayStyle';
import { useApp, useModel, useUrl, useWords } from '../hooks/context';

interface Found {
  needs: Need[];
  radiusM: number;
}

/** Asked for by hand, and then kept true while filter and radii change. */
export function NeedsList() {
  const model = useModel('overlays', 'vendorTable', 'catalog', 'config');
  const { overlays, vendorTable, catalog } = model;
  const state = useUrl();
  const { text } = useWords();
  const [isOpen, setOpen] = useState(false);
  const line = coverageLine(state, overlays);
  const city = catalog && cityOf(catalog, state)?.key;
  if (line === null || !city || !vendorTable) return null;
  const name = overlays.find(({ overlay }) => overlay === 'coverage')?.lines[line] ?? '';
  return (
    <div className="needs">
      <h3>{text.needs}</h3>
      {isOpen ? (
        <Needs city={city} line={line} settings={reachSettings(state, model)} />
      ) : (
        <Button className="quiet" data-needs="ask" onPress={() => setOpen(true)}>
          {text.needsAsk(lineName(text, name))}
        </Button>
      )}
    </div>
  );
}

interface NeedsProps {
  city: string;
  line: number;
  settings: ReachSettings;
}

function Needs({ city, line, settings }: NeedsProps) {
  const { text, format } = useWords();
  const found = useNeeds(city, line, settings);
  if (!found) return <p className="hint">{text.searching}</p>;
  if (found.needs.length === 0) return <p className="hint">{text.needsNone}</p>;
  return (
    <>
      <p className="hint">{text.needsRule(format.kilometres(found.radiusM))}</p>
      <ol className="need-list">
        {found.needs.map((need) => (
          <NeedRow key={`${need.lng} ${need.lat}`} need={need} settings={settings} />
        ))}
      </ol>
    </>
  );
}

/** While a slider moves, the worker answers the last question only; older answers are dropped. */
function useNeeds(city: string, line: number, settings: ReachSettings): Found | null {
  const { reach, model } = useApp();
  const [found, setFound] = useState<Found | null>(null);
  const key = JSON.stringify(settings);
  useEffect(() => {
    let isCurrent = true;
    const ask = async (): Promise<void> => {
      const next = await reach().needs(JSON.parse(key), city, line);
      if (isCurrent) setFound(next ?? { needs: [], radiusM: 0 });
    };
    const timer = setTimeout(() => {
      ask().catch((error: unknown) => model.fail('vendors', String(error), null));
    }, SETTLE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [reach, model, city, line, key]);
  return found;
}

const SETTLE_MS = 150;
/** Level of the cells of the grid: those of tiles of zoom 12. */
const GRID_LEVEL = 18;
/** From here on a cell of the grid has a tile of its own. */
const NEED_ZOOM = 13;

/** Of the cells that are below their target; as high as they are wide. */
function surfaceKm2({ cells, lat }: Need): number {
  return cells * (cellSideM(GRID_LEVEL, lat) / 1000) ** 2;
}

function NeedRow({ need, settings }: { need: Need; settings: ReachSettings }) {
  const { view, model, reach } = useApp();
  const { areaList, overlays } = useModel('areaList', 'overlays');
  const { text, format } = useWords();
  const area = areaList?.areas.find(({ id }) => id === need.area);
  const show = async (): Promise<void> => {
    const at: [number, number] = [need.lng, need.lat];
    view.moveTo({ lng: need.lng, lat: need.lat, zoom: NEED_ZOOM }, true);
    const maxzoom = overlays.find(({ overlay }) => overlay === 'coverage')?.maxzoom ?? 0;
    const attributes = await reach().cell(settings, cellAt(...at, maxzoom));
    if (attributes) model.pickFeature({ overlay: 'coverage', at, attributes });
  };
  return (
    <li>
      <Button
        className="need"
        data-missing={need.missing}
        data-cells={need.cells}
        data-place={`${need.lng} ${need.lat}`}
        onPress={() => {
          show().catch((error: unknown) => model.fail('vendors', String(error), null));
        }}
      >
        <bdi>{area?.name ?? text.cell}</bdi>
        <small>{text.needOf(format.figure(need.missing / need.cells), format.figure(surfaceKm2(need)))}</small>
        {need.target !== null && (
          <small>{text.needHere(format.number(need.covering), format.number(need.target))}</small>
        )}
      </Button>
    </li>
  );
}
