// Measures how long coverage takes to compute: --url http://127.0.0.1:8080/ [--city tehran] [--runs 9]
// Runs the page's own modules in Node on the tables of a running server. Prints medians in milliseconds of wall time
// and of CPU time, which other load on the machine does not affect.

import { parseArgs } from 'node:util';
import { pageModule } from '../tests/modules.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    city: { type: 'string', default: 'tehran' },
    runs: { type: 'string', default: '9' },
  },
});
if (!values.url) {
  console.error('usage: node scripts/bench-coverage.mjs --url URL [--city KEY] [--runs N]');
  process.exit(2);
}

const json = async (path) => (await fetch(new URL(path, values.url))).json();
const { DeliveryAreas, DEFAULT_VENDORS, vendorsOf, areaGridOf, coverageTile, radiusTile, findGaps } =
  await pageModule('coverage/nodeExports.ts');
const { tables, cities } = await json('/v1/catalog.json');
const table = (name) => json(tables.find((one) => one.name === name).url);
const published = await Promise.all(cities.map(({ key }) => table(`vendors/${key}`)));
const areaGrid = areaGridOf(await table(`coverage-grid/${values.city}`));
const city = cities.find(({ key }) => key === values.city);
const deliveryAreas = new DeliveryAreas(published.flatMap(vendorsOf), published[0].lines, published[0].grades);

function tileAt([lng, lat], z) {
  const phi = (lat * Math.PI) / 180;
  const y = (1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2;
  return { z, x: Math.floor(((lng + 180) / 360) * 2 ** z), y: Math.floor(y * 2 ** z) };
}

/** Each run has its own radius, so that nothing is cached from the previous one. */
const settings = (run) => ({ tableUrl: '', filter: DEFAULT_VENDORS, radii: { kind: 'own', percent: 100 - run / 10 } });
let run = 0;
const steps = {
  'filter and count the city': () => deliveryAreas.count(settings(run), [areaGrid]),
  'a tile of zoom 12': () =>
    coverageTile(deliveryAreas.count(settings(run), [areaGrid]), tileAt(city.center, 12), 'squares'),
  'a tile of zoom 11': () =>
    coverageTile(deliveryAreas.count(settings(run), [areaGrid]), tileAt(city.center, 11), 'squares'),
  'circles in a tile of zoom 12': () => radiusTile(deliveryAreas.select(settings(run)), tileAt(city.center, 12)),
  'circles in a tile of zoom 14': () => radiusTile(deliveryAreas.select(settings(run)), tileAt(city.center, 14)),
  'places for one more vendor': () => {
    const [{ coverage }] = deliveryAreas.count(settings(run), [areaGrid]);
    return findGaps(areaGrid, coverage, 0, 3000, 10);
  },
};
const times = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));
for (run = 0; run < Number(values.runs); run += 1) {
  for (const [name, step] of Object.entries(steps)) {
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    step();
    const { user, system } = process.cpuUsage(cpu);
    times[name].push({ wall: performance.now() - began, cpu: (user + system) / 1000 });
  }
}
const own = deliveryAreas.select(settings(0)).filter(({ vendor: { lng, lat } }) => {
  const [west, south, east, north] = city.bounds;
  return lng >= west && lng <= east && lat >= south && lat <= north;
});
console.log(
  `${own.length} vendors of ${values.city}, ${deliveryAreas.select(settings(0)).length} of all cities, ${areaGrid.areaOf.length} cells`,
);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)].toFixed(1);
for (const [name, all] of Object.entries(times)) {
  const of = (kind) => all.map((one) => one[kind]);
  console.log(
    `${name}: ${median(of('wall'))} ms, CPU ${median(of('cpu'))} ms, best ${Math.min(...of('wall')).toFixed(1)} ms`,
  );
}
