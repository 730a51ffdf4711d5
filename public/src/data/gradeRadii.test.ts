import { DEFAULT_GRADE_RADII, fetchGradeRadii, gradeRadiiOf, publishedRadii } from './gradeRadii';

const PUBLISHED = { S: 6, 'A+': 0.3, Ungraded: 0.8 };

/** The radii that the page reads from a map whose table `options` has this content. */
async function radiiIn(options: object): Promise<unknown> {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(options)));
  const [times, url] = [{ built_at: '', data_at: null, next_due: null }, '/v1/tables/options'];
  const table = { name: 'options', slot: 'now', job: 'snapshot', url, rows: 0, ...times };
  return fetchGradeRadii({ tables: [table] });
}

afterEach(() => vi.unstubAllGlobals());

test('the table of options contains the radii', async () => {
  expect(await radiiIn({ grade_radius_km: PUBLISHED, grades: ['S', 'A+'] })).toEqual({ km: PUBLISHED, others: 0.8 });
});

test('a map without published radii has none', async () => {
  expect(await radiiIn({ grades: ['S'] })).toBeNull();
  expect(await fetchGradeRadii({ tables: [] })).toBeNull();
});

test('a radius of zero is refused', async () => {
  await expect(radiiIn({ grade_radius_km: { S: 0 } })).rejects.toThrow();
});

test('if no radius of `Ungraded` is published, grades without a radius have the default', () => {
  expect(publishedRadii({ S: 6 }).others).toBe(DEFAULT_GRADE_RADII.others);
});

test('configured radii replace the published ones, which replace the defaults', () => {
  const gradeRadii = publishedRadii(PUBLISHED);
  const configured = { km: { S: 2 }, others: 1 };
  expect(gradeRadiiOf({ config: { grade_radii: configured }, vendorTable: { gradeRadii } })).toBe(configured);
  expect(gradeRadiiOf({ config: {}, vendorTable: { gradeRadii } })).toBe(gradeRadii);
  expect(gradeRadiiOf({ config: {}, vendorTable: { gradeRadii: null } })).toBe(DEFAULT_GRADE_RADII);
  expect(gradeRadiiOf({ config: {}, vendorTable: null })).toBe(DEFAULT_GRADE_RADII);
});
