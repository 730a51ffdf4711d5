import { parseState } from '../state/state';
import type { Model } from './model';
import { unknownChoices } from './unknownChoices';

const model = {
  catalog: {
    cities: [{ key: 'tehran' }],
    layers: [
      { layer: 'density', slot: '30d' },
      { layer: 'vendors', slot: '90d' },
    ],
  },
  dataset: { lines: ['Cafe'] },
  config: { defaults: { lines: ['Pharmacy'], window: '14d' } },
} as unknown as Model;
const at = (hash: string) => parseState(hash, { lang: 'en', theme: 'day' });

test('lines, the city and the window of the address that the map does not have are found', () => {
  expect(unknownChoices(at('#city=atlantis&window=90d&line=Cafe&line=Moon'), model)).toEqual({
    lines: ['Moon'],
    city: 'atlantis',
    window: '90d',
  });
  const none = { lines: [], city: null, window: null };
  expect(unknownChoices(at('#city=tehran&window=30d&line=Cafe'), model)).toEqual(none);
  expect(unknownChoices(at(''), model)).toEqual(none);
});

test('defaults of the configuration are not reported, and nothing is before it has loaded', () => {
  const none = { lines: [], city: null, window: null };
  expect(unknownChoices(at('#window=14d&line=Pharmacy'), model)).toEqual(none);
  const early = { ...model, catalog: null, dataset: null };
  expect(unknownChoices(at('#city=atlantis&window=90d&line=Moon'), early)).toEqual(none);
});
