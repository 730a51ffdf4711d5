// Who covers this point: the vendors that deliver to it, with distance and radius. Loaded with the first coverage popup.

import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { CoveringVendor } from '../../coverage/covering';
import { tableAsCsv } from '../../export/csv';
import { download } from '../../export/file';
import { lineName } from '../../i18n/texts';
import { cityOf } from '../../view/model';
import { coverageLines, coverageSettings } from '../../view/overlayStyle';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

/** The rows that are useful at a glance; the file has all. */
const SHOWN = 50;

export default function CoveringList({ at: [lng, lat] }: { at: readonly [number, number] }) {
  const { model } = useApp();
  const { text, format } = useI18n();
  const found = useCovering(lng, lat);
  const save = useSave(lng, lat);
  if (!found) return <p className="muted covering-note">{text.searching}</p>;
  const pick = ({ vendor }: CoveringVendor): void => {
    const { areaIds, lng: east, lat: north, ...attributes } = vendor;
    model.pickFeature({
      overlay: 'vendors',
      at: [east, north],
      attributes: attributes as Record<string, string | number>,
    });
  };
  return (
    <section className="covering" aria-label={text.whoCovers} data-covering={found.length}>
      <h3>
        {text.whoCovers} · {format.number(found.length)}
      </h3>
      <ol>
        {found.slice(0, SHOWN).map((one) => (
          <li
            key={`${one.vendor.platform} ${one.vendor.code}`}
            data-code={one.vendor.code}
            data-distance={one.distanceM}
          >
            <Button className="quiet covering-vendor" onPress={() => pick(one)}>
              <span className="name-text" dir="auto">
                {String(one.vendor.name ?? one.vendor.code)}
              </span>
              <small>
                {[text.platforms[one.vendor.platform] ?? one.vendor.platform, lineName(text, one.vendor.line)].join(
                  ' · ',
                )}
              </small>
              <small>{text.atDistance(format.length(one.distanceM), format.length(one.radiusM))}</small>
            </Button>
          </li>
        ))}
      </ol>
      <div className="covering-note">
        {found.length > SHOWN && <span className="muted">{text.firstOf(format.number(SHOWN))}</span>}
        <Button
          className="quiet reset"
          data-action="covering-csv"
          isDisabled={found.length === 0}
          onPress={() => save(found)}
        >
          {text.exportAs.csv}
        </Button>
      </div>
    </section>
  );
}

/** `null` until the worker has answered. While filter or radii change, older answers are dropped. */
function useCovering(lng: number, lat: number): CoveringVendor[] | null {
  const { coverage, model } = useApp();
  const known = useModel('vendorTable', 'config', 'overlays');
  const state = useUrl();
  const [found, setFound] = useState<{ key: string; vendors: CoveringVendor[] } | null>(null);
  const key = JSON.stringify({
    settings: coverageSettings(state, known),
    lines: coverageLines(state, known.overlays),
    lng,
    lat,
  });
  useEffect(() => {
    let isCurrent = true;
    const { settings, lines, ...place } = JSON.parse(key);
    coverage()
      .covering(settings, place, lines)
      .then(
        (vendors) => isCurrent && setFound({ key, vendors }),
        (error: unknown) => model.fail('vendors', String(error), null),
      );
    return () => {
      isCurrent = false;
    };
  }, [coverage, model, key]);
  return found?.key === key ? found.vendors : null;
}

function useSave(lng: number, lat: number): (found: readonly CoveringVendor[]) => void {
  const { catalog } = useModel('catalog');
  const state = useUrl('city');
  const { text, format } = useI18n();
  return (found) => {
    const city = (catalog && cityOf(catalog, state)?.key) ?? '';
    const head = [
      text.facts.name,
      text.facts.code,
      text.facts.platform,
      text.line,
      text.distanceM,
      text.facts.countedRadiusM,
    ];
    const rows = found.map(({ vendor, distanceM, radiusM }) => [
      String(vendor.name ?? ''),
      vendor.code,
      text.platforms[vendor.platform] ?? vendor.platform,
      lineName(text, vendor.line),
      Math.round(distanceM),
      Math.round(radiusM),
    ]);
    const name = `foodmap-covering-${city}-${lat.toFixed(4)}-${lng.toFixed(4)}-${format.isoDay(new Date().toISOString())}.csv`;
    download({ name, blob: new Blob([tableAsCsv([head, ...rows])], { type: 'text/csv;charset=utf-8' }) });
  };
}
