// The client of the worker that computes coverage. The map requests its tiles through URL schemes.

import { type Remote, wrap } from 'comlink';
import { addProtocol, type RequestParameters } from 'maplibre-gl';
import type { Catalog } from '../data/catalog';
import type { TileAddress } from '../tiles/tileAddress';
import type { CityTables, CoverageApi } from './coverage.worker';
import { CELL_SHAPES, type CellShape, type CoverageSettings } from './settings';

const COVERAGE_SCHEME = 'coverage';
const RADII_SCHEME = 'radii';
const VENDORS_SCHEME = 'vendors';

/**
 * The settings are part of the URL, so that different settings have different URLs. `lines` are the indices of the lines
 * whose counts the tiles contain.
 */
export function coverageUrl(settings: CoverageSettings, shape: CellShape, lines: readonly number[]): string {
  return `${COVERAGE_SCHEME}://{z}/{x}/{y}/${shape}/${lines.join('.') || NO_LINES}/${encodeURIComponent(JSON.stringify(settings))}`;
}

const NO_LINES = 'none';

export const radiiUrl = (settings: CoverageSettings): string => addressOf(RADII_SCHEME, settings);
export const vendorsUrl = (settings: CoverageSettings): string => addressOf(VENDORS_SCHEME, settings);

function addressOf(scheme: string, settings: CoverageSettings): string {
  return `${scheme}://{z}/{x}/{y}/${encodeURIComponent(JSON.stringify(settings))}`;
}

export type CoverageClient = Remote<CoverageApi>;

/** Starts the worker on first use, and again when the catalog lists other tables. Throws if there is no catalog yet. */
export function openCoverage(catalog: () => Catalog | null): () => CoverageClient {
  let current: { key: string; worker: Worker; client: CoverageClient } | null = null;
  return () => {
    const tables = tablesOf(catalog());
    const key = JSON.stringify(tables);
    if (current?.key === key) return current.client;
    current?.worker.terminate();
    const worker = new Worker(new URL('./coverage.worker.ts', import.meta.url), { type: 'module' });
    const client = wrap<CoverageApi>(worker);
    void client.open(tables);
    current = { key, worker, client };
    return client;
  };
}

/** The cities for which coverage can be computed. */
function tablesOf(catalog: Catalog | null): CityTables[] {
  if (!catalog) throw new Error('coverage cannot be computed before the catalog has loaded');
  const { cities, tables } = catalog;
  const urlOf = (name: string): string | undefined => tables.find((table) => table.name === name)?.url;
  return cities.flatMap(({ key: city, bounds }) => {
    const [vendorsUrl, gridUrl] = [urlOf(`vendors/${city}`), urlOf(`coverage-grid/${city}`)];
    return vendorsUrl !== undefined && gridUrl !== undefined ? [{ city, bounds, vendorsUrl, gridUrl }] : [];
  });
}

export function addCoverageProtocols(coverage: () => CoverageClient): void {
  addProtocol(COVERAGE_SCHEME, async ({ url }: RequestParameters) => {
    const { tile, rest } = readAddress(url, COVERAGE_SCHEME);
    const [shape = '', lines = '', settings = ''] = rest;
    const known = CELL_SHAPES.find((one) => one === shape) ?? 'squares';
    return { data: await coverage().coverageTile(settingsOf(settings), tile, known, linesOf(lines)) };
  });
  addProtocol(RADII_SCHEME, async ({ url }: RequestParameters) => {
    const { tile, rest } = readAddress(url, RADII_SCHEME);
    return { data: await coverage().radiusTile(settingsOf(rest[0] ?? ''), tile) };
  });
  addProtocol(VENDORS_SCHEME, async ({ url }: RequestParameters) => {
    const { tile, rest } = readAddress(url, VENDORS_SCHEME);
    return { data: await coverage().vendorTile(settingsOf(rest[0] ?? ''), tile) };
  });
}

const linesOf = (text: string): number[] => (text === NO_LINES ? [] : text.split('.').map(Number));

function readAddress(url: string, scheme: string): { tile: TileAddress; rest: string[] } {
  const [z, x, y, ...rest] = url.slice(`${scheme}://`.length).split('/');
  return { tile: { z: Number(z), x: Number(x), y: Number(y) }, rest };
}

const settingsOf = (text: string): CoverageSettings => JSON.parse(decodeURIComponent(text)) as CoverageSettings;
