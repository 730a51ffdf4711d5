// What can be found in a city: its areas and vendors, asked for when somebody searches.

import type { City } from '@styles/base';
import { fetchAreaList } from '../areas/areaList';
import type { Catalog } from '../data/catalog';
import { fetchOverlay } from '../data/tileJson';
import { fetchVendorTable } from '../vendors/vendorTable';
import { indexOf, type SearchIndex } from './search';

/** The browser keeps what the page fetched before, so this asks the server only for what is new. */
export async function loadSearchIndex(catalog: Catalog, city: City): Promise<SearchIndex> {
  const [tiles, table] = await Promise.all([fetchOverlay(catalog, 'areas'), fetchVendorTable(catalog, city.key)]);
  const list = tiles && (await fetchAreaList(tiles, city));
  return indexOf(city.key, list?.areas ?? [], table?.vendors ?? []);
}
