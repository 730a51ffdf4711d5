import vectors from '../../../../data/timeline-columns.json';
import {
  decodeTimelineColumns,
  decodeTimelineTile,
  TIMELINE_SCHEMAS,
  type TimelineColumn,
  type TimelineLayer,
  type TimelineRows,
} from './columns';

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

function rowsOf(rows: TimelineRows, layer: TimelineLayer): number[][] {
  const { keys, counts } = TIMELINE_SCHEMAS[layer];
  const names: TimelineColumn[] = [...keys, ...counts];
  return Array.from({ length: rows.length }, (_, row) => names.map((name) => rows.columns[name][row] ?? Number.NaN));
}

test('tiles and columns of the shared test vectors have their rows', () => {
  for (const vector of vectors) {
    const layer = vector.layer as TimelineLayer;
    expect({ keys: vector.keys, counts: vector.counts }, layer).toEqual(TIMELINE_SCHEMAS[layer]);
    expect(rowsOf(decodeTimelineTile(bytesOf(vector.tile), layer), layer), layer).toEqual(vector.rows);
    const columns = decodeTimelineColumns(vector.columns, vector.rows.length, layer);
    expect(rowsOf(columns, layer), layer).toEqual(vector.rows);
  }
});

test('columns that do not fit together are rejected', () => {
  const vector = vectors[1];
  if (!vector) throw new Error('there is no second vector');
  const decode = (columns: object, length = vector.rows.length) =>
    decodeTimelineColumns({ ...vector.columns, ...columns }, length, 'timeline-orders');
  for (const [name, text] of Object.entries(vector.columns)) {
    expect(() => decode({ [name]: `${text}\0` }), `${name} is too long`).toThrow();
    expect(() => decode({ [name]: text.slice(0, -1) }), `${name} is too short`).toThrow();
  }
  expect(() => decode({}, 4)).toThrow('5 rows instead of 4');
});

test('a tile of another layer is rejected', () => {
  expect(() => decodeTimelineTile(bytesOf(vectors[0]?.tile ?? ''), 'timeline-users')).toThrow('timeline-users');
});
