// A slider over the windows, from the shortest to the longest, with a play button.

import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from 'react-aria-components';
import { chooseLayer } from '../../data/catalog';
import { offeredWindows } from '../../data/timeline';
import { windowName } from '../../i18n/texts';
import { Pause, Play } from '../controls/icons';
import { useApp, useI18n, useModel, useStore, useUrl } from '../hooks/context';

/** Long enough to compare a window with the previous one. */
const STEP_MS = 1600;

export function WindowPlayer() {
  const { url, view } = useApp();
  const { catalog } = useModel('catalog');
  const { window } = useUrl('window');
  const { text, format } = useI18n();
  const isLoading = useStore(view.isLoading);
  const [isPlaying, setPlaying] = useState(false);
  const layers = catalog ? offeredWindows(catalog) : [];
  const at = layers.findIndex(({ slot }) => slot === chooseLayer(layers, window)?.slot);
  const isLast = at >= layers.length - 1;
  const step = useEffectEvent((): void => {
    if (isLast) setPlaying(false);
    else url.follow({ window: layers[at + 1]?.slot ?? null });
  });
  // Shows the next window after a delay, but not before this one has loaded.
  useEffect(() => {
    if (!isPlaying || isLoading) return;
    const timer = setTimeout(step, at < 0 ? 0 : STEP_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, isLoading, at]);
  if (layers.length < 2) return null;
  const play = (): void => {
    if (isLast && !isPlaying) url.choose({ window: layers[0]?.slot ?? null });
    setPlaying(!isPlaying);
  };
  return (
    <div className="player">
      <Button className="quiet icon" aria-label={isPlaying ? text.pause : text.play} onPress={play}>
        {isPlaying ? <Pause /> : <Play />}
      </Button>
      <input
        type="range"
        data-choice="window-slider"
        aria-label={text.window}
        aria-valuetext={windowName(layers[at]?.slot ?? '', text, format)}
        min={0}
        max={layers.length - 1}
        step={1}
        value={at}
        onChange={(event) => {
          setPlaying(false);
          url.choose({ window: layers[Number(event.target.value)]?.slot ?? null });
        }}
      />
    </div>
  );
}
