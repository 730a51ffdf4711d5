import vectors from '../../../../data/timeline-columns.json';
import { decodeTimelineColumns, type TimelineLayer } from './columns';
import { eachUser, ordersBetween, sumDays } from './sums';

const DAYS = 31;

/** All shared test vectors of a layer, each with its rows as the file lists them. */
function vectorsOf(layer: TimelineLayer) {
  return vectors
    .filter((vector) => vector.layer === layer)
    .map(({ rows, columns }) => ({ rows, decoded: decodeTimelineColumns(columns, rows.length, layer) }));
}

const RANGES = Array.from({ length: DAYS * DAYS }, (_, i) => ({ first: Math.floor(i / DAYS), last: i % DAYS })).filter(
  ({ first, last }) => first <= last,
);

test('every range has the orders of the rows inside it', () => {
  for (const { rows, decoded } of vectorsOf('timeline-orders')) {
    const sums = sumDays(decoded, DAYS, 'nonOrganic', (line) => line !== 2);
    for (const cell of new Set(rows.map(([cell = 0]) => cell))) {
      for (const { first, last } of RANGES) {
        const inside = rows.filter(([own, line, day = 0]) => own === cell && line !== 2 && first <= day && day <= last);
        const expected = inside.reduce(
          (sum, [, , , all = 0, organic = 0, unknown = 0]) => sum + all - organic - unknown,
          0,
        );
        expect(ordersBetween(sums, cell, { first, last }), `cell ${cell}, days ${first} to ${last}`).toBe(expected);
      }
    }
  }
});

test('a user counts once in a range: on the first day there', () => {
  for (const { rows, decoded } of vectorsOf('timeline-line-users')) {
    for (const { first, last } of RANGES) {
      let users = 0;
      eachUser(decoded, { first, last }, [false, false, false, false, true], (cell, own) => {
        if (cell === 0) users += own;
      });
      const inside = rows.filter(
        ([, line, day = 0, since = 0]) => line === 4 && first <= day && day <= last && (!since || day - since < first),
      );
      const expected = inside.reduce((sum, [, , , , count = 0]) => sum + count, 0);
      expect(users, `days ${first} to ${last}`).toBe(expected);
    }
  }
});
