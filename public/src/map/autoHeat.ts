// Measures the heat surface of each side again whenever what it is made from changes. The newest question's answer counts.

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

interface Question {
  dataset: Dataset;
  city: City;
  measure: Measure;
  heat: HeatSettings;
}

export function followHeat(url: UrlState, model: LoadedModel): void {
  const fetchCells = createCellFetcher();
  for (const side of ['main', 'compared'] as const) followSide(side, url, model, fetchCells);
}

function followSide(side: Side, url: UrlState, model: LoadedModel, fetchCells: FetchCells): void {
  let asked = '';
  let failed = '';
  const measure = async ({ dataset, city, measure, heat }: Question, name: string): Promise<void> => {
    try {
      const fits = await measureHeat(dataset, city, measure, heat, fetchCells);
      if (asked !== name) return;
      model.fitHeat(side, fits);
    } catch (error) {
      if (asked !== name) return;
      failed = name;
      model.fail('heat', error instanceof Error ? error.message : String(error), retry);
    }
  };
  const follow = (): void => {
    const question = questionOf(side, url, model);
    if (!question) return;
    const name = nameOf(question);
    if (name === asked) return;
    const hadFailed = failed !== '';
    [asked, failed] = [name, ''];
    if (hadFailed) model.dismiss('heat');
    void measure(question, name);
  };
  const retry = (): void => {
    asked = '';
    follow();
  };
  url.subscribe(follow);
  model.subscribe(follow);
  follow();
}

function questionOf(side: Side, url: UrlState, model: LoadedModel): Question | null {
  if (side === 'compared' && !url.get().compare) return null;
  const { state, dataset } = sideOf(side, url.get(), model.get());
  const { catalog } = model.get();
  const city = catalog && cityOf(catalog, state);
  if (!(city && dataset && state.showsDensity && state.view === 'heat')) return null;
  return { dataset, city, measure: measureOf(state, dataset), heat: state.heat };
}

/** What the surface is made from; blur and maximum only colour it. */
function nameOf({ dataset, city, measure, heat }: Question): string {
  return [dataset.tileUrl, city.key, measure.kind, measure.lines, heat.radius, heat.weight].join(' ');
}
