// Computes the cells below target by area while they colour areas, again after each change of line, filter or radii.

import type { CoverageClient } from '../coverage/client';
import { chosenStat } from '../state/slices/areas';
import type { State } from '../state/state';
import type { UrlState } from '../state/urlState';
import { cityOf, type LoadedModel, type Model } from '../view/model';
import { coverageLine, coverageSettings } from '../view/overlayStyle';

/** While a slider moves, only the latest settings are computed. */
const SETTLE_MS = 150;

export function watchAreaGaps(url: UrlState, model: LoadedModel, coverage: () => CoverageClient): void {
  let asked: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const compute = async (key: string): Promise<void> => {
    const { settings, city, line } = JSON.parse(key);
    const gaps = await coverage().areaGaps(settings, city, line);
    // A later choice has its own answer.
    if (asked === key) model.setAreaGaps(gaps && new Map(gaps.map(({ area, below }) => [area, below])));
  };
  const update = (): void => {
    const key = questionOf(url.get(), model.get());
    if (key === asked) return;
    asked = key;
    clearTimeout(timer);
    // The values of another line, filter or city must not be shown as those of this one.
    if (model.get().areaGaps) model.setAreaGaps(null);
    if (key !== null) timer = setTimeout(() => void model.attempt('vendors', () => compute(key)), SETTLE_MS);
  };
  url.subscribe(update);
  model.subscribe(update);
}

/** `null` while nothing is asked, or while its data is missing. Coverage need not be shown. */
function questionOf(state: State, model: Model): string | null {
  if (chosenStat(state) !== 'gap' || !model.vendorTable || !model.catalog || !model.dataset) return null;
  const line = coverageLine(state, model.overlays) ?? lineOf(state, model);
  const city = cityOf(model.catalog, state)?.key;
  return line === null || !city ? null : JSON.stringify({ settings: coverageSettings(state, model), city, line });
}

/** Density and coverage list the same lines; the tiles of coverage may not be loaded. */
function lineOf({ lines }: State, { dataset }: Model): number | null {
  const [chosen, ...others] = lines;
  const line = chosen === undefined || others.length > 0 ? -1 : (dataset?.lines.indexOf(chosen) ?? -1);
  return line < 0 ? null : line;
}
