// The legend of density, with the limits and colours of the drawn layer.

import { classesFor, classOf, legendRows, type ZoomClasses } from '@styles/classes';
import { SOURCE_LAYER } from '@styles/density';
import { colourOf, type HeatSettings, heatStops } from '@styles/heat';
import { type CellAttributes, hasBounds, type Measure, measureRange } from '@styles/measure';
import { CELL_LEVELS, type Ramp, THEMES, type Theme, TOKENS } from '@styles/tokens';
import { type ComponentType, lazy, Suspense, useMemo } from 'react';
import type { Dataset } from '../../data/tileJson';
import { type Side, sideOf } from '../../state/sides';
import type { State } from '../../state/state';
import { cellSideM } from '../../tiles/cells';
import {
  classesOf,
  DENSITY_SOURCES,
  drawsUntold,
  drawsWithheld,
  hasCityLimits,
  measureOf,
} from '../../view/densityStyle';
import { densityDrawing } from '../../view/fills';
import { cityNameOf, linesOf } from '../../view/summary';
import { useApp, useI18n, useModel, useStore, useUrl } from '../hooks/context';
import { useClassCounts } from '../hooks/useClassCounts';
import { ClassRow } from './ClassRow';
import { StripClasses } from './StripClasses';

interface LegendFacts {
  state: State;
  classes: ZoomClasses;
  measure: Measure;
  ramp: Ramp;
  dataset: Dataset;
}

function useLegend(side: Side): LegendFacts | null {
  const { view } = useApp();
  const model = useModel();
  const url = useUrl();
  const { state, dataset } = useMemo(() => sideOf(side, url, model), [side, url, model]);
  const zoom = Math.floor(useStore(view.camera).zoom);
  const { catalog } = model;
  const zooms = useMemo(() => (dataset ? classesOf(state, dataset, catalog) : []), [state, dataset, catalog]);
  const classes = classesFor(zooms, zoom);
  if (!dataset || !classes || densityDrawing(state) === 'none') return null;
  return { state, classes, measure: measureOf(state, dataset), ramp: THEMES[state.theme].ramps[state.kind], dataset };
}

/** Loaded with the first growth. */
const GrowthLegend = lazy(() => import('./GrowthLegend'));

/** One legend; in a comparison, one for each side. */
export function Legends() {
  return useShowsGrowth() ? (
    <Suspense>
      <GrowthLegend />
    </Suspense>
  ) : (
    <EachSide of={Legend} />
  );
}

/** The legend in one line, for the closed sheet on phones; in a comparison, one line for each side. */
export function LegendStrips() {
  return useShowsGrowth() ? (
    <Suspense>
      <GrowthLegend isStrip={true} />
    </Suspense>
  ) : (
    <EachSide of={LegendStrip} />
  );
}

function useShowsGrowth(): boolean {
  const { growth } = useUrl('growth');
  const { dataset } = useModel('dataset');
  return growth !== null && dataset?.growth !== undefined;
}

function EachSide({ of: One }: { of: ComponentType<{ side: Side }> }) {
  const { compare } = useUrl('compare');
  return (
    <>
      <One side="main" />
      {compare && <One side="compared" />}
    </>
  );
}

function Legend({ side }: { side: Side }) {
  const { text, format } = useI18n();
  const { compare } = useUrl('compare');
  const { catalog } = useModel('catalog');
  const facts = useLegend(side);
  if (!facts) return null;
  const { state, classes, measure, ramp, dataset } = facts;
  const { view, kind, heat } = state;
  const showsWithheld = drawsWithheld(state, dataset);
  const minUsers = format.number(dataset.minUsers);
  return (
    <section
      className="legend card"
      aria-label={compare ? `${text.legend}: ${text.sides[side]}` : text.legend}
      data-side={side}
      data-zoom={classes.zoom}
      data-compared={compare !== null}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
    >
      <h2>{text.kindsLong[kind]}</h2>
      <p className="muted">
        {compare && `${text.sides[side]} · `}
        {cityNameOf(state, catalog)} · {format.days(dataset.layer.from, dataset.layer.to)}
      </p>
      <p className="muted">{linesOf(state, dataset, { text, format }) ?? text.allLines}</p>
      {densityDrawing(state) === 'outlines' && <p className="important">{text.asOutlines}</p>}
      {drawsUntold(state, dataset) && <UntoldLegend theme={state.theme} />}
      {view === 'cells' ? <ClassRows side={side} facts={facts} /> : <HeatRow ramp={ramp} heat={heat} />}
      <div className="notes">
        <p>
          <CellSize level={classes.zoom + CELL_LEVELS} />
        </p>
        {view === 'heat' && (
          <p>
            {heat.weight === 'classic'
              ? text.heatClassic(format.number(classes.p05), format.number(classes.p95))
              : text.heatFull(format.number(classes.p99))}
          </p>
        )}
        {measure.lines.length <= 1 ? (
          view === 'cells' && <p>{text.busiest(format.number(classes.busiest))}</p>
        ) : (
          <p>{text.severalLines}</p>
        )}
        {hasBounds(measure) && <p className="important">{text.boundsNote}</p>}
        {showsWithheld && <WithheldLegend ramp={ramp} />}
        {dataset.minUsers > 1 && (
          <p className="important">{showsWithheld ? text.withheldDrawn(minUsers) : text.withheld(minUsers)}</p>
        )}
        {view === 'cells' && (
          <p>{text.limitsNote(hasCityLimits(state, dataset, catalog) ? cityNameOf(state, catalog) : null)}</p>
        )}
      </div>
    </section>
  );
}

