import { findAddresses } from './geocoder';

const BOX = [51, 35.5, 51.7, 35.9] as const;
const TEMPLATE = 'https://geo.example/search?q={query}&l={lang}&at={lat},{lng}&in={bbox}';

/** Asks a geocoder that answers with `body`. */
async function asked(body: unknown): Promise<{ found: unknown; url: string }> {
  let url = '';
  vi.stubGlobal('fetch', (wanted: string) => {
    url = wanted;
    return Promise.resolve(new Response(JSON.stringify(body)));
  });
  return { found: await findAddresses(TEMPLATE, 'خیابان آزادی 12', 'fa', [...BOX]), url };
}

afterEach(() => vi.unstubAllGlobals());

test('the address of the geocoder gets what was typed and where the city is', async () => {
  const { url } = await asked([]);
  const query = new URL(url).searchParams;
  expect([query.get('q'), query.get('l')]).toEqual(['خیابان آزادی 12', 'fa']);
  expect(query.get('at')).toBe('35.7,51.35');
  expect(query.get('in')).toBe('51,35.5,51.7,35.9');
});

test('answers of Nominatim, Photon, Pelias and Neshan are read', async () => {
  const place = { name: 'Azadi', lng: 51.34, lat: 35.7 };
  for (const body of [
    [{ lat: '35.7', lon: '51.34', display_name: 'Azadi', type: 'road' }],
    { features: [{ geometry: { coordinates: [51.34, 35.7] }, properties: { name: 'Azadi' } }] },
    { features: [{ geometry: { coordinates: [51.34, 35.7] }, properties: { label: 'Azadi', name: 'x' } }] },
    { count: 1, items: [{ title: 'Azadi', location: { x: 51.34, y: 35.7 } }] },
  ]) {
    expect((await asked(body)).found, JSON.stringify(body)).toEqual([place]);
  }
});

test('addresses outside the city are left out, and another answer is an error', async () => {
  expect((await asked([{ lat: '29.6', lon: '52.5', display_name: 'Shiraz' }])).found).toEqual([]);
  await expect(asked({ error: 'no key' })).rejects.toThrow('geo.example');
});
