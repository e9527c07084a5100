export const PAGE_BYTES = 4096;
/** 4 MiB of a directory's files at most. */
const MOST_PAGES = 1024;

/** Whoever keeps a page, until it is taken for another. */
export interface PageOwner {
  forget(page: FilePage): void;
}

/** Part of a file as it was read. */
export interface FilePage {
  readonly bytes: Buffer;
  /** Null: it holds nothing. */
  owner: PageOwner | null;
  /** Which of its owner's it is, and how much of it was there. */
  number: number;
  filledBytes: number;
  /** Looked at since the hand came by. */
  isUsed: boolean;
}

/**
 * Memory for the pages of files that are searched again and again, such as indexes: each search would read
 * the same few of them. Of all pages that were not used lately, the one that is next in a circle is taken
 * for another (CLOCK), so that a use costs nothing but its mark.
 */
export class FilePages {
  private readonly most: number;
  private readonly circle: FilePage[] = [];
  private hand = 0;

  constructor(most: number = MOST_PAGES) {
    this.most = most;
  }

  /** A page that holds nothing, to be filled and then owned. */
  take(): FilePage {
    return this.circle.length < this.most ? this.add() : this.evict();
  }

  private add(): FilePage {
    const bytes = Buffer.allocUnsafeSlow(PAGE_BYTES);
    const page: FilePage = { bytes, owner: null, number: 0, filledBytes: 0, isUsed: false };
    this.circle.push(page);
    return page;
  }

  private evict(): FilePage {
    for (;;) {
      const page = this.circle[this.hand]!;
      this.hand = (this.hand + 1) % this.most;
      if (page.isUsed) {
        page.isUsed = false;
        continue;
      }
      page.owner?.forget(page);
      page.owner = null;
      return page;
    }
  }
}
