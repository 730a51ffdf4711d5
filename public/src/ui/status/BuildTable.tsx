// The table of builds: what was built, when, from how many rows, and when the next build is due.

import { inReadingOrder } from '../../data/buildOrder';
import type { Build, Source } from '../../data/freshness';
import { windowName } from '../../i18n/texts';
import { cityNameOf } from '../../view/summary';
import { useI18n, useModel, useUrl } from '../hooks/context';

interface Props {
  builds: readonly Build[];
  sources: readonly Source[];
  now: number;
}

export default function BuildTable({ builds, sources, now }: Props) {
  const { text } = useI18n();
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section tabIndex={0} aria-label={text.builds}>
        <Builds builds={builds} now={now} />
      </section>
      {sources.map((source) => (
        <SourceAge key={source.name} source={source} now={now} />
      ))}
    </>
  );
}

/** How old the rows of a source are. */
function SourceAge({ source: { name, dataAt, isTooOld }, now }: { source: Source; now: number }) {
  const { text, format } = useI18n();
  return (
    <p data-source={name} data-old={isTooOld}>
      {text.vendorSource} <bdi dir="ltr">{name}</bdi>: <time dateTime={dataAt}>{format.ago(dataAt, now)}</time>{' '}
      {isTooOld && <strong className="age">{text.tooOld}</strong>}
    </p>
  );
}

function Builds({ builds, now }: Pick<Props, 'builds' | 'now'>) {
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
        {inReadingOrder(builds).map((build) => (
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

/** Layers and tables have display names; a table without one keeps the name that its URL uses. */
function BuildName({ build: { type, name, slot } }: { build: Build }) {
  const { text, format } = useI18n();
  const { catalog } = useModel('catalog');
  const state = useUrl('lang');
  if (type === 'table') {
    const [table = '', part = ''] = name.split('/');
    const shown = text.tableNames[name] ?? text.tableNames[table];
    const city = cityNameOf({ ...state, city: part }, catalog?.cities.some(({ key }) => key === part) ? catalog : null);
    return shown === undefined ? <bdi dir="ltr">{name}</bdi> : [shown, city].filter(Boolean).join(' · ');
  }
  const layer = text.layerNames[name] ?? name;
  return slot === 'now' ? layer : text.layerOfWindow(layer, windowName(slot, text, format));
}
