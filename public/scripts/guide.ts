// Writes a guide as a page. It knows the little Markdown that the guides use: headings, paragraphs, lists, bold and code.

type Lang = 'en' | 'fa';

export function guidePage(markdown: string, lang: Lang, style: string): string {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? 'foodmap';
  const [dir, back] = lang === 'fa' ? ['rtl', 'بازگشت به نقشه'] : ['ltr', 'Back to the map'];
  return `<!doctype html>
<html lang="${lang}" dir="${dir}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escaped(title)}</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/${style}" />
  </head>
  <body>
    <main>
${markdown
  .trim()
  .split(/\n{2,}/)
  .map(block)
  .join('\n')}
<p><a href="/">${back}</a></p>
    </main>
  </body>
</html>
`;
}

function block(text: string): string {
  const lines = text.split('\n');
  const [, marks, heading] = /^(#{1,3}) (.+)$/.exec(text) ?? [];
  if (marks && heading) return `<h${marks.length}>${inline(heading)}</h${marks.length}>`;
  if (/^(-|\d+\.) /.test(text)) {
    const tag = text.startsWith('-') ? 'ul' : 'ol';
    const items = text.split(/\n(?=- |\d+\. )/).map((item) => `<li>${inline(item.replace(/^(-|\d+\.) /, ''))}</li>`);
    return `<${tag}>${items.join('')}</${tag}>`;
  }
  return `<p>${inline(lines.join(' '))}</p>`;
}

function inline(text: string): string {
  return escaped(text)
    .replaceAll(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/`(.+?)`/g, '<kbd dir="ltr">$1</kbd>');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
