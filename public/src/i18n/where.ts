// Where: cities.

const en = {
  city: 'City',
};

const fa: typeof en = {
  city: 'شهر',
};

export const where = { en, fa };
