import type { Dirent } from 'node:fs';

/** A folder as a page. `path` is that of the request, as it is shown; `hasMore`: these are not all entries. */
export function listingPage(
  path: string,
  entries: readonly Pick<Dirent, 'name' | 'isDirectory'>[],
  hasMore = false,
): string {
  const names = entries
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort((a, b) => Number(b.endsWith('/')) - Number(a.endsWith('/')) || (a < b ? -1 : 1));
  // "./" in front: a name with a colon in it would be taken for a scheme.
  const items = names.map((name) => `<li><a href="./${hrefOf(name)}">${escaped(name)}</a></li>\n`);
  const up = path === '/' ? '' : '<li><a href="../">../</a></li>\n';
  const title = escaped(path);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1>
<ul>
${up}${items.join('')}</ul>${hasMore ? `\n<p>Not all: only ${names.length} are listed.</p>` : ''}</body></html>
`;
}

function hrefOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign]);
}
