// Error messages. Each stays until it is dismissed or its cause is gone; the rest of the page keeps working.

import { Button } from 'react-aria-components';
import { Cross } from '../controls/icons';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

export function Notices() {
  const { model, url } = useApp();
  const { notices, dataset, config } = useModel('notices', 'dataset', 'config');
  const { lines } = useUrl('lines');
  const { text, format } = useI18n();
  // Unknown default lines are not reported, because the user did not choose them.
  const known = dataset && [...dataset.lines, ...config.defaults.lines];
  const unknown = known ? lines.filter((line) => !known.includes(line)) : [];
  return (
    <div className="notices" role="alert">
      {notices.map(({ failure, detail, retry }) => (
        <div key={failure} className="notice card" data-failure={failure}>
          <p>
            {text.errors[failure]}
            {detail && <small dir="ltr">{detail}</small>}
          </p>
          {retry && (
            <Button className="quiet" onPress={retry}>
              {text.retry}
            </Button>
          )}
          <Button className="quiet icon" aria-label={text.dismiss} onPress={() => model.dismiss(failure)}>
            <Cross />
          </Button>
        </div>
      ))}
      {unknown.length > 0 && (
        <div className="notice card" data-failure="unknown-line">
          <p>
            {text.errors.unknownLine} {format.list(unknown)}
          </p>
          <Button
            className="quiet icon"
            aria-label={text.dismiss}
            onPress={() => url.choose({ lines: lines.filter((line) => !unknown.includes(line)) })}
          >
            <Cross />
          </Button>
        </div>
      )}
    </div>
  );
}
