import { loadViews, saveViews, withView } from './savedViews';

function withStorage(stored: Record<string, string>) {
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => {
      stored[key] = value;
    },
  });
}

afterEach(() => vi.unstubAllGlobals());

test('views are stored in the browser, and a view with the same name is replaced', () => {
  withStorage({});
  expect(loadViews()).toEqual([]);
  const first = withView([], { name: 'نانوایی‌ها', hash: '#line=Bakery' });
  saveViews(withView(withView(first, { name: 'heat', hash: '#view=heat' }), { name: 'نانوایی‌ها', hash: '#line=Cafe' }));
  expect(loadViews()).toEqual([
    { name: 'heat', hash: '#view=heat' },
    { name: 'نانوایی‌ها', hash: '#line=Cafe' },
  ]);
});

test('stored text that cannot be read is ignored', () => {
  for (const text of ['{', '[1]', '{"name":"a"}', '[{"name":1,"hash":"#"}]']) {
    withStorage({ 'foodmap.views': text });
    expect(loadViews(), text).toEqual([]);
  }
});
