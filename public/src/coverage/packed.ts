// Covering vendors by line and grade, packed into a string (docs/formats.md, "Packed counts").

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const GRADES = 14;

export interface PackedCount {
  line: number;
  grade: number;
  vendors: number;
}

/** `counts` are sorted by line, then grade. Zeros are left out. */
export function packCounts(counts: readonly PackedCount[]): string {
  let text = '';
  let next = 0;
  for (const { line, grade, vendors } of counts) {
    const pair = line * GRADES + grade;
    text += packNumber(pair - next) + packNumber(vendors);
    next = pair + 1;
  }
  return text;
}

function packNumber(number: number): string {
  const rest = Math.floor(number / 32);
  const digit = ALPHABET[(number % 32) + (rest > 0 ? 32 : 0)] ?? '';
  return rest > 0 ? digit + packNumber(rest) : digit;
}

export function unpackCounts(text: string): PackedCount[] {
  const numbers = readNumbers(text);
  const counts: PackedCount[] = [];
  let pair = -1;
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    pair += (numbers[i] ?? 0) + 1;
    counts.push({ line: Math.floor(pair / GRADES), grade: pair % GRADES, vendors: numbers[i + 1] ?? 0 });
  }
  return counts;
}

/** Five bits per letter, lowest first; 32 is added while more letters follow. */
function readNumbers(text: string): number[] {
  const numbers: number[] = [];
  let [value, factor] = [0, 1];
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Error(`invalid letter ${letter} in packed counts`);
    value += (digit % 32) * factor;
    factor *= 32;
    if (digit >= 32) continue;
    numbers.push(value);
    [value, factor] = [0, 1];
  }
  return numbers;
}
