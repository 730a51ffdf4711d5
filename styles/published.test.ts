import { DOCUMENTS } from './published';

test('published documents have no text, which MapLibre 4 rejects without glyphs', () => {
  for (const [name, make] of Object.entries(DOCUMENTS)) {
    const { layers } = make();
    expect(
      layers.filter((layer) => 'layout' in layer && 'text-field' in (layer.layout ?? {})),
      name,
    ).toEqual([]);
    expect(
      layers.some((layer) => 'source' in layer && layer.source === 'density'),
      name,
    ).toBe(true);
  }
});