function ClassRows({ side, facts: { classes, ramp, measure, dataset } }: { side: Side; facts: LegendFacts }) {
  const { text, format } = useI18n();
  // The cells of the other map of a comparison are not counted.
  const counts = useClassCounts(
    JSON.stringify([classes, measure, dataset.tileUrl]),
    side === 'main'
      ? {
          source: DENSITY_SOURCES.squares,
          sourceLayer: SOURCE_LAYER,
          length: classes.limits.length,
          classOf: (cell) => classOfCell(cell, measure, classes),
        }
      : null,
  );
  const rows = legendRows(classes, ramp);
  return (
    <ol className="classes">
      {rows.map(({ colour, from, to }, i) => (
        <ClassRow
          key={from}
          layer="density"
          index={rows.length - 1 - i}
          colour={colour}
          from={from}
          limits={
            to === null
              ? text.andMore(format.number(from))
              : from === to
                ? format.number(from)
                : text.range(format.number(from), format.number(to))
          }
          counts={counts}
          counted={(n) => text.cellsInView(format.number(n))}
        >
          <span className="word">{text.classLabels[ramp.indexOf(colour)]}</span>
        </ClassRow>
      ))}
    </ol>
  );
}

function classOfCell(cell: CellAttributes, measure: Measure, classes: ZoomClasses): number | null {
  const { min } = measureRange(cell, measure);
  return min > 0 ? classOf(classes, min) : null;
}

/** The colour of cells that withhold the chosen lines. */
function UntoldLegend({ theme }: { theme: Theme }) {
  const { text } = useI18n();
  return (
    <p className="neutral-key" data-key="untold">
      <span className="key" style={{ background: THEMES[theme].border }} />
      {text.untold}
    </p>
  );
}

/** The colours of withheld counts, with the opacity that the map uses. */
function WithheldLegend({ ramp }: { ramp: Ramp }) {
  const { text } = useI18n();
  const background = `linear-gradient(to var(--end), ${ramp.join(', ')})`;
  return (
    <p className="pale-key">
      <span className="bar" style={{ background, opacity: TOKENS.withheldOpacity.plain }} />
      {text.withheldOrders}
    </p>
  );
}

function HeatRow({ ramp, heat }: { ramp: Ramp; heat: HeatSettings }) {
  const { text } = useI18n();
  return (
    <div className="gradient">
      <span className="bar" style={{ background: heatGradient(ramp, heat) }} />
      <span>{text.few}</span>
      <span>{text.many}</span>
    </div>
  );
}

function heatGradient(ramp: Ramp, { blur }: HeatSettings): string {
  const stops = heatStops(ramp, blur).map((stop) => `${colourOf(stop)} ${stop.at * 100}%`);
  return `linear-gradient(to var(--end), ${stops.join(', ')})`;
}

/** The size of a cell at the latitude of the map's centre: cells are smaller further north. */
function CellSize({ level }: { level: number }) {
  const { view } = useApp();
  const { text, format } = useI18n();
  const { lat } = useStore(view.camera);
  return text.cellSize(format.length(cellSideM(level, lat)));
}

function LegendStrip({ side }: { side: Side }) {
  const { text, format } = useI18n();
  const { compare } = useUrl('compare');
  const facts = useLegend(side);
  if (!facts) return null;
  const { view, kind, heat } = facts.state;
  const { from, to } = facts.dataset.layer;
  const name = compare ? `${text.sides[side]}: ${text.kinds[kind]} · ${format.days(from, to)}` : text.kindsLong[kind];
  return (
    <div className="strip" data-side={side} aria-hidden="true">
      <span className="strip-title">{name}</span>
      {view === 'heat' ? (
        <span className="bar" style={{ background: heatGradient(facts.ramp, heat) }} />
      ) : (
        <StripClasses rows={legendRows(facts.classes, facts.ramp).reverse()} write={format.number} />
      )}
    </div>
  );
}
