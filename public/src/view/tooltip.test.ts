import { formatFor } from '../i18n/format';
import { TEXTS } from '../i18n/texts';
import { parseState } from '../state/state';
import type { Cell, Model, PickedFeature } from './model';
import { tooltipOf } from './tooltip';

const model = {
  dataset: { layer: { slot: '30d' }, lines: ['Restaurant', 'Cafe', 'Bakery'] },
  compared: null,
  overlays: [{ overlay: 'coverage', lines: ['Restaurant', 'Cafe', 'Bakery'] }],
  areaList: { city: 'tehran', areas: [{ id: 7, kind: 'region', name: 'منطقه ۶', population: 120_000 }] },
} as unknown as Model;

function tooltipAt(hash: string, found: { cell?: Partial<Cell>; feature?: Partial<PickedFeature> }) {
  const state = parseState(hash, { lang: 'en', theme: 'day' });
  const { cell = null, feature = null } = found as { cell?: Cell; feature?: PickedFeature };
  const i18n = { text: TEXTS.en, format: formatFor('en', 'UTC') };
  return tooltipOf({ cell, feature, side: 'main' }, state, model, i18n);
}

test('a cell has the figure that colours it, with its lines', () => {
  const cell = { attributes: { orders: 1234, organic: 9, users: 50, l1: 20, u1: 12, u2: 3 }, remainderOf: null };
  expect(tooltipAt('', { cell })).toEqual({ figure: '1,234', label: 'Orders per cell' });
  expect(tooltipAt('#line=Cafe', { cell })).toEqual({ figure: '20', label: 'Orders per cell · Cafe' });
  expect(tooltipAt('#kind=users&line=Cafe&line=Bakery', { cell })?.figure).toBe('12 to 15');
  expect(tooltipAt('', { cell: { ...cell, remainderOf: 40 } })?.label).toBe('Withheld orders');
});

test('coverage has the ratio of one line, the sum of several, or says why there is no ratio', () => {
  const coverage = (attributes: PickedFeature['attributes']) => ({
    feature: { overlay: 'coverage', attributes } as const,
  });
  const line = '#over=coverage&line=Cafe';
  expect(tooltipAt(line, coverage({ total: 9, t1: 4, r1: 0.75 }))).toEqual({
    figure: '0.75',
    label: 'Vendors ÷ target, Cafe',
  });
  expect(tooltipAt(line, coverage({ total: 9, t1: 0, r1: 2 }))?.figure).toMatch(/^Target is 0/);
  expect(tooltipAt(line, coverage({ total: 9 }))?.figure).toMatch(/^No target/);
  const several = tooltipAt('#over=coverage&line=Cafe&line=Bakery', coverage({ total: 9, l0: 5, l1: 3 }));
  expect(several).toEqual({ figure: '3', label: 'Cafe and Bakery vendors that deliver to the cell' });
});

test('areas and vendors have their names, and areas the value that colours them', () => {
  const area = { feature: { overlay: 'areas', attributes: { id: 7, name: 'منطقه ۶' } } as const };
  expect(tooltipAt('#over=areas&areas=region', area)).toEqual({ figure: 'منطقه ۶', label: '' });
  expect(tooltipAt('#over=areas&areas=region&fill=population', area)).toEqual({
    figure: 'منطقه ۶: 120,000',
    label: 'Population',
  });
  const vendor = {
    feature: { overlay: 'vendors', attributes: { code: '12', name: 'نان سحر', line: 'Bakery' } } as const,
  };
  expect(tooltipAt('#over=vendors', vendor)).toEqual({ figure: 'نان سحر', label: 'Bakery' });
});
