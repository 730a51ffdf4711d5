import { EVERY_VENDOR } from '@styles/vendorFilter';
import { withDefaults } from './slices/density';
import { formatState, parseState, type State, type StateDefaults } from './state';

const defaults: StateDefaults = { lang: 'fa', theme: 'day', density: { lines: ['Restaurant'], window: '30d' } };

test('an empty URL gives the default state, and the default state an empty URL', () => {
  const state = parseState('', defaults);
  expect(state).toMatchObject({
    city: null,
    showsDensity: true,
    kind: 'orders',
    lines: ['Restaurant'],
    window: '30d',
    view: 'cells',
    camera: null,
    lang: 'fa',
    theme: 'day',
    vendorFilter: { only: { status: ['5'] }, flags: { visible: true }, codes: [], availability: 0 },
  });
  expect(formatState(state, defaults)).toBe('');
});

test('every choice round-trips through the URL', () => {
  const state: State = {
    city: 'shiraz',
    window: '7d',
    hours: '0123456@12-15',
    showsDensity: false,
    kind: 'nonorganic',
    lines: ['Cafe', 'Ice Cream and Juice Shop', 'نان & شیرینی'],
    view: 'heat',
    compare: { kind: 'organic', window: '30d', divider: 0.4 },
    growth: null,
    heat: { radius: 1.5, blur: 0.6, maximum: 0.75, weight: 'classic' },
    shownClasses: { density: [2, 3], areas: [0] },
    overlays: ['areas', 'vendors'],
    areaKinds: ['neighbourhood', 'region'],
    areaFill: 'per10k',
    areaTint: 'rose',
    areaSubset: { facet: 'grade', value: 'A+' },
    dotStep: 4,
    vendorFilter: {
      type: 'combined',
      areas: [36, 4_503_599_627_370_495],
      only: { line: ['نان & شیرینی', 'Cafe'], status: ['6'] },
      flags: { visible: true, open: false },
      codes: ['a1', 'b2'],
      availability: 0.35,
    },
    radiusMode: { kind: 'sliders', km: { 'A+': 5.5, Ungraded: 0.5 } },
    showsRadii: false,
    markerSize: 1.5,
    showsTable: true,
    coverageAppearance: { opacity: 0.5, blur: 0.25, size: 1.2 },
    camera: { zoom: 12.25, lat: 29.61, lng: 52.53 },
    mark: { lat: 29.6, lng: 52.5 },
    lang: 'en',
    theme: 'night',
  };
  const hash = formatState(state, defaults);
  expect(parseState(hash, defaults)).toEqual(state);
  expect(hash).toContain('at=12.25/29.61000/52.53000');
});

test('invalid values in a URL are ignored', () => {
  for (const hash of [
    '#kind=money',
    '#view=3d',
    '#at=12/35',
    '#mark=35',
    '#mark=99/51',
    '#at=12//51',
    '#at=12/91/51',
    '#at=x/y/z',
    '#radius=900',
    '#blur=',
    '#blur=2',
    '#maximum=0',
    '#lang=de',
    '#theme=pink',
    '#line=',
    '#over=moon',
    '#delivery=far',
    '#marker=9',
    '#cover-opacity=0',
    '#vendor-open=perhaps',
    '#fill=weather',
    '#tint=plaid',
    '#of=line-Cafe',
    '#in=!',
    '#dots=3',
    '#vendor-availability=2',
    '#vendor-line=',
  ]) {
    expect(parseState(hash, defaults), hash).toEqual(parseState('', defaults));
  }
});

test('duplicate lines are removed', () => {
  expect(parseState('#line=Cafe&line=Cafe', defaults).lines).toEqual(['Cafe']);
});

test('before the defaults are loaded none apply, and the URL keeps the choices', () => {
  const [early, density] = [{ lang: 'fa', theme: 'day' } as const, { lines: ['Cafe'], window: '7d' }];
  for (const [hash, lines, window] of [
    ['', ['Cafe'], '7d'],
    ['#line=all', [], '7d'],
    ['#window=30d&line=Restaurant', ['Restaurant'], '30d'],
  ] as const) {
    const state = parseState(hash, early);
    expect(formatState(state, early), hash).toBe(hash);
    expect(withDefaults(state, density), hash).toMatchObject({ lines, window });
    expect(formatState(withDefaults(state, density), { ...early, density }), hash).toBe(hash);
  }
  expect(parseState('', early).lines).toEqual([]);
});

test('a URL can select every line and every vendor, although neither is the default', () => {
  const state = parseState('#line=all&vendor-status=all&vendor-visible=any', defaults);
  expect(state.lines).toEqual([]);
  expect(state.vendorFilter).toEqual(EVERY_VENDOR);
  expect(formatState(state, defaults)).toBe('#line=all&vendor-status=all&vendor-visible=any');
});
