// The filtered vendors as a table over the map, sortable by any column and accessible by keyboard and screen reader.
// Virtualized, and loaded on demand.

import { vendorKey } from '@styles/vendorFilter';
import { useMemo, useState } from 'react';
import {
  Button,
  Cell,
  Column,
  type Key,
  Row,
  type SortDescriptor,
  Table,
  TableBody,
  TableHeader,
  TableLayout,
  Virtualizer,
} from 'react-aria-components';
import { gradeRadiiOf } from '../../data/gradeRadii';
import { type VendorColumn, vendorColumns } from '../../export/columns';
import { sortVendors } from '../../export/sort';
import { radiiOf } from '../../vendors/radius';
import type { Vendor } from '../../vendors/vendorTable';
import { cityOf } from '../../view/model';
import { cityNameOf, describeVendorFilter } from '../../view/summary';
import { Cross } from '../controls/icons';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';

const ROW_PX = 34;
const CHARACTER_PX = 8.5;
/** Close enough to distinguish a vendor from its neighbours. */
const VENDOR_ZOOM = 15;

export function VendorList() {
  const { url } = useApp();
  const i18n = useI18n();
  const { text, format } = i18n;
  const { catalog } = useModel('catalog');
  const state = useUrl('city', 'lang');
  const shown = useShownVendors();
  const vendors = shown?.vendors ?? [];
  return (
    <section className="vendor-list card" aria-label={text.vendorList}>
      <header>
        <h2>{text.vendorList}</h2>
        <span className="muted">
          {format.number(vendors.length)} · {cityNameOf(state, catalog)}
          {shown && ` · ${format.list(describeVendorFilter(shown.filter, i18n)) || text.everyVendorOfCity}`}
        </span>
        <Button className="quiet icon" aria-label={text.hideTable} onPress={() => url.choose({ showsTable: false })}>
          <Cross />
        </Button>
      </header>
      <Rows vendors={vendors} />
    </section>
  );
}

function useColumns(): VendorColumn[] {
  const model = useModel('config', 'vendorTable', 'catalog', 'areaList');
  const { catalog, areaList } = model;
  const gradeRadii = gradeRadiiOf(model);
  const state = useUrl();
  const i18n = useI18n();
  const city = catalog && cityOf(catalog, state);
  const cityName = (state.lang === 'fa' ? city?.name_fa : city?.name_en) ?? '';
  return useMemo(
    () =>
      vendorColumns({
        i18n,
        radii: radiiOf(state.radiusMode, gradeRadii),
        areas: areaList?.areas ?? [],
        city: cityName,
      }),
    [i18n, state.radiusMode, gradeRadii, areaList, cityName],
  );
}

function Rows({ vendors }: { vendors: readonly Vendor[] }) {
  const { view, model } = useApp();
  const { vendorTable } = useModel('vendorTable');
  const { text } = useI18n();
  const columns = useColumns();
  const [sorting, setSorting] = useState<SortDescriptor>({ column: 'name', direction: 'ascending' });
  const sorted = useMemo(() => {
    const column = columns.find(({ id }) => id === sorting.column) ?? columns[0];
    if (!column) return [];
    const order = vendorTable?.names[column.id as keyof typeof vendorTable.names];
    const isDescending = sorting.direction === 'descending';
    return sortVendors(vendors, column, { column: column.id, isDescending }, column.id === 'grade' ? order : undefined);
  }, [vendors, columns, sorting, vendorTable]);
  const show = (key: Key): void => {
    const vendor = vendors.find((one) => vendorKey(one) === key);
    if (!vendor) return;
    const { lng, lat, areaIds, ...attributes } = vendor;
    view.moveTo({ lng, lat, zoom: VENDOR_ZOOM }, true);
    model.pickFeature({
      overlay: 'vendors',
      at: [lng, lat],
      attributes: attributes as Record<string, string | number>,
    });
  };
  return (
    <Virtualizer layout={TableLayout} layoutOptions={{ rowHeight: ROW_PX, headingHeight: ROW_PX }}>
      <Table
        aria-label={text.vendorList}
        className="vendor-rows"
        sortDescriptor={sorting}
        onSortChange={setSorting}
        onRowAction={show}
        selectionMode="none"
      >
        <TableHeader columns={columns}>
          {({ id, label, width }) => (
            <Column id={id} allowsSorting isRowHeader={id === 'name'} width={width * CHARACTER_PX} className="head">
              {({ sortDirection }) => (
                <>
                  <span>{label}</span>
                  {sortDirection && <span aria-hidden="true">{sortDirection === 'ascending' ? '▲' : '▼'}</span>}
                </>
              )}
            </Column>
          )}
        </TableHeader>
        <TableBody items={sorted.map((vendor) => ({ id: vendorKey(vendor), vendor }))} dependencies={[columns]}>
          {({ id, vendor }) => (
            <Row id={id} columns={columns} className="row">
              {(column) => <Cell className="value">{shownValue(vendor, column)}</Cell>}
            </Row>
          )}
        </TableBody>
      </Table>
    </Virtualizer>
  );
}

function shownValue(vendor: Vendor, { id, read, show }: VendorColumn) {
  const value = read(vendor);
  return (
    <span className="name-text" dir="auto" data-column={id} data-value={value ?? undefined}>
      {value === null ? '–' : show(value)}
    </span>
  );
}
