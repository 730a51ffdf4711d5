// On a first visit: three questions, each answered by one click, and the guide. Closed once, the card stays away.

import { useState } from 'react';
import { Button } from 'react-aria-components';
import { overlaysOf } from '../../data/catalog';
import { lineName } from '../../i18n/texts';
import { loadPreference, savePreference } from '../../state/preferences';
import { Cross } from '../controls/icons';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { answerTo, gapLine, QUESTIONS } from './questions';

export function Questions() {
  const { url } = useApp();
  const { lang } = useUrl('lang');
  const { catalog, dataset } = useModel('catalog', 'dataset');
  const { text } = useI18n();
  // A link already says what its sender wants to show.
  const [isOpen, setOpen] = useState(() => !url.isLink && loadPreference('welcomed') === null);
  if (!(isOpen && catalog && dataset)) return null;
  const published = { lines: dataset.lines, overlays: overlaysOf(catalog) };
  const close = (): void => {
    savePreference('welcomed', 'yes');
    setOpen(false);
  };
  const line = lineName(text, gapLine(published) ?? '');
  return (
    <section className="questions card" aria-label={text.questionsTitle}>
      <header>
        <h2>{text.questionsTitle}</h2>
        <Button className="quiet icon" aria-label={text.close} onPress={close}>
          <Cross />
        </Button>
      </header>
      {QUESTIONS.map((question) => {
        const answer = answerTo(question, published);
        return (
          answer && (
            <Button
              key={question}
              className="quiet question"
              data-question={question}
              onPress={() => {
                url.choose(answer);
                close();
              }}
            >
              {text.questions[question](line)}
            </Button>
          )
        );
      })}
      <a href={`/guide.${lang}.html`}>{text.guide}</a>
    </section>
  );
}
