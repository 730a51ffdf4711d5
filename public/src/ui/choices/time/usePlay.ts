// Plays the range: shows one picture after the other, as dragging does, and chooses the range at which it stops.

import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Days } from '../../../data/time/days';
import { type Film, firstPicture, nextPicture } from '../../../data/time/play';
import type { Live } from './useLiveRange';

/** The pause between two pictures. */
export const SPEEDS = { slow: 1200, normal: 500, fast: 150 } as const;
export type Speed = keyof typeof SPEEDS;

export interface PlaySettings extends Film {
  speed: Speed;
  isLooped: boolean;
}

export const FIRST_SETTINGS: PlaySettings = { mode: 'moving', step: 1, speed: 'normal', isLooped: false };

interface PlayProps {
  data: Days;
  range: Days;
  live: Live;
  settings: PlaySettings;
  /** Shows a picture of a range. */
  onShow(range: Days): Promise<void>;
  /** Chooses the range of the last picture. */
  onStop(range: Days): void;
}

export interface Player {
  isPlaying: boolean;
  /** Starts or stops. With reduced motion, it goes one step on. */
  toggle(): void;
}

export function usePlay({ data, range, live, settings, onShow, onStop }: PlayProps): Player {
  const [isPlaying, setPlaying] = useState(false);
  const shown = useRef<Days | null>(null);
  const next = useEffectEvent((): Days | null => {
    const { current } = shown;
    if (!current) return firstPicture(range, settings, data);
    // At its end a moving window starts again with the first days, and a growing one with its first.
    return nextPicture(current, settings, data) ?? (settings.isLooped ? firstPicture(current, settings, data) : null);
  });
  const stop = useEffectEvent((): void => {
    const { current } = shown;
    shown.current = null;
    if (current) onStop(current);
  });
  const show = useEffectEvent((days: Days): Promise<void> => {
    shown.current = days;
    return onShow(days);
  });
  const pause = useEffectEvent((): number => SPEEDS[settings.speed]);
  useEffect(() => {
    if (!isPlaying) return;
    let isCurrent = true;
    const play = async (): Promise<void> => {
      while (isCurrent) {
        const days = next();
        if (!days) return setPlaying(false);
        await show(days);
        await new Promise((resolve) => setTimeout(resolve, pause()));
      }
    };
    void play();
    return () => {
      isCurrent = false;
      stop();
    };
  }, [isPlaying]);
  return {
    isPlaying,
    toggle(): void {
      if (!live.canShow()) return;
      if (!matchMedia(REDUCED).matches) setPlaying(!isPlaying);
      else onStop(nextPicture(range, settings, data) ?? firstPicture(range, settings, data));
    },
  };
}

const REDUCED = '(prefers-reduced-motion: reduce)';
