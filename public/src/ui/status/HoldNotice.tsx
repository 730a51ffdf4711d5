// Says that what is shown is held: it stays as it is on purpose, until when, and why.

import type { PublishedLayer } from '../../data/catalog';
import { shownHolds } from '../../data/holds';
import { useI18n, useModel, useUrl } from '../hooks/context';

/** Not an alarm: a hold is a decision. */
export function HoldNotice({ now }: { now: number }) {
  const { catalog } = useModel('catalog');
  const { text, format } = useI18n();
  const layers = useShownLayers();
  if (!catalog) return null;
  return shownHolds(layers, catalog.holds, now).map(({ hold: { job, since, until, reason }, day }) => (
    <p key={job} className="chip-data card held" data-held={job} title={text.heldSince(format.moment(since))}>
      <span>
        {text.held(text.heldJobs[job] ?? job, format.days(day, day), format.dayTime(until))}
        {reason && (
          <>
            {' '}
            {text.heldReason} <bdi>{reason}</bdi>
          </>
        )}
      </span>
    </p>
  ));
}

/** The layers that the map shows now. */
function useShownLayers(): PublishedLayer[] {
  const { catalog, dataset, compared } = useModel('catalog', 'dataset', 'compared');
  const { showsDensity, overlays } = useUrl('showsDensity', 'overlays');
  const density = showsDensity ? [dataset, compared].flatMap((shown) => shown?.layer ?? []) : [];
  const over = catalog?.layers.filter(({ layer }) => overlays.some((overlay) => overlay === layer)) ?? [];
  return [...density, ...over];
}
