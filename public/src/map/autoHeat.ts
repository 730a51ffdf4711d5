// Measures the heat surface of each side again whenever its inputs change. Only the latest measurement counts.

import type { City } from '@styles/base';
import type { HeatSettings } from '@styles/heat';
import type { Measure } from '@styles/measure';
import type { Dataset } from '../data/tileJson';
import { type Side, sideOf } from '../state/sides';
import type { UrlState } from '../state/urlState';
import { createCellFetcher, type FetchCells } from '../tiles/densityTiles';
import { measureOf } from '../view/densityStyle';
import { cityOf, type LoadedModel } from '../view/model';
import { measureHeat } from './heatFits';

interface HeatInputs {
  dataset: Dataset;
  city: City;
  measure: Measure;
  heat: HeatSettings;
}

export function startAutoHeat(url: UrlState, model: LoadedModel): void {
  const fetchCells = createCellFetcher();
  for (const side of ['main', 'compared'] as const) watchSide(side, url, model, fetchCells);
}

function watchSide(side: Side, url: UrlState, model: LoadedModel, fetchCells: FetchCells): void {
  let measuredKey = '';
  let failedKey = '';
  const measure = async ({ dataset, city, measure, heat }: HeatInputs, key: string): Promise<void> => {
    try {
      const fits = await measureHeat(dataset, city, measure, heat, fetchCells);
      if (measuredKey !== key) return;
      model.fitHeat(side, fits);
    } catch (error) {
      if (measuredKey !== key) return;
      failedKey = key;
      model.fail('heat', error instanceof Error ? error.message : String(error), retry);
    }
  };
  const follow = (): void => {
    const inputs = inputsOf(side, url, model);
    if (!inputs) return;
    const key = keyOf(inputs);
    if (key === measuredKey) return;
    const hadFailed = failedKey !== '';
    [measuredKey, failedKey] = [key, ''];
    if (hadFailed) model.dismiss('heat');
    void measure(inputs, key);
  };
  const retry = (): void => {
    measuredKey = '';
    follow();
  };
  url.subscribe(follow);
  model.subscribe(follow);
  follow();
}

function inputsOf(side: Side, url: UrlState, model: LoadedModel): HeatInputs | null {
  if (side === 'compared' && !url.get().compare) return null;
  const { state, dataset } = sideOf(side, url.get(), model.get());
  const { catalog } = model.get();
  const city = catalog && cityOf(catalog, state);
  if (!(city && dataset && state.showsDensity && state.view === 'heat')) return null;
  return { dataset, city, measure: measureOf(state, dataset), heat: state.heat };
}

/** Identifies the inputs of the surface. Blur and maximum only change its colours. */
function keyOf({ dataset, city, measure, heat }: HeatInputs): string {
  return [dataset.tileUrl, city.key, measure.kind, measure.lines, heat.radius, heat.weight].join(' ');
}
