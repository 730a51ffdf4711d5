// Measures the heat surface again whenever what it is made from changes. The newest question's answer counts.

import type { City } from '@styles/base';
import type { HeatSettings } from '@styles/heat';
import type { Measure } from '@styles/measure';
import { createCellFetcher } from './densityTiles';
import { measureOf } from './drawing';
import { measureHeat } from './heatFits';
import { cityOf, type LoadedModel } from './model';
import type { Dataset } from './published';
import type { UrlState } from './urlState';

interface Question {
  dataset: Dataset;
  city: City;
  measure: Measure;
  heat: HeatSettings;
}

export function followHeat(url: UrlState, model: LoadedModel): void {
  const fetchCells = createCellFetcher();
  let asked = '';
  const measure = async ({ dataset, city, measure, heat }: Question, name: string): Promise<void> => {
    try {
      const fits = await measureHeat(dataset, city, measure, heat, fetchCells);
      if (asked !== name) return;
      model.fitHeat(fits);
      model.dismiss('heat');
    } catch (error) {
      if (asked !== name) return;
      asked = '';
      model.fail('heat', error instanceof Error ? error.message : String(error), follow);
    }
  };
  const follow = (): void => {
    const question = questionOf(url, model);
    if (!question) return;
    const name = nameOf(question);
    if (name === asked) return;
    asked = name;
    void measure(question, name);
  };
  url.subscribe(follow);
  model.subscribe(() => asked !== '' && follow());
  follow();
}

function questionOf(url: UrlState, model: LoadedModel): Question | null {
  const state = url.get();
  const { catalog, dataset } = model.get();
  const city = catalog && cityOf(catalog, state);
  if (!(city && dataset && state.showsDensity && state.view === 'heat')) return null;
  return { dataset, city, measure: measureOf(state, dataset), heat: state.heat };
}

/** What the surface is made from; blur and maximum only colour it. */
function nameOf({ dataset, city, measure, heat }: Question): string {
  return [dataset.tileUrl, city.key, measure.kind, measure.lines, heat.radius, heat.weight].join(' ');
}
