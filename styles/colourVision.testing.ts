// How colours look with a deficiency of colour vision, and how far apart two colours look.

type Rgb = readonly [number, number, number];

/** Full deficiency; matrices for linear RGB of Machado, Oliveira and Fernandes (2009). */
const DEFICIENCIES: Record<string, readonly Rgb[]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

export const VISIONS = ['normal', ...Object.keys(DEFICIENCIES)];

/** The distance in OKLab: about 0.02 is just visible next to each other. */
export function distance(a: string, b: string, vision: string): number {
  const [one, two] = [a, b].map((colour) => oklab(seen(linear(colour), vision)));
  return Math.hypot(...(one ?? []).map((value, i) => value - (two?.[i] ?? 0)));
}

function linear(colour: string): Rgb {
  const part = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

function seen(rgb: Rgb, vision: string): Rgb {
  const rows = DEFICIENCIES[vision];
  if (!rows) return rgb;
  const row = (i: number): number => {
    const [r = 0, g = 0, b = 0] = rows[i] ?? [];
    return Math.min(Math.max(r * rgb[0] + g * rgb[1] + b * rgb[2], 0), 1);
  };
  return [row(0), row(1), row(2)];
}

/** Ottosson (2020). */
function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
