import { describe, expect, it } from 'vitest';
import { type FilePage, FilePages, type PageOwner } from './file-pages.ts';

describe('FilePages', () => {
  it('takes the page that was not used for longest, and tells its owner', () => {
    const pages = new FilePages(3);
    const forgotten: number[] = [];
    const owner: PageOwner = { forget: ({ number }: FilePage) => void forgotten.push(number) };
    const own = (number: number): FilePage =>
      Object.assign(pages.take(), { owner, number, filledBytes: 8 });
    const first = own(1);
    own(2);
    own(3);
    expect(forgotten).toEqual([]);
    first.isUsed = true;
    const memory = own(4).bytes;
    expect(own(5).bytes).not.toBe(memory);
    expect(forgotten).toEqual([2, 3]);
    own(6); // the first was not used again
    expect(forgotten).toEqual([2, 3, 1]);
  });

  it('says nothing of a page that nobody owns', () => {
    const pages = new FilePages(1);
    const { bytes } = pages.take();
    expect(pages.take()).toMatchObject({ bytes, owner: null });
  });
});
