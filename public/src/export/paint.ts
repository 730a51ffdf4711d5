// Draws a laid-out element of the page on a canvas: boxes, gradients, borders, lines of text.
// Supports only what our own legends and headings use. The browser shapes the text, so Persian is correct.

type Paint = CanvasRenderingContext2D;

/** Draws `element` and its descendants. The origin of the canvas is that of the page. */
export function paint(ctx: Paint, element: Element): void {
  const style = getComputedStyle(element);
  if (style.display === 'none') return;
  ctx.save();
  ctx.globalAlpha *= Number(style.opacity);
  paintBox(ctx, element.getBoundingClientRect(), style);
  for (const node of element.childNodes) {
    if (node instanceof Text) paintText(ctx, node, style);
    else if (node instanceof Element) paint(ctx, node);
  }
  ctx.restore();
}

function paintBox(ctx: Paint, box: DOMRect, style: CSSStyleDeclaration): void {
  if (box.width === 0 || box.height === 0) return;
  ctx.beginPath();
  ctx.roundRect(box.x, box.y, box.width, box.height, radii(style));
  ctx.fillStyle = style.backgroundColor;
  ctx.fill();
  const gradient = gradientOf(ctx, box, style.backgroundImage);
  if (gradient) {
    ctx.fillStyle = gradient;
    ctx.fill();
  }
  paintBorder(ctx, box, style);
}

function radii(style: CSSStyleDeclaration): number[] {
  const { borderTopLeftRadius, borderTopRightRadius, borderBottomRightRadius, borderBottomLeftRadius } = style;
  const corners = [borderTopLeftRadius, borderTopRightRadius, borderBottomRightRadius, borderBottomLeftRadius];
  return corners.map((radius) => Number.parseFloat(radius) || 0);
}

interface Edge {
  px: number;
  kind: string;
  colour: string;
}

/** A border on all sides follows rounded corners. A border on some sides is straight. */
function paintBorder(ctx: Paint, box: DOMRect, style: CSSStyleDeclaration): void {
  const edges = (['Top', 'Right', 'Bottom', 'Left'] as const).map((side) => ({
    px: style[`border${side}Style`] === 'none' ? 0 : Number.parseFloat(style[`border${side}Width`]),
    kind: style[`border${side}Style`],
    colour: style[`border${side}Color`],
  }));
  const [first] = edges;
  const isFrame = first && edges.every(({ px, colour }) => px === first.px && colour === first.colour);
  if (isFrame) paintFrame(ctx, box, first, radii(style));
  else paintEdges(ctx, box, edges);
}

function paintFrame(ctx: Paint, { x, y, width, height }: DOMRect, edge: Edge, corners: number[]): void {
  const half = edge.px / 2;
  ctx.beginPath();
  const inner = corners.map((radius) => Math.max(radius - half, 0));
  ctx.roundRect(x + half, y + half, width - edge.px, height - edge.px, inner);
  stroke(ctx, edge);
}

function paintEdges(ctx: Paint, { left, right, top, bottom }: DOMRect, edges: readonly Edge[]): void {
  const ends = [
    [left, top, right, top],
    [right, top, right, bottom],
    [left, bottom, right, bottom],
    [left, top, left, bottom],
  ] as const;
  ends.forEach(([fromX, fromY, toX, toY], i) => {
    const edge = edges[i];
    if (!edge) return;
    ctx.beginPath();
    ctx.moveTo(fromX, fromY);
    ctx.lineTo(toX, toY);
    stroke(ctx, edge);
  });
}

function stroke(ctx: Paint, { px, kind, colour }: Edge): void {
  if (px === 0) return;
  ctx.lineWidth = px;
  ctx.strokeStyle = colour;
  ctx.setLineDash(kind === 'dashed' ? [px * 3, px * 2] : kind === 'dotted' ? [px, px] : []);
  ctx.stroke();
}

const COLOUR = String.raw`(?:rgba?|oklab|oklch|color)\([^()]*\)`;
const STOP = new RegExp(String.raw`(${COLOUR})\s*([\d.]+)?%?`, 'g');

/** The gradients of legends are horizontal. */
function gradientOf(ctx: Paint, { x, width }: DOMRect, image: string): CanvasGradient | null {
  if (!image.startsWith('linear-gradient')) return null;
  const isReversed = /to left|270deg/.test(image);
  const gradient = ctx.createLinearGradient(isReversed ? x + width : x, 0, isReversed ? x : x + width, 0);
  const stops = [...image.matchAll(STOP)];
  stops.forEach(([, colour = '', at], i) => {
    const even = stops.length > 1 ? (100 * i) / (stops.length - 1) : 0;
    gradient.addColorStop(Math.min(Number(at ?? even) / 100, 1), colour);
  });
  return gradient;
}

interface Line {
  words: string;
  box: { left: number; right: number; top: number };
}

function paintText(ctx: Paint, text: Text, style: CSSStyleDeclaration): void {
  const isRtl = style.direction === 'rtl';
  ctx.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  ctx.fillStyle = style.color;
  ctx.direction = isRtl ? 'rtl' : 'ltr';
  ctx.textAlign = isRtl ? 'right' : 'left';
  ctx.textBaseline = 'alphabetic';
  for (const { words, box } of linesOf(text)) {
    const { fontBoundingBoxAscent } = ctx.measureText(words);
    ctx.fillText(words, isRtl ? box.right : box.left, box.top + fontBoundingBoxAscent);
  }
}

/** The lines into which the browser broke a text, each with its position. */
function linesOf(text: Text): Line[] {
  const lines: Line[] = [];
  const range = document.createRange();
  for (const { index, 0: word } of text.data.matchAll(/\S+/g)) {
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    const box = range.getBoundingClientRect();
    if (box.width === 0) continue;
    const line = lines.at(-1);
    if (line && Math.abs(line.box.top - box.top) < 2) {
      line.words += ` ${word}`;
      line.box.left = Math.min(line.box.left, box.left);
      line.box.right = Math.max(line.box.right, box.right);
    } else lines.push({ words: word, box: { left: box.left, right: box.right, top: box.top } });
  }
  return lines;
}
