// When: published windows.

const en = {
  window: 'Period',
  windowDays: (days: string) => `Last ${days} days`,
  windowDay: 'Last day',
  windowAll: 'All days',
  slotOf: (slot: string, number: (n: number) => string) =>
    slot === 'all' ? 'all time' : `${number(Number.parseInt(slot, 10))} days`,
};

const fa: typeof en = {
  window: 'بازه',
  windowDays: (days) => `${days} روز گذشته`,
  windowDay: 'روز گذشته',
  windowAll: 'همهٔ روزها',
  slotOf: (slot, number) => (slot === 'all' ? 'از آغاز' : `${number(Number.parseInt(slot, 10))} روز`),
};

export const when = { en, fa };
