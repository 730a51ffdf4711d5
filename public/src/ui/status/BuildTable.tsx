// The table of builds: what was built, when, from how many rows, and when the next build is due.

import type { Build } from '../../data/freshness';
import { windowName } from '../../i18n/texts';
import { useI18n } from '../hooks/context';

export default function BuildTable({ builds, now }: { builds: readonly Build[]; now: number }) {
  const { text, format } = useI18n();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{text.buildOf}</th>
          <th scope="col">{text.buildRows}</th>
          <th scope="col">{text.buildBuilt}</th>
          <th scope="col">{text.buildNext}</th>
        </tr>
      </thead>
      <tbody>
        {builds.map((build) => (
          <tr key={`${build.type} ${build.name} ${build.slot}`} data-build={`${build.name} ${build.slot}`}>
            <th scope="row">
              <BuildName build={build} />
            </th>
            <td data-rows={build.rows ?? undefined}>{build.rows === null ? '–' : format.number(build.rows)}</td>
            <td>
              <time dateTime={build.builtAt} title={text.builtAt(format.moment(build.builtAt))}>
                {format.ago(build.builtAt, now)}
              </time>
            </td>
            <td>
              <NextBuild build={build} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NextBuild({ build: { nextDue, hold }, now }: { build: Build; now: number }) {
  const { text, format } = useI18n();
  if (hold) {
    return (
      <time dateTime={hold.until} title={text.heldSince(format.moment(hold.since))} data-held={hold.job}>
        {text.heldUntil(format.dayTime(hold.until))}
      </time>
    );
  }
  return nextDue === null ? '–' : <time dateTime={nextDue}>{format.ago(nextDue, now)}</time>;
}

/** Layers have display names; tables keep the names that their URLs use. */
function BuildName({ build: { type, name, slot } }: { build: Build }) {
  const { text, format } = useI18n();
  if (type === 'table') {
    return (
      <bdi dir="ltr" className="table-name">
        {name}
      </bdi>
    );
  }
  const layer = text.layerNames[name] ?? name;
  return slot === 'now' ? layer : text.layerOfWindow(layer, windowName(slot, text, format.number));
}
