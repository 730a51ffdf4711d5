import { EVERY_VENDOR } from '@styles/vendorFilter';
import type { CoverageClient } from '../coverage/client';
import { DEFAULT_CONFIG } from '../data/config';
import { createStore } from '../lib/store';
import { parseState, type State } from '../state/state';
import type { LoadedModel, Model } from '../view/model';
import { openCoveragePick } from './coveragePick';

test('only the response to the latest of several requests is shown, in any order of arrival', async () => {
  const picked = { overlay: 'coverage', at: [51.4, 35.7], attributes: { total: 9 } } as const;
  const overlays = [{ overlay: 'coverage', minzoom: 6, maxzoom: 12 }];
  const store = createStore({
    pickedFeature: picked,
    overlays,
    config: DEFAULT_CONFIG,
    vendorTable: { city: '', url: '', vendors: [], names: {}, gradeRadii: null },
  });
  const model = {
    get: store.get,
    pickFeature: (pickedFeature: unknown) => store.set({ ...store.get(), pickedFeature } as never),
    fail: (_: string, detail: string) => {
      throw new Error(detail);
    },
  } as unknown as LoadedModel;
  const resolvers: ((total: number) => void)[] = [];
  const cell = (): Promise<object> => new Promise((resolve) => resolvers.push((total) => resolve({ total })));
  const live = openCoveragePick(model, () => ({ cell }) as unknown as CoverageClient);
  const state: State = { ...parseState('', { lang: 'en', theme: 'day' }), vendorFilter: EVERY_VENDOR };
  for (let i = 0; i < 3; i += 1) live.update(state, 13.4, true);
  expect(resolvers).toHaveLength(3);
  for (const [i, total] of [
    [0, 1],
    [2, 3],
    [1, 2],
  ] as const) {
    resolvers[i]?.(total);
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect((store.get() as unknown as Model).pickedFeature?.attributes).toEqual({ total: 3 });
});
