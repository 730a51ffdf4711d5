// Renders the controls once the map has started.

import { type ReactNode, StrictMode, startTransition, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import type { App } from '../app/app';
import { AppContext } from './hooks/context';
import { Page } from './Page';

/** Resolves when the controls are painted. They render as a transition, so that the map stays responsive. */
export function mount(element: HTMLElement, app: App): Promise<void> {
  const root = createRoot(element);
  return new Promise((resolve) => {
    startTransition(() =>
      root.render(
        <StrictMode>
          <AppContext value={app}>
            <Announced onSeen={resolve}>
              <Page />
            </Announced>
          </AppContext>
        </StrictMode>,
      ),
    );
  });
}

/** Browsers do not start a third frame before they have shown the first, so later work cannot delay it. */
const FRAMES = 3;

function Announced({ onSeen, children }: { onSeen(): void; children: ReactNode }) {
  useEffect(() => {
    const count = (left: number): void => void (left === 0 ? onSeen() : requestAnimationFrame(() => count(left - 1)));
    count(FRAMES);
  }, [onSeen]);
  return children;
}
