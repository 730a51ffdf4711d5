// Reports how this view of the page went: load time, Web Vitals, errors, used features. Anonymous numbers only: no
// identifier, no address, no position. The server can turn it off (`beacon = false`).

import { onCLS, onINP, onLCP } from 'web-vitals';
import { fetchSession } from '../data/session';
import type { State } from '../state/state';
import type { UrlState } from '../state/urlState';
import type { LoadedModel } from '../view/model';

const BEACON_URL = '/v1/beacon';

export interface Report {
  map?: number;
  lcp?: number;
  inp?: number;
  cls?: number;
  errors: number;
  used: ReadonlySet<string>;
}

/** The query of a beacon. Numbers are rounded: their digits identify no one. */
export function queryOf({ map, lcp, inp, cls, errors, used }: Report): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ map, lcp, inp })) {
    if (value !== undefined) query.set(name, String(Math.round(value)));
  }
  // In thousandths, like the times.
  if (cls !== undefined) query.set('cls', String(Math.round(cls * 1000)));
  query.set('errors', String(Math.min(errors, 100)));
  if (used.size > 0) query.set('used', [...used].sort().join(','));
  return query.toString();
}

/** The features that a state shows. */
export function featuresOf(state: State): string[] {
  return [
    state.showsDensity ? (state.view === 'cells' ? 'cells' : 'heat') : null,
    state.compare === null ? null : 'compare',
    state.overlays.includes('coverage') ? 'coverage' : null,
    state.overlays.includes('vendors') ? 'vendors' : null,
    state.overlays.includes('areas') ? 'areas' : null,
    state.overlays.includes('population') ? 'population' : null,
  ].filter((name) => name !== null);
}

/** Watches until the page is hidden, and reports once. `mapAt` is when the map showed data, in milliseconds. */
export async function startBeacon(url: UrlState, model: LoadedModel, mapAt: number): Promise<void> {
  // Offline, and on an older server, there is nothing to report to.
  const session = await fetchSession().catch(() => null);
  if (!session?.beacon) return;
  const used = new Set(featuresOf(url.get()));
  const report: Report = { map: mapAt, errors: 0, used };
  url.subscribe(() => {
    for (const feature of featuresOf(url.get())) used.add(feature);
  });
  let notices = model.get().notices.length;
  report.errors += notices;
  model.subscribe(() => {
    const { length } = model.get().notices;
    report.errors += Math.max(0, length - notices);
    notices = length;
  });
  onLCP(({ value }) => (report.lcp = value));
  onINP(({ value }) => (report.inp = value));
  onCLS(({ value }) => (report.cls = value));
  const send = (): void => {
    if (document.visibilityState !== 'hidden') return;
    removeEventListener('visibilitychange', send);
    navigator.sendBeacon(`${BEACON_URL}?${queryOf(report)}`);
  };
  addEventListener('visibilitychange', send);
}
