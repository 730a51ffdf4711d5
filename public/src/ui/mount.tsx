// Puts the controls on the page once the map has started.

import { type ReactNode, StrictMode, startTransition, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import type { App } from '../app/app';
import { AppContext } from './hooks/context';
import { Page } from './Page';

/** Settles when the controls are seen. They are made in slices, so that the map answers meanwhile. */
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

/** A browser makes no third frame before it has shown the first: then nothing that is drawn later delays it. */
const FRAMES = 3;

function Announced({ onSeen, children }: { onSeen(): void; children: ReactNode }) {
  useEffect(() => {
    const count = (left: number): void => void (left === 0 ? onSeen() : requestAnimationFrame(() => count(left - 1)));
    count(FRAMES);
  }, [onSeen]);
  return children;
}
