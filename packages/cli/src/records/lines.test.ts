import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lines } from './lines.ts';

async function* pieces(text: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield text.subarray(at, at + size);
    at += size;
  }
}

it('finds the lines however the input is cut', async () => {
  const anyLine = fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n]/g, ''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLine),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (texts, sizes, lineEnd, endsWithOne) => {
        const whole = texts.join(lineEnd) + (endsWithOne && texts.length > 0 ? lineEnd : '');
        const found: string[] = [];
        for await (const chunk of lines(pieces(Buffer.from(whole), sizes))) {
          found.push(...chunk.map(String));
        }
        // An empty last line without an end is none.
        const expected = !endsWithOne && texts.at(-1) === '' ? texts.slice(0, -1) : texts;
        expect(found).toEqual(expected);
      },
    ),
  );
});
