// Shows a range as a picture while it is dragged or played. Only the newest range is drawn.

import { useEffect, useMemo } from 'react';
import type { Days } from '../../../data/time/days';
import { createLiveRange } from '../../../map/liveRange';
import { pictureOf } from '../../../view/range/livePicture';
import { openTimeline } from '../../../view/range/timelineAccess';
import { useApp } from '../../hooks/context';

export interface Live {
  /** Resolves when the picture is handed to the map. While one is drawn, only the newest is kept, and this resolves at once. */
  show(range: Days): Promise<void>;
  settle(): void;
  /** Whether the map shows something that has pictures. */
  canShow(): boolean;
}

/** The measure of each picture: how long handing it to the map takes. The time in the worker is its `detail`. */
export const FRAME_MARK = 'range-frame';

export function useLiveRange(): Live {
  const { url, model, view } = useApp();
  const live = useMemo(() => {
    const picture = createLiveRange(view.map);
    const askedFor = () => pictureOf(url.get(), model.get(), view.bounds(), view.camera.get().zoom);
    let wanted: Days | null = null;
    let isBusy = false;
    const drawNext = async (): Promise<void> => {
      const range = wanted;
      const { catalog } = model.get();
      if (!(range && catalog) || isBusy) return;
      wanted = null;
      isBusy = true;
      try {
        const asked = askedFor();
        const opened = asked && (await openTimeline(catalog));
        if (!opened) return;
        const { block, measured, palette, opacity } = asked;
        const frame = await opened.client.frame(range, block, measured, palette);
        const start = performance.now();
        picture.draw(frame, block, opacity);
        performance.measure(FRAME_MARK, { start, detail: frame.ms });
      } catch (error) {
        // The tiles of the range, which follow, report what cannot be loaded.
        console.warn(error);
      } finally {
        isBusy = false;
        if (wanted) void drawNext();
      }
    };
    return {
      show(range: Days): Promise<void> {
        wanted = range;
        return drawNext();
      },
      settle(): void {
        wanted = null;
        picture.settle();
      },
      canShow: () => askedFor() !== null,
    };
  }, [url, model, view]);
  useEffect(() => () => live.settle(), [live]);
  return live;
}
