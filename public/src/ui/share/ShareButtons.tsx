// Shares the view as a link or as a picture, and reports the result.

import { lazy, Suspense, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { copyText } from '../../export/clipboard';
import { Camera, Link } from '../controls/icons';
import { useApp, useI18n } from '../hooks/context';

const PictureSheet = lazy(() => import('./PictureSheet'));

/** Success messages disappear after this time. */
const MESSAGE_MS = 4000;

type Outcome = 'copied' | 'notCopied' | 'taken' | null;

export function ShareButtons() {
  const { model, url } = useApp();
  const { text } = useI18n();
  const [outcome, setOutcome] = useState<Outcome>(null);
  const [isTakingPicture, setTakingPicture] = useState(false);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), MESSAGE_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => setOutcome((await copyText(url.link())) ? 'copied' : 'notCopied');
  const onTaken = (error: unknown): void => {
    setTakingPicture(false);
    if (error === null) setOutcome('taken');
    else model.fail('picture', error instanceof Error ? error.message : String(error), () => setTakingPicture(true));
  };
  return (
    <>
      <div className="share-buttons">
        <div className="buttons card">
          <Button aria-label={text.copyLink} onPress={copy}>
            <Link />
          </Button>
          <Button aria-label={text.takePicture} isPending={isTakingPicture} onPress={() => setTakingPicture(true)}>
            <Camera />
          </Button>
        </div>
        <div className="share-status" role="status" data-outcome={outcome}>
          {outcome && <p className="card">{text.shared[outcome]}</p>}
        </div>
      </div>
      {isTakingPicture && (
        <Suspense>
          <PictureSheet onTaken={onTaken} />
        </Suspense>
      )}
    </>
  );
}
