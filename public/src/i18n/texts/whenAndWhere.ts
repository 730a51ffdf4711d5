// The published windows, and the cities.

const en = {
  city: 'City',
  window: 'Period',
  windowDays: (days: string) => `Last ${days} days`,
  play: 'Play the periods in order',
  pause: 'Pause',
  longestWindow: 'Longest period',
  windowDay: 'Last day',
  windowAll: 'All days',
  slotOf: (slot: string, number: (n: number) => string) =>
    slot === 'all' ? 'all time' : `${number(Number.parseInt(slot, 10))} days`,
};

const fa: typeof en = {
  city: 'شهر',
  window: 'بازه',
  windowDays: (days) => `${days} روز آخر`,
  play: 'پخش بازه‌ها به ترتیب',
  pause: 'توقف',
  longestWindow: 'بلندترین بازه',
  windowDay: 'آخرین روز',
  windowAll: 'همهٔ روزها',
  slotOf: (slot, number) => (slot === 'all' ? 'از ابتدا' : `${number(Number.parseInt(slot, 10))} روز`),
};

export const whenAndWhere = { en, fa };
