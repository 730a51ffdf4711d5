// Error messages. Each stays until it is dismissed or its cause is gone; the rest of the page keeps working.

import { Button } from 'react-aria-components';
import { windowName } from '../../i18n/texts';
import type { State } from '../../state/state';
import { cityNameOf } from '../../view/summary';
import { unknownChoices } from '../../view/unknownChoices';
import { Cross } from '../controls/icons';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

export function Notices() {
  const { model } = useApp();
  const { notices } = useModel('notices');
  const { text } = useI18n();
  return (
    <div className="notices" role="alert">
      {notices.map(({ failure, detail, retry }) => (
        <div key={failure} className="notice card" data-failure={failure}>
          <div className="notice-words">
            <p>{text.errors[failure]}</p>
            {detail && (
              <details>
                <summary>{text.errors.details}</summary>
                <small dir="ltr">{detail}</small>
              </details>
            )}
          </div>
          {retry && (
            <Button className="quiet" onPress={retry}>
              {text.retry}
            </Button>
          )}
          <Dismiss onPress={() => model.dismiss(failure)} />
        </div>
      ))}
      <UnknownChoices />
    </div>
  );
}

/** Dismissing one removes the choice from the address. */
function UnknownChoices() {
  const { url } = useApp();
  const { catalog, dataset, config } = useModel('catalog', 'dataset', 'config');
  const state = useUrl('lines', 'city', 'window', 'lang');
  const { text, format } = useI18n();
  const unknown = unknownChoices(state, { catalog, dataset, config });
  const shownWindow = windowName(dataset?.layer.slot ?? '', text, format);
  const found: [name: string, words: string, without: Partial<State>][] = [];
  if (unknown.lines.length > 0) {
    const lines = state.lines.filter((line) => !unknown.lines.includes(line));
    found.push(['unknown-line', `${text.errors.unknownLine} ${format.list(unknown.lines)}`, { lines }]);
  }
  if (unknown.city !== null) {
    const words = text.errors.unknownCity(unknown.city, cityNameOf(state, catalog));
    found.push(['unknown-city', words, { city: null }]);
  }
  if (unknown.window !== null) {
    const words = text.errors.unknownWindow(unknown.window, shownWindow);
    found.push(['unknown-window', words, { window: config.defaults.window }]);
  }
  return found.map(([name, words, without]) => (
    <div key={name} className="notice card" data-failure={name}>
      <p>{words}</p>
      <Dismiss onPress={() => url.choose(without)} />
    </div>
  ));
}

function Dismiss({ onPress }: { onPress(): void }) {
  const { text } = useI18n();
  return (
    <Button className="quiet icon" aria-label={text.dismiss} onPress={onPress}>
      <Cross />
    </Button>
  );
}
