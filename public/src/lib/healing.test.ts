import { startHealing } from './healing';

let reconnect = (): void => undefined;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('addEventListener', (kind: string, listener: () => void) => {
    if (kind === 'online') reconnect = listener;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a failure is repeated with growing pauses until it succeeds', () => {
  const healing = startHealing();
  const at: number[] = [];
  const start = Date.now();
  const attempt = (): void => {
    at.push(Math.round((Date.now() - start) / 1000));
    if (at.length < 4) healing.schedule('catalog', attempt);
    else healing.stop('catalog');
  };
  attempt();
  vi.advanceTimersByTime(3_600_000);
  expect(at).toEqual([0, 15, 45, 105]);
});

test('when the network is back, everything that waits is repeated at once', () => {
  const healing = startHealing();
  const [catalog, vendors] = [vi.fn(), vi.fn()];
  healing.schedule('catalog', catalog);
  healing.schedule('vendors', vendors);
  healing.stop('vendors');
  reconnect();
  expect(catalog).toHaveBeenCalledTimes(1);
  expect(vendors).not.toHaveBeenCalled();
  vi.advanceTimersByTime(20_000);
  expect(catalog).toHaveBeenCalledTimes(1);
});
