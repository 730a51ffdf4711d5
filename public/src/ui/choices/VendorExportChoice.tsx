// Opens the table of the filtered vendors, or saves them to a file: all of the city, or only those in view.

import { useState } from 'react';
import { Button, Switch } from 'react-aria-components';
import { snapshotTime } from '../../data/catalog';
import { gradeRadiiOf } from '../../data/gradeRadii';
import { download, EXPORT_KINDS, type ExportKind } from '../../export/file';
import { radiiOf } from '../../vendors/radius';
import { shownVendorsOf } from '../../vendors/shownVendors';
import { cityOf } from '../../view/model';
import { useApp, useI18n, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';

export function VendorExportChoice() {
  const { url } = useApp();
  const { showsTable } = useUrl('showsTable');
  const { text } = useI18n();
  const [isViewOnly, setViewOnly] = useState(false);
  const shown = useShownVendors();
  const save = useSave(isViewOnly);
  return (
    <div className="vendor-export">
      <Button className="quiet" data-action="table" onPress={() => url.choose({ showsTable: !showsTable })}>
        {showsTable ? text.hideTable : text.showTable}
      </Button>
      {EXPORT_KINDS.map((kind) => (
        <Button
          key={kind}
          className="quiet"
          data-action={kind}
          isDisabled={!shown?.vendors.length}
          onPress={() => save(kind)}
        >
          {text.exportAs[kind]}
        </Button>
      ))}
      <Switch className="switch" data-choice="export-view" isSelected={isViewOnly} onChange={setViewOnly}>
        {text.exportViewOnly}
        <span className="switch-track" />
      </Switch>
    </div>
  );
}

/** Exports the selection at the time the button is pressed. */
function useSave(isViewOnly: boolean): (kind: ExportKind) => void {
  const { url, model, view } = useApp();
  const i18n = useI18n();
  return (kind) => {
    const [state, loaded] = [url.get(), model.get()];
    const { catalog, areaList, vendorTable } = loaded;
    const city = catalog && cityOf(catalog, state);
    if (!(vendorTable && city)) return;
    const shown = shownVendorsOf(vendorTable, state.vendorFilter);
    void model.attempt('export', async () => {
      const { exportVendors, vendorsIn } = await import('../../export/vendorFile');
      const bounds = isViewOnly ? view.bounds() : null;
      const file = await exportVendors(
        {
          vendors: bounds ? vendorsIn(shown.vendors, bounds) : shown.vendors,
          filter: shown.filter,
          mode: state.radiusMode,
          radii: radiiOf(state.radiusMode, gradeRadiiOf(loaded)),
          areas: areaList?.areas ?? [],
          city: state.lang === 'fa' ? city.name_fa : city.name_en,
          cityKey: city.key,
          bounds,
          snapshotAt: snapshotTime(catalog, city.key),
          at: new Date().toISOString(),
          lang: state.lang,
          i18n,
        },
        kind,
      );
      download(file);
    });
  };
}
