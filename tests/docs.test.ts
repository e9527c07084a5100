import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What the pages name is there: files, functions, links. A walk through the code must not lead astray. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));

function walk(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dist' || name.startsWith('.')) return [];
    return statSync(join(root, path)).isDirectory() ? walk(path) : [path];
  });
}

const files = ['packages', 'tests', 'conformance', 'benchmarks', 'scripts', 'docs'].flatMap(walk);
const words = new Set(
  files
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .flatMap((path) => readFileSync(join(root, path), 'utf8').match(/#?[A-Za-z_]\w*/g) ?? []),
);
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...files.filter((path) => /^docs\/.*\.md$/.test(path)),
].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** What stands between backticks on one line, outside of code blocks. */
function spans(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
}

describe.each(pages)('$path', ({ path, text }) => {
  it('names files that exist', () => {
    const named = spans(text).filter((span) => /^[\w./-]+\.(ts|mjs|md)$/.test(span));
    const placeholders = ['x.test.ts', 'x.test-y.ts'];
    const missing = named.filter(
      (name) =>
        !placeholders.includes(name) &&
        !files.some((file) => file === name || file.endsWith(`/${name}`)),
    );
    expect(missing).toEqual([]);
  });

  it('names what the code has', () => {
    // `Log.flushed`, `#advance`, `checkProducedBatch(batch)`: members, and words of several parts.
    const named = spans(text)
      .map((span) => span.replace(/\(.*\)$/, ''))
      .filter((span) => /^[A-Z]\w*\.#?\w+$|^#\w+$|^[a-z]+[A-Z]\w*$|^([A-Z][a-z]+){2,}$/.test(span));
    const missing = named.filter((name) => !name.split('.').every((word) => words.has(word)));
    expect(missing).toEqual([]);
  });

  it('links to pages that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1]!);
    const missing = links
      .filter((link) => !link.startsWith('http'))
      .filter((link) => !existsSync(join(root, dirname(path), link)));
    expect(missing.map((link) => relative(root, link))).toEqual([]);
  });
});

describe('docs/ARCHITECTURE.md', () => {
  const { text } = pages.find(({ path }) => path === 'docs/ARCHITECTURE.md')!;
  const rows = Array.from(text.matchAll(/^\| -?\d \| `(\w+)` \|.*\| ([^|]+) \|$/gm));

  it.each(rows.map(([, name, folders]) => ({ name: name!, folders: folders! })))(
    'lists the folders of $name',
    ({ name, folders }) => {
      const source = join(root, 'packages', name, 'src');
      const there = readdirSync(source, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
        .map((entry) => entry.name);
      const listed = Array.from(folders.matchAll(/`([\w-]+)`/g), (match) => match[1]!);
      expect(listed.toSorted()).toEqual(there.toSorted());
    },
  );

  it('has a row for each package, or for several', () => {
    const missing = readdirSync(join(root, 'packages')).filter(
      (name) => !new RegExp(`^\\| -?\\d \\|[^|]*\`${name}\``, 'm').test(text),
    );
    expect(missing).toEqual([]);
  });
});
