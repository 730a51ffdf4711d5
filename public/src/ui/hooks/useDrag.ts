// A vertical drag by a finger or the mouse: what is dragged follows, and its end says where and how fast it was left.

import { type RefObject, useEffect, useEffectEvent } from 'react';

/** A shorter way is a tap. */
const MIN_DRAG_PX = 6;

export interface Drag {
  /** Whether a drag may begin at an element. */
  startsAt(target: Element): boolean;
  /** The way so far, in pixels downwards. */
  move(downPx: number): void;
  /** `speed` is in pixels a millisecond downwards. */
  end(downPx: number, speed: number): void;
}

/** The tap that ends a drag is kept from the buttons below it. */
export function useDrag(element: RefObject<HTMLElement | null>, drag: Drag): void {
  const startsAt = useEffectEvent(drag.startsAt);
  const move = useEffectEvent(drag.move);
  const end = useEffectEvent(drag.end);
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    let last = { y: 0, at: 0 };
    let [from, speed, isDragged] = [0, 0, false];
    const follow = ({ clientY, timeStamp }: PointerEvent): void => {
      if (!isDragged && Math.abs(clientY - from) < MIN_DRAG_PX) return;
      isDragged = true;
      if (timeStamp > last.at) speed = (clientY - last.y) / (timeStamp - last.at);
      last = { y: clientY, at: timeStamp };
      move(clientY - from);
    };
    const swallow = (event: Event): void => event.stopPropagation();
    const stop = (event: PointerEvent): void => {
      removeEventListener('pointermove', follow);
      removeEventListener('pointerup', stop, true);
      removeEventListener('pointercancel', stop, true);
      if (!isDragged) return;
      addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener('click', swallow, true));
      end(event.clientY - from, speed);
    };
    const start = (event: PointerEvent): void => {
      if (!(event.isPrimary && event.target instanceof Element && startsAt(event.target))) return;
      [from, speed, isDragged] = [event.clientY, 0, false];
      last = { y: from, at: event.timeStamp };
      addEventListener('pointermove', follow);
      addEventListener('pointerup', stop, true);
      addEventListener('pointercancel', stop, true);
    };
    current.addEventListener('pointerdown', start);
    return () => current.removeEventListener('pointerdown', start);
  }, [element]);
}

/** A flick decides by its direction, a slow drag by where it ended. */
const FLICK = 0.4;

export function isLeftLow(speed: number, isBelowMiddle: boolean): boolean {
  return Math.abs(speed) >= FLICK ? speed > 0 : isBelowMiddle;
}
